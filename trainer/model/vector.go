package model

import "trailblazer/trainer/kernel"

// vectorEncoder makes tokens of vectors. Its params, below
// "tasks.NAME.encoder.":
//
//	PART.conv     weight [channels, 1, kernel], bias [channels]
//	PART.0, 1 …   the other maps of a part
//	PART.token    [width, part's width], where each part has a token
//	token         [width, all parts' widths], where they are joined
type vectorEncoder struct {
	*Encoder
	parts []part
	// token has one map for each token.
	tokens []linear
}

// part encodes some of the features.
type part struct {
	*Part
	conv linear // no weight: none
	rest network
}

func newVectorEncoder(b builder, c *Encoder, width int) vectorEncoder {
	e := vectorEncoder{Encoder: c}
	total := 0
	for i := range c.Parts {
		p := &c.Parts[i]
		e.parts = append(e.parts, newPart(b.under(p.Name), p, c.Activation))
		if c.Tokens == TokensSeparate {
			e.tokens = append(e.tokens, b.under(p.Name).uniform("token", width, p.width(), true))
		}
		total += p.width()
	}
	if c.Tokens == TokensJoined {
		e.tokens = []linear{b.uniform("token", width, total, true)}
	}
	return e
}

func newPart(b builder, c *Part, activation kernel.Activation) part {
	p := part{Part: c}
	in, widths := c.To-c.From, c.Widths
	if c.Kernel > 0 {
		p.conv = b.convolution("conv", widths[0], c.Kernel)
		in, widths = widths[0]*(in-c.Kernel+1), widths[1:]
	}
	p.rest = b.network("", activation, in, widths...)
	return p
}

// run makes the tokens of observations: a matrix for each token of a step.
func (e *vectorEncoder) run(t *kernel.Tape, x *kernel.Var) []*kernel.Var {
	encoded := make([]*kernel.Var, len(e.parts))
	for i := range e.parts {
		p := &e.parts[i]
		y := x
		if p.From > 0 || p.To < x.Cols {
			y = t.Columns(x, p.From, p.To)
		}
		if p.conv.weight != nil {
			y = t.Activate(t.Conv1D(y, p.conv.weight, p.conv.bias, 1), e.Activation)
		}
		encoded[i] = p.rest.apply(t, y)
	}
	if e.Tokens == TokensJoined && len(encoded) > 1 {
		encoded = []*kernel.Var{t.Concat(encoded...)}
	}
	for i := range encoded {
		encoded[i] = e.tokens[i].apply(t, encoded[i])
	}
	return encoded
}
