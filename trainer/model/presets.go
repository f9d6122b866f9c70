package model

import (
	"fmt"
	"strings"

	"trailblazer/internal/jsonconfig"
)

// preset is a backbone with the form of tasks that goes with it.
type preset struct {
	name     string
	backbone Backbone
	form     func(head string) form
}

// presets lists them. Those named after published families have their norms,
// biases, activations and positions; of all, the size is one that trains on a
// CPU: set Width, Layers and so on for others.
func presets() []preset {
	layerNorm := Backbone{
		Width: 128, Layers: 3, Heads: 4, Activation: "gelu-tanh", Norm: NormLayer, NormPlace: NormPre, NormEps: 1e-5, FinalNorm: true,
		QKVBias: true, OutputBias: true, MLPBias: true, Positions: PositionsNone, InitStd: 0.02,
	}
	rmsNorm := Backbone{
		Width: 128, Layers: 3, Heads: 4, MLPWidth: 344, Gated: true, Activation: "silu", Norm: NormRMS, NormPlace: NormPre, NormEps: 1e-5,
		FinalNorm: true, Positions: PositionsRope, RopeBase: 10000, InitStd: 0.02,
	}
	with := func(b Backbone, change func(*Backbone)) Backbone {
		change(&b)
		return b
	}
	return []preset{
		// The default: quick to train. Fresh weights are those of GPT-2's medium
		// size, of width 1024, times the root of how much narrower it is.
		{"small", with(layerNorm, func(b *Backbone) {
			b.Width, b.Layers, b.Activation, b.Positions, b.RopeBase, b.InitStd = 64, 2, "gelu", PositionsRope, 10000, 0.08
		}), plainForm},
		// No transformer at all, with the same features: what a context and
		// attention are worth shows beside it.
		{"mlp", with(layerNorm, func(b *Backbone) {
			b.Width, b.Layers, b.Heads, b.FinalNorm = 64, 0, 1, false
		}), stepForm},
		// Chen et al., "Decision Transformer" (2021), appendix A: 3 layers, 1
		// head, width 128, ReLU, dropout 0.1, the table of times for positions.
		{"decision-transformer", with(layerNorm, func(b *Backbone) {
			b.Heads, b.Activation, b.Dropout = 1, "relu", 0.1
		}), returnForm},
		// Karma has the same size.
		{"karma", with(layerNorm, func(b *Backbone) {
			b.Heads, b.Activation, b.Dropout = 1, "relu", 0.1
		}), karmaForm},
		{"gpt2", with(layerNorm, func(b *Backbone) {
			b.Positions, b.MaxPositions, b.Dropout = PositionsLearned, 1024, 0.1
		}), returnForm},
		{"llama", rmsNorm, returnForm},
		{"qwen2", with(rmsNorm, func(b *Backbone) {
			b.QKVBias, b.KVHeads, b.NormEps, b.RopeBase = true, 2, 1e-6, 1e6
		}), returnForm},
		{"mistral", with(rmsNorm, func(b *Backbone) {
			b.KVHeads = 1
		}), returnForm},
		{"opt", with(layerNorm, func(b *Backbone) {
			b.Activation, b.Positions, b.MaxPositions, b.PositionOffset, b.Dropout = "relu", PositionsLearned, 2048, 2, 0.1
		}), returnForm},
	}
}

// Presets are the names of all presets.
func Presets() []string {
	var names []string
	for _, p := range presets() {
		names = append(names, p.name)
	}
	return names
}

// PresetBackbone is the backbone of a preset. The error is an *env.FieldError.
func PresetBackbone(name string) (Backbone, error) {
	p, err := findPreset(name)
	return p.backbone, err
}

func findPreset(name string) (preset, error) {
	for _, p := range presets() {
		if p.name == name {
			return p, nil
		}
	}
	return preset{}, jsonconfig.Refuse("preset", jsonconfig.Quote(name), fmt.Sprintf("give one of %s", strings.Join(Presets(), ", ")))
}
