package main

import "fmt"

func main() {
	number := 1
	total += number
	fmt.Println(number)
}
