package main

// machine is one level of SIMD.
type machine struct {
	// suffix ends the names of functions; letter starts those of registers.
	suffix, letter string
	// registers is how many there are.
	registers int
	// halves is how many registers hold the numbers of a block.
	halves int
	// bits is what integer and bitwise operations have in their names.
	bits string
	// constant is the size of a constant in memory. An instruction whose name
	// has broadcast behind it takes 4 or 8 bytes for all lanes.
	constant  int
	broadcast string
}

var machines = []machine{
	{suffix: "AVX512", letter: "Z", registers: 32, halves: 1, bits: "D", constant: 8, broadcast: ".BCST"},
	{suffix: "AVX2", letter: "Y", registers: 16, halves: 2, constant: 32},
}

const (
	// block is how many numbers go through a loop at a time.
	block = 16
	// blockBytes is their size.
	blockBytes = 4 * block
)

// plain are the operations of one instruction, but for the letter D of the
// bitwise ones.
var plain = map[operation]string{
	addition: "VADDPS", subtraction: "VSUBPS", product: "VMULPS", quotient: "VDIVPS",
	greater: "VMAXPS", lesser: "VMINPS", root: "VSQRTPS",
	integerAddition: "VPADDD", wideProduct: "VPMULUDQ",
	shiftLeft: "VPSLLD", shiftRight: "VPSRLD", shiftRight64: "VPSRLQ", swapHalves: "VPSHUFD",
	bitAnd: "VPAND", bitOr: "VPOR", bitXor: "VPXOR",
}

// commutes is whether the operands of an operation may be swapped.
func (o operation) commutes() bool {
	switch o {
	case addition, product, integerAddition, wideProduct, bitAnd, bitOr, bitXor:
		return true
	}
	return false
}

// mnemonic is the instruction of an operation.
func (m machine) mnemonic(o operation) string {
	switch o {
	case bitAnd, bitOr, bitXor:
		return plain[o] + m.bits
	}
	return plain[o]
}
