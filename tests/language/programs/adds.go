package main

import (
	"bufio"
	"fmt"
	"os"
)

func main() {
	reader := bufio.NewReader(os.Stdin)
	var total, number int64
	for {
		if _, err := fmt.Fscan(reader, &number); err != nil {
			break
		}
		total += number
	}
	fmt.Println(total)
}
