def fold(items):
	total = 0
	for item in items:
		if item > 0:
			total += item
	return total


def entrypoint():
	return fold([1, -2, 3])
