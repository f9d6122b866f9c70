package main

import "fmt"

// evaluate computes an expression, unless it has been, and returns its
// register.
func (e *emitter) evaluate(x *expression) int {
	x = e.only(x)
	if r, ok := e.at[x]; ok {
		return r
	}
	var r int
	switch x.op {
	case load:
		r = e.load(x.name)
	case scalar:
		f := e.kernel.find(x.name)
		move := map[string]string{"float32": "VBROADCASTSS", "uint32": "VBROADCASTSS", "uint64": "VPBROADCASTQ"}[f.kind]
		r = e.allocate(true)
		e.line("%s %s+%d(FP), %s", move, f.name, f.offset, e.register(r))
	case choice:
		r = e.choose(x)
	case keep:
		r = e.keep(x)
	default:
		r = e.compute(x)
	}
	e.at[x] = r
	return r
}

// compute writes an operation of one instruction.
func (e *emitter) compute(x *expression) int {
	a := x.args[0]
	b := a
	operands := ""
	suffix := ""
	switch {
	case x.op == swapHalves:
		operands = "$0xB1, "
	case len(x.args) == 1 && x.op != root:
		operands = fmt.Sprintf("$%d, ", x.bits)
	case len(x.args) == 2:
		b = x.args[1]
		if x.op.commutes() && a.inMemory() {
			a, b = b, a
		}
	}
	first, free := e.hold(a)
	if len(x.args) == 2 {
		if b.inMemory() && (b.op != constant64 || x.op == wideProduct) {
			operands, suffix = e.memory(b)
		} else {
			second, free := e.hold(b)
			operands = e.register(second)
			free()
		}
		operands += ", "
	}
	free()
	r := e.allocate(e.stays(x))
	e.line("%s%s %s%s, %s", e.mnemonic(x.op), suffix, operands, e.register(first), e.register(r))
	return r
}

// hold returns the register of an operand; free says that it isn't needed any
// more. Instructions on numbers of 32 bits take pairs from registers only.
func (e *emitter) hold(x *expression) (register int, free func()) {
	if !x.isConstant() {
		return e.evaluate(x), func() { e.consume(x) }
	}
	r := e.allocate(false)
	address, _ := e.memory(x)
	instruction := "VBROADCASTSS"
	if x.op == constant64 {
		instruction = "VPBROADCASTQ"
	}
	e.line("%s %s, %s", instruction, address, e.register(r))
	return r, func() { e.used[r] = false }
}

// memory is an operand in memory, and what the instruction then ends in.
func (e *emitter) memory(x *expression) (operand, suffix string) {
	if x.op == counters {
		return fmt.Sprintf("counters<>+%d(SB)", e.half*blockBytes/2), ""
	}
	return fmt.Sprintf("constants<>+%d(SB)", e.offset(x)), e.broadcast
}

// inMemory is whether an expression is an operand in memory.
func (x *expression) inMemory() bool { return x.isConstant() || x.op == counters }

// address is where a slice's part of the block is.
func (e *emitter) address(slice string) string {
	register, ok := e.slices[slice]
	if !ok {
		panic(e.kernel.name + " has no slice " + slice)
	}
	return fmt.Sprintf("%d(%s)(AX*1)", e.half*blockBytes/2, register)
}

// load reads a slice's part of the block; lanes without a number are 0.
func (e *emitter) load(slice string) int {
	r := e.allocate(false)
	switch {
	case !e.masked:
		e.line("VMOVUPS %s, %s", e.address(slice), e.register(r))
	case e.halves == 1:
		e.line("VMOVUPS.Z %s, K1, %s", e.address(slice), e.register(r))
	default:
		e.line("VMASKMOVPS %s, %s, %s", e.address(slice), e.register(e.mask), e.register(r))
	}
	return r
}

// store writes the lanes that have a number.
func (e *emitter) store(slice string, r int) {
	switch {
	case !e.masked:
		e.line("VMOVUPS %s, %s", e.register(r), e.address(slice))
	case e.halves == 1:
		e.line("VMOVUPS %s, K1, %s", e.register(r), e.address(slice))
	default:
		e.line("VMASKMOVPS %s, %s, %s", e.register(r), e.register(e.mask), e.address(slice))
	}
}

// choose writes what one of two numbers is taken by.
func (e *emitter) choose(x *expression) int {
	const above = "$0x1E" // greater, and both are numbers
	by, yes, no := e.evaluate(x.args[0]), e.evaluate(x.args[1]), e.evaluate(x.args[2])
	zero, suffix := e.memory(number(0))
	var r int
	if e.halves == 1 {
		e.line("VCMPPS%s %s, %s, %s, K2", suffix, above, zero, e.register(by))
		e.consumeAll(x)
		r = e.allocate(e.stays(x))
		e.line("VBLENDMPS %s, %s, K2, %s", e.register(yes), e.register(no), e.register(r))
		return r
	}
	r = e.allocate(e.stays(x))
	e.line("VCMPPS %s, %s, %s, %s", above, zero, e.register(by), e.register(r))
	e.line("VBLENDVPS %s, %s, %s, %s", e.register(r), e.register(yes), e.register(no), e.register(r))
	e.consumeAll(x)
	return r
}

// keep writes what is left where integers are below a threshold.
func (e *emitter) keep(x *expression) int {
	bits, threshold, v := e.evaluate(x.args[0]), e.evaluate(x.args[1]), e.evaluate(x.args[2])
	var r int
	if e.halves == 1 {
		e.line("VPCMPGTD %s, %s, K2", e.register(bits), e.register(threshold))
		e.consumeAll(x)
		r = e.allocate(e.stays(x))
		e.line("VMOVAPS.Z %s, K2, %s", e.register(v), e.register(r))
		return r
	}
	r = e.allocate(e.stays(x))
	e.line("VPCMPGTD %s, %s, %s", e.register(bits), e.register(threshold), e.register(r))
	e.line("VPAND %s, %s, %s", e.register(r), e.register(v), e.register(r))
	e.consumeAll(x)
	return r
}

func (e *emitter) consumeAll(x *expression) {
	for _, a := range x.args {
		e.consume(e.only(a))
	}
}
