package main

import (
	"fmt"
	"strings"
)

// pool is a machine's constants in memory, each as often as an instruction
// reads it.
type pool struct {
	machine
	offsets map[uint64]int
	bits    []uint64
}

// offset is where a constant is. One of 32 bits is there as a pair of it.
func (p *pool) offset(x *expression) int {
	bits := x.bits
	if x.op == constant {
		bits |= bits << 32
	}
	if _, ok := p.offsets[bits]; !ok {
		p.offsets[bits] = len(p.bits) * p.constant
		p.bits = append(p.bits, bits)
	}
	return p.offsets[bits]
}

// data declares the constants, the numbers of pairs in a block, and the masks
// of blocks that aren't whole: as many ones as a block has numbers, and as many
// zeros.
func (p *pool) data() string {
	var b strings.Builder
	define := func(name string, numbers []uint64) {
		for i, n := range numbers {
			fmt.Fprintf(&b, "DATA %s<>+%d(SB)/8, $%#016x\n", name, 8*i, n)
		}
		fmt.Fprintf(&b, "GLOBL %s<>(SB), RODATA|NOPTR, $%d\n\n", name, 8*len(numbers))
	}
	var all, counters, masks []uint64
	for _, bits := range p.bits {
		for range p.constant / 8 {
			all = append(all, bits)
		}
	}
	for i := range uint64(block / 2) {
		counters = append(counters, i)
	}
	for i := range block {
		masks = append(masks, ^uint64(0)*uint64(1-i/(block/2)))
	}
	define("constants", all)
	define("counters", counters)
	if p.halves > 1 {
		define("masks", masks)
	}
	return b.String()
}
