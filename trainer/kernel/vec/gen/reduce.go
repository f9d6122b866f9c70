package main

import "math"

// begin sets a reduction's registers: one for each part of a block, and two
// where sums are in float64.
func (e *emitter) begin(a *accumulator) {
	n := e.halves
	if a.squares {
		n *= 2
	}
	for range n {
		r := e.allocate(false)
		e.sums[a] = append(e.sums[a], r)
		if a.op == greater {
			lowest, _ := e.memory(number(math.Inf(-1)))
			e.line("VBROADCASTSS %s, %s", lowest, e.register(r))
		} else {
			e.line("%s %s, %[2]s, %[2]s", e.mnemonic(bitXor), e.register(r))
		}
	}
}

// accumulate takes a part of a block. Where the block isn't whole, the lanes
// that follow keep what they have.
func (e *emitter) accumulate(a *accumulator, value int) {
	if a.squares {
		e.accumulateSquares(e.sums[a][2*e.half:][:2], value)
		return
	}
	sum := e.register(e.sums[a][e.half])
	v := e.register(value)
	switch {
	case !e.masked:
		e.line("%s %s, %s, %[3]s", e.mnemonic(a.op), v, sum)
	case e.halves == 1:
		e.line("%s %s, %s, K1, %[3]s", e.mnemonic(a.op), v, sum)
	default:
		r := e.allocate(false)
		next := e.register(r)
		e.line("%s %s, %s, %s", e.mnemonic(a.op), v, sum, next)
		e.line("VBLENDVPS %s, %s, %s, %[3]s", e.register(e.mask), next, sum)
		e.used[r] = false
	}
}

// accumulateSquares adds the squares of the lower lanes to one register and
// those of the upper ones to another. Lanes that are masked are 0.
func (e *emitter) accumulateSquares(sums []int, value int) {
	r := e.allocate(false)
	t := e.register(r)
	for i, sum := range sums {
		narrow := value
		if i > 0 {
			e.extractUpper(value, r)
			narrow = r
		}
		e.line("VCVTPS2PD %s%d, %s", e.smaller(), narrow, t)
		e.line("VMULPD %s, %[1]s, %[1]s", t)
		e.line("VADDPD %s, %s, %[2]s", t, e.register(sum))
	}
	e.used[r] = false
}

// smaller is the letter of registers of half the size.
func (e *emitter) smaller() string {
	if e.halves == 1 {
		return "Y"
	}
	return "X"
}

// extractUpper puts the upper half of a register into the lower one of another.
func (e *emitter) extractUpper(from, to int) {
	instruction := "VEXTRACTF128"
	if e.halves == 1 {
		instruction = "VEXTRACTF64X4"
	}
	e.line("%s $1, %s, %s%d", instruction, e.register(from), e.smaller(), to)
}

// combine adds lanes in a tree, the upper half to the lower one, and leaves the
// total in all lanes, or in the first one in float64.
func (e *emitter) combine(a *accumulator) {
	sums := e.sums[a]
	instruction := e.mnemonic(a.op)
	if a.squares {
		instruction = "VADDPD"
	}
	fold := func(letter string, upper, into int) {
		e.line("%s %s%d, %[2]s%[4]d, %[2]s%[4]d", instruction, letter, upper, into)
	}
	for len(sums) > 1 {
		half := len(sums) / 2
		for i, upper := range sums[half:] {
			fold(e.letter, upper, sums[i])
			e.used[upper] = false
		}
		sums = sums[:half]
	}
	into := sums[0]
	r := e.allocate(false)
	if e.halves == 1 {
		e.extractUpper(into, r)
		fold("Y", r, into)
	}
	e.line("VEXTRACTF128 $1, Y%d, X%d", into, r)
	fold("X", r, into)
	e.line("VPERMILPD $1, X%d, X%d", into, r)
	fold("X", r, into)
	e.used[r] = false
	e.used[into] = false
	stays := e.allocate(true)
	if a.squares {
		e.line("VMOVAPD X%d, X%d", into, stays)
	} else {
		e.line("VMOVSHDUP X%d, X%d", into, r)
		fold("X", r, into)
		e.line("VBROADCASTSS X%d, %s", into, e.register(stays))
	}
	e.at[a.total] = stays
}
