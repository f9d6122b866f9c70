package kernel

import "fmt"

// Layout says how tokens are packed into sequences and which they see: a token
// sees itself and tokens before it in its sequence. It must not change while a
// tape that was given it goes on; one for all layers of a pass is cut into tiles
// once.
type Layout struct {
	// Offsets has one entry more than there are sequences: sequence s owns the
	// tokens Offsets[s] up to, not including, Offsets[s+1].
	Offsets []int32
	// Steps is each token's step number, which never falls within a sequence.
	// Nil stands for a step for each token.
	Steps []int32
	// Context is how many steps a token sees: its own and the Context−1 before
	// it; 0 stands for all.
	Context int
	// Transient tokens are seen within their own step only. Nil stands for
	// none.
	Transient []bool
	// Positions are where rotary embeddings place tokens. Nil counts from 0 in
	// each sequence; in one that goes on in a Cache, on from there.
	Positions []int32
}

// Tokens is how many tokens there are.
func (l *Layout) Tokens() int { return int(l.Offsets[len(l.Offsets)-1]) }

// check panics unless the layout is one of so many tokens.
func (l *Layout) check(tokens int) {
	checkOffsets(l.Offsets, tokens)
	if l.Context < 0 {
		panic(fmt.Sprintf("kernel: a context of %d steps", l.Context))
	}
	if l.Steps != nil && len(l.Steps) != tokens || l.Transient != nil && len(l.Transient) != tokens || l.Positions != nil && len(l.Positions) != tokens {
		panic(fmt.Sprintf("kernel: a layout of %d tokens with %d steps, %d transients and %d positions", tokens, len(l.Steps), len(l.Transient), len(l.Positions)))
	}
	for i, p := range l.Positions {
		if p < 0 {
			panic(fmt.Sprintf("kernel: token %d has the position %d; positions count from 0", i, p))
		}
	}
	for s := range l.Offsets[1:] {
		for i := int(l.Offsets[s]) + 1; i < int(l.Offsets[s+1]) && l.Steps != nil; i++ {
			if l.Steps[i] < l.Steps[i-1] {
				panic(fmt.Sprintf("kernel: token %d is of step %d, after one of step %d", i, l.Steps[i], l.Steps[i-1]))
			}
		}
	}
}

// step is the step of token i, which is number n of its sequence.
func (l *Layout) step(i, n int) int32 {
	if l.Steps == nil {
		return int32(n)
	}
	return l.Steps[i]
}

// position is where token i stands, which is number n of its sequence.
func (l *Layout) position(i int, n int32) int32 {
	if l.Positions == nil {
		return n
	}
	return l.Positions[i]
}

func (l *Layout) transient(i int) bool { return l.Transient != nil && l.Transient[i] }

// sees reports whether a token of one step sees one before it.
func sees(step, before int32, transient bool, context int) bool {
	return (context == 0 || int(before) > int(step)-context) && (!transient || before == step)
}
