def main():
    var total: Int = "nothing"
    print(total)
