def main() raises:
    var total = 0
    with open("/dev/stdin", "r") as source:
        for word in source.read().split():
            total += Int(String(word))
    print(total)
