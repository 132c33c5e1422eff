// Takes prefix sums of prefix sums of what a small generator makes of three numbers on standard input, and writes a
// checksum of the result.
package main

import "fmt"

// EVOLVE-BLOCK-START

const block = 4096

// prefixSums replaces data by its prefix sums, modulo 2^32, as many times as rounds says: all rounds of one block that
// fits the cache before the next block, each round going on from where it ended in the block before.
func prefixSums(data []uint32, rounds int) {
	carried := make([]uint32, rounds)
	for len(data) > 0 {
		size := block
		if size > len(data) {
			size = len(data)
		}
		part := data[:size]
		for r, sum := range carried {
			for i, x := range part {
				sum += x
				part[i] = sum
			}
			carried[r] = sum
		}
		data = data[size:]
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
