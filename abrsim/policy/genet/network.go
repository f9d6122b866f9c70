package genet

import (
	"fmt"

	"trailblazer/internal/dense"
	"trailblazer/internal/safetensors"
)

const (
	// levels is how many levels a ladder has.
	levels = 6
	// history is how many chunks the network looks back.
	history = 6
	// width is that of every branch and of the layer behind them.
	width = 128
	// moves are the outputs: down, stay, up.
	moves = 3
)

// The network's branches: what they see of the state, in the order in which
// they are joined.
const (
	branchBitrate = iota
	branchBuffer
	branchThroughput
	branchDownload
	branchSizes
	branchRemaining
	branches
)

// branch is the name of a branch's tensors and where in the inputs what it sees
// begins and ends.
type branch struct {
	name       string
	begin, end int
}

func layout() [branches]branch {
	at := 0
	see := func(name string, n int) branch {
		b := branch{name, at, at + n}
		at += n
		return b
	}
	return [branches]branch{
		branchBitrate:    see("last_quality", 1),
		branchBuffer:     see("buffer", 1),
		branchThroughput: see("throughput", history),
		branchDownload:   see("download_time", history),
		branchSizes:      see("next_sizes", levels),
		branchRemaining:  see("remain", 1),
	}
}

// inputs is how many numbers the network sees, laid out as layout says.
const inputs = 3 + 2*history + levels

// Network holds the weights. It is immutable and safe for concurrent use.
//
// The published network convolves three of the branches over a sequence of one
// step with padding, so that a single tap of each filter ever meets data: they
// are plain layers.
type Network struct {
	layout   [branches]branch
	branches [branches]dense.Layer // with ReLU, as hidden
	hidden   dense.Layer
	out      []float32 // moves rows of width
	bias     []float32
}

// Load reads the weights from a safetensors file that has the network's actor
// as actor.*, each layer's weight by outputs and inputs; the critic.* beside it
// is left alone. Errors name the file, the tensor and what was expected.
func Load(path string) (*Network, error) {
	f, err := safetensors.Read(path)
	if err != nil {
		return nil, fmt.Errorf("genet: reading the network: %w", err)
	}
	n, err := build(f)
	if err != nil {
		return nil, fmt.Errorf("genet: %s: %w; give Genet's own weights, abr/models/genet.safetensors of the data sets", path, err)
	}
	return n, nil
}

func build(f *safetensors.File) (*Network, error) {
	w := safetensors.NewTaker(f)
	layer := func(name string, in int) dense.Layer {
		return dense.NewLayer(w.Take(name+".weight", width, in), in, [2]int{0, in}, w.Take(name+".bias", width))
	}
	n := &Network{layout: layout()}
	for i, b := range n.layout {
		n.branches[i] = layer("actor."+b.name, b.end-b.begin)
	}
	n.hidden = layer("actor.hidden", branches*width)
	n.out, n.bias = w.Take("actor.out.weight", moves, width), w.Take("actor.out.bias", moves)
	return n, w.Finish("critic.")
}

// score returns the logits of the moves.
func (n *Network) score(x *[inputs]float32) (scores [moves]float32) {
	var joined [branches * width]float32
	for i, b := range n.layout {
		l := &n.branches[i]
		l.Apply(joined[i*width:], x[b.begin:b.end], l.Bias, 1)
	}
	relu(joined[:])
	var hidden [width]float32
	n.hidden.Apply(hidden[:], joined[:], n.hidden.Bias, 1)
	relu(hidden[:])
	for move := range scores {
		sum := n.bias[move]
		for i, w := range n.out[move*width:][:width] {
			sum += float32(hidden[i] * w)
		}
		scores[move] = sum
	}
	return scores
}

func relu(x []float32) {
	for i, v := range x {
		x[i] = max(v, 0)
	}
}
