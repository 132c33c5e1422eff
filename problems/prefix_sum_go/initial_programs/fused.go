// Takes prefix sums of prefix sums of what a small generator makes of three numbers on standard input, and writes a
// checksum of the result.
package main

import "fmt"

// EVOLVE-BLOCK-START

// prefixSums replaces data by its prefix sums, modulo 2^32, as many times as rounds says: four rounds in one pass.
func prefixSums(data []uint32, rounds int) {
	for ; rounds >= 4; rounds -= 4 {
		var a, b, c, d uint32
		for i, x := range data {
			a += x
			b += a
			c += b
			d += c
			data[i] = d
		}
	}
	for ; rounds > 0; rounds-- {
		var sum uint32
		for i, x := range data {
			sum += x
			data[i] = sum
		}
	}
}

// EVOLVE-BLOCK-END

// mix gives 32 bits that look random, the same as in the checker.
func mix(x uint32) uint32 {
	x = (x ^ x>>16) * 0x7feb352d
	x = (x ^ x>>15) * 0x846ca68b
	return x ^ x>>16
}

func main() {
	var n, rounds int
	var seed uint32
	if _, err := fmt.Scan(&n, &rounds, &seed); err != nil {
		panic(err)
	}
	data := make([]uint32, n)
	for i := range data {
		data[i] = mix(uint32(i)*0x9e3779b9 + seed)
	}
	prefixSums(data, rounds)
	var sum uint64
	for i, x := range data {
		sum += uint64(x) * uint64(2*i+1)
	}
	fmt.Printf("%d %016x\n", n, sum)
}
