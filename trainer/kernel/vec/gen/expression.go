package main

import "math"

// expression is a vector of numbers, one for each lane, that a kernel computes.
// Those that are used in several places are computed once.
type expression struct {
	op   operation
	args []*expression
	// name is the slice of a load or the parameter of a scalar.
	name string
	// bits are those of a constant, or the count of a shift.
	bits uint64
}

// operation is what an expression does with its arguments.
type operation uint8

const (
	load       operation = iota // numbers of a slice
	scalar                      // a parameter, in all lanes
	constant                    // 32 bits, in all lanes
	constant64                  // 64 bits, in all pairs of lanes
	counters                    // 0, 1, 2 … in the pairs of lanes of a block
	total                       // an accumulator's lanes, combined, in all lanes
	addition
	subtraction
	product
	quotient
	greater // VMAXPS: the second where one is NaN
	lesser  // VMINPS: the second where one is NaN
	root
	bitAnd
	bitOr
	bitXor
	integerAddition
	wideProduct // of the lower halves of pairs, to 64 bits
	shiftLeft
	shiftRight
	shiftRight64
	swapHalves // of pairs
	choice     // the second where the first is above 0, and else the third
	keep       // the third where the first, as integers, is below the second, and else 0
)

// uniform is whether all lanes are the same wherever a loop stands.
func (x *expression) uniform() bool {
	switch x.op {
	case load, counters:
		return false
	}
	for _, a := range x.args {
		if !a.uniform() {
			return false
		}
	}
	return true
}

func (x *expression) isConstant() bool { return x.op == constant || x.op == constant64 }

func apply(op operation, args ...*expression) *expression {
	return &expression{op: op, args: args}
}

func number(v float64) *expression {
	return &expression{op: constant, bits: uint64(math.Float32bits(float32(v)))}
}

func word(bits uint32) *expression { return &expression{op: constant, bits: uint64(bits)} }

func pair(bits uint64) *expression { return &expression{op: constant64, bits: bits} }

func from(slice string) *expression { return &expression{op: load, name: slice} }

func parameter(name string) *expression { return &expression{op: scalar, name: name} }

func add(a, b *expression) *expression { return apply(addition, a, b) }

func sub(a, b *expression) *expression { return apply(subtraction, a, b) }

func mul(a, b *expression) *expression { return apply(product, a, b) }

func div(a, b *expression) *expression { return apply(quotient, a, b) }

func shift(op operation, a *expression, count uint64) *expression {
	return &expression{op: op, args: []*expression{a}, bits: count}
}

// polynomial is by Horner's rule, from the coefficient of the highest power on.
func polynomial(x *expression, coefficients ...float64) *expression {
	p := number(coefficients[0])
	for _, c := range coefficients[1:] {
		p = add(mul(p, x), number(c))
	}
	return p
}
