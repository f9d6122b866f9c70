package model

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
)

// Backbone is the causal transformer that all tasks share. Its fields cover
// the published families, so that their weights fit in:
//
//	         norm   place  biases            MLP              positions
//	GPT-2    layer  pre    all               GELU (tanh)      learned
//	Llama    rms    pre    none              gated SiLU       rope
//	Qwen2    rms    pre    of q, k, v        gated SiLU       rope
//	Mistral  rms    pre    none              gated SiLU       rope; fewer KV heads
//	OPT      layer  pre*   all               ReLU             learned, offset 2
//
// *OPT 350m has post-norm. Mistral's sliding window is a task's Context, which
// counts steps rather than tokens.
type Backbone struct {
	// Width of a token, the number of layers, and of heads in each. Without
	// layers the heads read the encoders' tokens as they are, and the model is
	// an MLP of the step that is decided.
	Width  int `json:"width"`
	Layers int `json:"layers"`
	Heads  int `json:"heads"`
	// KVHeads is how many heads keys and values have, which groups of heads
	// share; 0 stands for Heads.
	KVHeads int `json:"kv_heads"`
	// HeadWidth is the width of a head; 0 stands for Width/Heads.
	HeadWidth int `json:"head_width"`
	// MLPWidth is the width between a layer's two maps; 0 stands for 4·Width.
	MLPWidth int `json:"mlp_width"`
	// Gated makes the MLP down(silu(gate·x) * (up·x)), as in SwiGLU.
	Gated bool `json:"gated"`
	// Activation is that of an MLP that is not gated.
	Activation kernel.Activation `json:"activation"`
	// Norm is "layer" or "rms", NormPlace "pre" (before attention and MLP) or
	// "post" (after the sums). FinalNorm adds one after the last layer.
	Norm      string  `json:"norm"`
	NormPlace string  `json:"norm_place"`
	NormEps   float64 `json:"norm_eps"`
	FinalNorm bool    `json:"final_norm"`
	// The maps that have a bias: queries, keys and values; attention's output;
	// both of the MLP.
	QKVBias    bool `json:"qkv_bias"`
	OutputBias bool `json:"output_bias"`
	MLPBias    bool `json:"mlp_bias"`
	// Positions is "none", "learned" or "rope". Learned ones are rows of a
	// table of MaxPositions+PositionOffset, from PositionOffset on; RopeBase
	// is the base of the rotations' wavelengths.
	Positions      string  `json:"positions"`
	MaxPositions   int     `json:"max_positions"`
	PositionOffset int     `json:"position_offset"`
	RopeBase       float64 `json:"rope_base"`
	// Dropout is applied to tokens and to what attention and MLP add to them.
	Dropout float64 `json:"dropout"`
	// InitStd is the standard deviation of fresh weights; those of maps that
	// add to the tokens have it over √(2·Layers), as in GPT-2.
	InitStd float64 `json:"init_std"`
	// Frozen keeps the backbone as it is; LoRA still learns.
	Frozen bool `json:"frozen"`
	LoRA   LoRA `json:"lora"`
}

// The values of Backbone.Norm, NormPlace and Positions.
const (
	NormLayer = "layer"
	NormRMS   = "rms"

	NormPre  = "pre"
	NormPost = "post"

	PositionsNone    = "none"
	PositionsLearned = "learned"
	PositionsRope    = "rope"
)

// LoRA adds products of two thin matrices to maps of the backbone: w + Alpha/Rank·b·a
// (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021).
type LoRA struct {
	// Rank is the matrices' inner width; 0 stands for no LoRA.
	Rank    int     `json:"rank"`
	Alpha   float64 `json:"alpha"`
	Dropout float64 `json:"dropout"`
	// Targets are some of "q", "k", "v", "out", "gate", "up" and "down".
	Targets []string `json:"targets"`
}

// validate checks the backbone alone.
func (b *Backbone) validate(path string) error {
	if err := refuse(path,
		sizeFrom(1, "width", b.Width),
		sizeFrom(0, "layers", b.Layers),
		sizeFrom(1, "heads", b.Heads),
		sizeFrom(0, "head_width", b.HeadWidth),
		sizeFrom(0, "kv_heads", b.KVHeads),
		sizeFrom(0, "mlp_width", b.MLPWidth),
	); err != nil {
		return err
	}
	if b.HeadWidth == 0 && b.Width%b.Heads != 0 {
		return jsonconfig.Refuse(path+".width", fmt.Sprintf("%d, which %d heads don't divide", b.Width, b.Heads),
			fmt.Sprintf("give a multiple of %d, a number of heads that divides it, or a head_width", b.Heads))
	}
	if err := refuse(path,
		check{b.Heads%b.kvHeads() == 0, "kv_heads", b.KVHeads, "give a divisor of heads, or 0 for as many"},
		check{b.Norm == NormLayer || b.Norm == NormRMS, "norm", b.Norm, `give "layer" or "rms"`},
		check{b.NormPlace == NormPre || b.NormPlace == NormPost, "norm_place", b.NormPlace, `give "pre" or "post"`},
		check{b.NormEps > 0 && b.NormEps < 1, "norm_eps", b.NormEps, "give a small positive number, such as 1e-5"},
		check{fraction(b.Dropout), "dropout", b.Dropout, "give a share from 0, below 1"},
		check{b.InitStd > 0 && b.InitStd <= 1, "init_std", b.InitStd, "give a positive number, such as 0.02"},
	); err != nil {
		return err
	}
	if !b.Gated {
		if err := refuse(path, activationCheck(b.Activation)); err != nil {
			return err
		}
	}
	if err := b.validatePositions(path); err != nil {
		return err
	}
	if n := b.weights(); n > mostWeights {
		return refuse(path, check{false, "width", b.Width, fmt.Sprintf("give less, or fewer layers: with these there are %.0f billion weights", n/1e9)})
	}
	if err := refuse(path, check{b.Layers > 0 || b.LoRA.Rank == 0, "lora.rank", b.LoRA.Rank, "give 0, or layers that LoRA can adapt"}); err != nil {
		return err
	}
	return b.LoRA.validate(path+".lora", b.Gated)
}

func (b *Backbone) validatePositions(path string) error {
	switch b.Positions {
	case PositionsNone:
		return nil
	case PositionsLearned:
		return refuse(path,
			sizeFrom(1, "max_positions", b.MaxPositions),
			sizeFrom(0, "position_offset", b.PositionOffset))
	case PositionsRope:
		return refuse(path,
			check{b.RopeBase > 1 && !math.IsInf(b.RopeBase, 1), "rope_base", b.RopeBase, "give a number above 1, such as 10000"},
			check{b.headWidth()%2 == 0, "head_width", b.headWidth(), "give an even number: rotations turn pairs"})
	}
	return refuse(path, check{false, "positions", b.Positions, `give "none", "learned" or "rope"`})
}

// loraTargets lists the maps that LoRA can add to; the first three are parts
// of one map, as are gate and up.
var loraTargets = [...]string{"q", "k", "v", "out", "gate", "up", "down"}

func (l *LoRA) validate(path string, gated bool) error {
	if l.Rank == 0 {
		return refuse(path, check{len(l.Targets) == 0, "rank", 0, "give a positive number, or leave targets out"})
	}
	if err := refuse(path,
		sizeFrom(0, "rank", l.Rank),
		check{l.Alpha > 0 && !math.IsInf(l.Alpha, 1), "alpha", l.Alpha, "give a positive number, such as the rank"},
		check{fraction(l.Dropout), "dropout", l.Dropout, "give a share from 0, below 1"},
		check{len(l.Targets) > 0, "targets", "empty", `name maps, such as "q" and "v"`},
	); err != nil {
		return err
	}
	for i, target := range l.Targets {
		field := fmt.Sprintf("targets[%d]", i)
		if err := refuse(path,
			check{slices.Contains(loraTargets[:], target), field, target, "give one of " + strings.Join(loraTargets[:], ", ")},
			check{target != "gate" || gated, field, target, "leave it out: the MLP is not gated"},
			check{!slices.Contains(l.Targets[:i], target), field, target, "name it once"},
		); err != nil {
			return err
		}
	}
	return nil
}

// mostWeights is about what the largest backbone that fits a machine has.
const mostWeights = 1 << 36

// weights is about how many weights there are.
func (b *Backbone) weights() float64 {
	width, heads, keys, mlp := float64(b.Width), float64(b.Heads), float64(b.kvHeads()), float64(b.mlpWidth())
	layer := width*(2*heads+2*keys)*float64(b.headWidth()) + 3*width*mlp
	return float64(b.Layers)*layer + width*float64(b.MaxPositions+b.PositionOffset)
}

func (b *Backbone) kvHeads() int {
	if b.KVHeads == 0 {
		return b.Heads
	}
	return b.KVHeads
}

func (b *Backbone) headWidth() int {
	if b.HeadWidth == 0 {
		return b.Width / b.Heads
	}
	return b.HeadWidth
}

func (b *Backbone) mlpWidth() int {
	if b.MLPWidth == 0 {
		return 4 * b.Width
	}
	return b.MLPWidth
}

// attention is the shape of attention in every layer.
func (b *Backbone) attention() kernel.Attention {
	a := kernel.Attention{Heads: b.Heads, KVHeads: b.kvHeads(), HeadWidth: b.headWidth()}
	if b.Positions == PositionsRope {
		a.RopeBase = float32(b.RopeBase)
	}
	return a
}

// fraction reports whether p can be the share that is dropped out.
func fraction(p float64) bool { return p >= 0 && p < 1 }

func activationCheck(a kernel.Activation) check {
	return check{a.Valid(), "activation", string(a), `give "gelu", "gelu-tanh", "relu", "silu", "tanh" or such as "leaky-relu:0.01"`}
}
