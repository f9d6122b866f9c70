package main

import (
	"fmt"
	"strings"
)

// emitter writes a kernel for a machine.
//
// General registers: AX is the offset of the block in bytes, BX the blocks
// left, R13 all whole blocks, and CX how many numbers follow them. Their mask is
// K1 with AVX-512, and else lies at R10. The others are the addresses of slices.
// K2 is the mask of a choice.
type emitter struct {
	*pool
	kernel *kernel
	out    strings.Builder

	slices  map[string]string      // the registers of slices
	scalars map[string]*expression // those in registers, by name
	used    []bool                 // the vector registers that are taken
	at      map[*expression]int    // where expressions are
	last    map[*expression]int    // the last loop that needs what stays
	uses    map[*expression]int    // how often a loop's body still needs one
	sums    map[*accumulator][]int // the registers of reductions
	half    int                    // the part of a block that is computed
	masked  bool                   // whether the block isn't whole
	mask    int                    // the register of its mask, without K1
}

var addresses = []string{"DI", "SI", "DX", "R8", "R9"}

// emit returns a kernel's assembly for the pool's machine.
func emit(k *kernel, p *pool) string {
	e := &emitter{
		pool: p, kernel: k,
		slices: map[string]string{}, scalars: map[string]*expression{}, used: make([]bool, p.registers),
		at: map[*expression]int{}, last: map[*expression]int{}, sums: map[*accumulator][]int{},
	}
	fmt.Fprintf(&e.out, "\n// func %s%s%s\nTEXT ·%[1]s%[2]s(SB), NOSPLIT, $0-%[4]d\n", k.name, e.suffix, k.signature(""), k.frame())
	e.enter()
	for i, l := range k.loops {
		for _, f := range l.effects {
			e.survey(f.value, i)
		}
	}
	for _, r := range k.returns {
		e.survey(r, len(k.loops))
	}
	for i, l := range k.loops {
		e.emitLoop(i, l)
	}
	for i, r := range k.returns {
		result := k.result[i]
		move := map[string]string{"float32": "VMOVSS", "float64": "VMOVSD"}[result.kind]
		e.line("%s X%d, %s+%d(FP)", move, e.evaluate(r), result.name, result.offset)
	}
	e.line("VZEROUPPER")
	e.line("RET")
	return e.out.String()
}

func (e *emitter) line(format string, args ...any) {
	fmt.Fprintf(&e.out, "\t"+format+"\n", args...)
}

func (e *emitter) label(name string) { fmt.Fprintf(&e.out, "%s:\n", name) }

// register is the name of a vector register.
func (e *emitter) register(i int) string { return fmt.Sprint(e.letter, i) }

// enter loads addresses and counts.
func (e *emitter) enter() {
	for _, f := range e.kernel.parameters {
		if f.kind != "[]float32" {
			continue
		}
		if len(e.slices) == 0 {
			e.line("MOVQ %s_len+%d(FP), R13", f.name, f.offset+8)
		}
		e.slices[f.name] = addresses[len(e.slices)]
		e.line("MOVQ %s_base+%d(FP), %s", f.name, f.offset, e.slices[f.name])
	}
	e.line("MOVQ R13, CX")
	e.line("ANDQ $%d, CX", block-1)
	e.line("SHRQ $4, R13")
	if e.halves == 1 {
		e.line("MOVQ $-1, BX")
		e.line("BZHIQ CX, BX, BX")
		e.line("KMOVW BX, K1")
		return
	}
	e.line("LEAQ masks<>+%d(SB), R10", blockBytes)
	e.line("MOVQ CX, BX")
	e.line("SHLQ $2, BX")
	e.line("SUBQ BX, R10")
}

// stays is whether an expression is computed before a loop and kept. Additions
// of integers are so where there are many registers.
func (e *emitter) stays(x *expression) bool {
	return x.uniform() && !x.isConstant() && (x.op != integerAddition || e.registers > 16)
}

// survey notes that a loop needs what stays.
func (e *emitter) survey(x *expression, loop int) {
	if x = e.only(x); e.stays(x) {
		e.last[x] = loop
	}
	for _, a := range x.args {
		e.survey(a, loop)
	}
}

// only is the one expression that stands for a scalar.
func (e *emitter) only(x *expression) *expression {
	if x.op != scalar {
		return x
	}
	if e.scalars[x.name] == nil {
		e.scalars[x.name] = x
	}
	return e.scalars[x.name]
}

// hoist computes what stays.
func (e *emitter) hoist(x *expression) {
	if e.stays(x) {
		e.evaluate(x)
		return
	}
	for _, a := range x.args {
		e.hoist(a)
	}
}

// emitLoop writes a loop: what it needs, whole blocks, and the rest.
func (e *emitter) emitLoop(i int, l *loop) {
	for _, f := range l.effects {
		e.hoist(f.value)
		if f.into != nil {
			e.begin(f.into)
		}
	}
	e.line("XORL AX, AX")
	e.line("MOVQ R13, BX")
	e.line("TESTQ BX, BX")
	e.line("JEQ rest%d", i)
	e.label(fmt.Sprint("block", i))
	e.body(l, false)
	if l.step != nil {
		counter := e.register(e.at[e.only(l.step)])
		step, free := e.hold(pair(block / 2))
		e.line("VPADDD %s, %s, %s", e.register(step), counter, counter)
		free()
	}
	e.line("ADDQ $%d, AX", blockBytes)
	e.line("DECQ BX")
	e.line("JNE block%d", i)
	e.label(fmt.Sprint("rest", i))
	e.line("TESTQ CX, CX")
	e.line("JEQ done%d", i)
	e.body(l, true)
	e.label(fmt.Sprint("done", i))
	for x, last := range e.last {
		if r, ok := e.at[x]; ok && last <= i {
			e.used[r] = false
			delete(e.at, x)
		}
	}
	for _, f := range l.effects {
		if f.into != nil {
			e.combine(f.into)
		}
	}
}

// body writes what is done with a block.
func (e *emitter) body(l *loop, masked bool) {
	e.masked = masked
	for e.half = range e.halves {
		e.uses = map[*expression]int{}
		for _, f := range l.effects {
			e.count(f.value)
		}
		if masked && e.halves > 1 {
			e.mask = e.allocate(false)
			e.line("VMOVDQU %d(R10), %s", e.half*blockBytes/2, e.register(e.mask))
		}
		for _, f := range l.effects {
			r := e.evaluate(f.value)
			if f.into != nil {
				e.accumulate(f.into, r)
			} else {
				e.store(f.slice, r)
			}
			e.consume(f.value)
		}
		if masked && e.halves > 1 {
			e.used[e.mask] = false
		}
	}
}

// count counts how often expressions are needed.
func (e *emitter) count(x *expression) {
	x = e.only(x)
	if e.uses[x]++; e.uses[x] == 1 && !e.stays(x) {
		for _, a := range x.args {
			e.count(a)
		}
	}
}

// consume says that one need is met, and frees the register after the last.
func (e *emitter) consume(x *expression) {
	if e.stays(x) || x.inMemory() {
		return
	}
	if e.uses[x]--; e.uses[x] == 0 {
		e.used[e.at[x]] = false
		delete(e.at, x)
	}
}

// allocate takes a free register: the lowest, or the highest for what stays.
func (e *emitter) allocate(stays bool) int {
	for i := range e.used {
		if stays {
			i = len(e.used) - 1 - i
		}
		if !e.used[i] {
			e.used[i] = true
			return i
		}
	}
	panic(fmt.Sprintf("%s%s needs more registers", e.kernel.name, e.suffix))
}
