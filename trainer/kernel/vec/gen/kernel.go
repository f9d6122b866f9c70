package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/types"
	"strings"
)

// kernel is a function on slices of one length: loops over their elements, one
// after another.
type kernel struct {
	name               string
	parameters, result []field
	loops              []*loop
	returns            []*expression
}

// field is a parameter or a result, at its offset in the caller's frame.
type field struct {
	name, kind string
	offset     int
}

// loop is what is done with each element.
type loop struct {
	effects []effect
	// step is a scalar that grows by the pairs of lanes in a block; nil: none.
	step *expression
}

// effect is a store to a slice or an accumulation.
type effect struct {
	slice string
	into  *accumulator
	value *expression
}

// accumulator is a reduction: lane i takes numbers i, i+16, i+32, …
type accumulator struct {
	op operation // addition or greater
	// squares adds the squares of numbers, in float64.
	squares bool
	total   *expression
}

// newKernel makes a kernel of a Go function's signature.
func newKernel(name, signature string) *kernel {
	k := &kernel{name: name}
	parsed, err := parser.ParseExpr("func" + signature)
	if err != nil {
		panic(fmt.Sprint(name, signature, ": ", err))
	}
	offset := 0
	place := func(list *ast.FieldList) (fields []field) {
		for _, f := range list.List {
			kind := types.ExprString(f.Type)
			size := map[string]int{"[]float32": 24, "uint64": 8, "float64": 8, "float32": 4, "uint32": 4}[kind]
			names := f.Names
			if names == nil {
				names = []*ast.Ident{ast.NewIdent("ret")}
			}
			for _, n := range names {
				align := min(size, 8)
				offset = (offset + align - 1) / align * align
				fields = append(fields, field{n.Name, kind, offset})
				offset += size
			}
		}
		return fields
	}
	f := parsed.(*ast.FuncType)
	k.parameters = place(f.Params)
	if f.Results != nil {
		offset = (offset + 7) / 8 * 8
		k.result = place(f.Results)
	}
	return k
}

// frame is the size of the parameters and results.
func (k *kernel) frame() int {
	last := append(k.parameters[:len(k.parameters):len(k.parameters)], k.result...)
	f := last[len(last)-1]
	switch f.kind {
	case "[]float32":
		return f.offset + 24
	case "float32", "uint32":
		return f.offset + 4
	}
	return f.offset + 8
}

// find returns a parameter.
func (k *kernel) find(name string) field {
	for _, f := range k.parameters {
		if f.name == name {
			return f
		}
	}
	panic(k.name + " has no parameter " + name)
}

// loop adds a loop.
func (k *kernel) loop() *loop {
	l := &loop{}
	k.loops = append(k.loops, l)
	return l
}

// store sets a slice's element. Stores are made in order, and an expression
// that reads an element is computed before the first store that needs it.
func (l *loop) store(slice string, value *expression) {
	l.effects = append(l.effects, effect{slice: slice, value: value})
}

// reduce accumulates a value and returns the total.
func (l *loop) reduce(a *accumulator, value *expression) *expression {
	l.effects = append(l.effects, effect{into: a, value: value})
	a.total = &expression{op: total}
	return a.total
}

func (l *loop) sum(value *expression) *expression {
	return l.reduce(&accumulator{op: addition}, value)
}

// signature is the kernel's, with a parameter before the others and without
// the names of types where the next parameter has the same.
func (k *kernel) signature(before string) string {
	list := func(fields []field) string {
		var b strings.Builder
		for i, f := range fields {
			if i > 0 {
				b.WriteString(", ")
			}
			b.WriteString(f.name)
			if i+1 == len(fields) || fields[i+1].kind != f.kind {
				b.WriteString(" " + f.kind)
			}
		}
		return b.String()
	}
	s := "(" + before + list(k.parameters) + ")"
	switch {
	case len(k.result) == 1 && k.result[0].name == "ret":
		s += " " + k.result[0].kind
	case len(k.result) > 0:
		s += " (" + list(k.result) + ")"
	}
	return s
}

// arguments are the names of the parameters.
func (k *kernel) arguments() string {
	var names []string
	for _, f := range k.parameters {
		names = append(names, f.name)
	}
	return strings.Join(names, ", ")
}
