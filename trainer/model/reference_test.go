package model

import (
	"fmt"
	"path/filepath"
	"testing"

	"trailblazer/internal/safetensors"
	"trailblazer/trainer/kernel"
)

// reference takes the published weights of one family.
type reference struct {
	*safetensors.Taker
	m *Model
}

// set fills a param with rows of published ones, one above another.
func (r *reference) set(name string, parts ...[]float32) {
	p := r.m.params.Find(name)
	if p == nil {
		panic("there is no param " + name)
	}
	var all []float32
	for _, x := range parts {
		all = append(all, x...)
	}
	if copy(p.Value, all) != len(all) || len(all) != len(p.Value) {
		panic(fmt.Sprintf("%s has %d numbers, not %d", name, len(p.Value), len(all)))
	}
}

// linear takes weights [out, in], of which several go above one another.
func (r *reference) linear(name string, bias bool, in int, from map[string]int, order ...string) {
	var weights, biases [][]float32
	for _, part := range order {
		weights = append(weights, r.Take(part+".weight", from[part], in))
		if bias {
			biases = append(biases, r.Take(part+".bias", from[part]))
		}
	}
	r.set(name+".weight", weights...)
	if bias {
		r.set(name+".bias", biases...)
	}
}

func (r *reference) norm(name, from string) {
	width := r.m.config.Backbone.Width
	r.set(name+".weight", r.Take(from+".weight", width))
	if r.m.config.Backbone.Norm == NormLayer {
		r.set(name+".bias", r.Take(from+".bias", width))
	}
}

func (r *reference) gpt2() {
	conv1d := func(name, from string, in, out int) {
		x, turned := r.Take(from+".weight", in, out), make([]float32, in*out)
		for i := range in {
			for o := range out {
				turned[o*in+i] = x[i*out+o]
			}
		}
		r.set(name+".weight", turned)
		r.set(name+".bias", r.Take(from+".bias", out))
	}
	r.set("backbone.positions.weight", r.Take("wpe.weight", 9, 16))
	for i := range 2 {
		to, h := fmt.Sprintf("backbone.layers.%d.", i), fmt.Sprintf("h.%d.", i)
		r.norm(to+"attention_norm", h+"ln_1")
		conv1d(to+"attention.qkv", h+"attn.c_attn", 16, 48)
		conv1d(to+"attention.out", h+"attn.c_proj", 16, 16)
		r.norm(to+"mlp_norm", h+"ln_2")
		conv1d(to+"mlp.up", h+"mlp.c_fc", 16, 24)
		conv1d(to+"mlp.down", h+"mlp.c_proj", 24, 16)
	}
	r.norm("backbone.norm", "ln_f")
}

func (r *reference) opt() {
	r.set("backbone.positions.weight", r.Take("embed_positions.weight", 11, 16))
	for i := range 2 {
		to, h := fmt.Sprintf("backbone.layers.%d.", i), fmt.Sprintf("layers.%d.", i)
		q, k, v := h+"self_attn.q_proj", h+"self_attn.k_proj", h+"self_attn.v_proj"
		r.norm(to+"attention_norm", h+"self_attn_layer_norm")
		r.linear(to+"attention.qkv", true, 16, map[string]int{q: 16, k: 16, v: 16}, q, k, v)
		r.linear(to+"attention.out", true, 16, map[string]int{h + "self_attn.out_proj": 16}, h+"self_attn.out_proj")
		r.norm(to+"mlp_norm", h+"final_layer_norm")
		r.linear(to+"mlp.up", true, 16, map[string]int{h + "fc1": 24}, h+"fc1")
		r.linear(to+"mlp.down", true, 24, map[string]int{h + "fc2": 16}, h+"fc2")
	}
	if r.m.config.Backbone.FinalNorm {
		r.norm("backbone.norm", "final_layer_norm")
	}
}

func (r *reference) llama() {
	c := &r.m.config.Backbone
	for i := range 2 {
		to, h := fmt.Sprintf("backbone.layers.%d.", i), fmt.Sprintf("layers.%d.", i)
		q, k, v := h+"self_attn.q_proj", h+"self_attn.k_proj", h+"self_attn.v_proj"
		gate, up := h+"mlp.gate_proj", h+"mlp.up_proj"
		keys := c.KVHeads * 4
		r.norm(to+"attention_norm", h+"input_layernorm")
		r.linear(to+"attention.qkv", c.QKVBias, 16, map[string]int{q: 16, k: keys, v: keys}, q, k, v)
		r.linear(to+"attention.out", false, 16, map[string]int{h + "self_attn.o_proj": 16}, h+"self_attn.o_proj")
		r.norm(to+"mlp_norm", h+"post_attention_layernorm")
		r.linear(to+"mlp.up", false, 16, map[string]int{gate: 24, up: 24}, gate, up)
		r.linear(to+"mlp.down", false, 24, map[string]int{h + "mlp.down_proj": 16}, h+"mlp.down_proj")
	}
	r.norm("backbone.norm", "norm")
}

// TestReference gives the presets of published families weights as their
// checkpoints have them and compares with what PyTorch makes of some tokens.
func TestReference(t *testing.T) {
	for family, preset := range map[string]string{
		"gpt2": "gpt2", "opt": "opt", "opt-post-norm": "opt", "llama": "llama", "qwen2": "qwen2", "mistral": "mistral",
	} {
		c := tinyConfig(t, preset)
		c.Tasks = c.Tasks[:1]
		c.Tasks[0].Context = 1
		b := &c.Backbone
		if b.KVHeads == 0 {
			b.KVHeads = 4
		}
		if b.Positions == PositionsLearned {
			b.MaxPositions = 9
		}
		if family == "opt-post-norm" {
			b.NormPlace, b.FinalNorm = NormPost, false
		}
		file, err := safetensors.Read(filepath.Join("testdata", family+".safetensors"))
		if err != nil {
			t.Fatal(err)
		}
		r := reference{safetensors.NewTaker(file), newModel(t, c, 1)}
		switch preset {
		case "gpt2":
			r.gpt2()
		case "opt":
			r.opt()
		default:
			r.llama()
		}
		input, want := r.Take("input", 7, 16), r.Take("output", 7, 16)
		if err := r.Finish(); err != nil {
			t.Fatalf("%s: %v", family, err)
		}
		tape := kernel.NewTape(r.m.compute)
		tape.Begin(kernel.Eval, 0)
		rows := span(0, 7)
		layout := &kernel.Layout{Offsets: []int32{0, 7}, Steps: rows, Positions: rows}
		got := r.m.backbone.forward(tape, tape.Input(7, 16, input), layout, nil, rows)
		t.Run(family, func(t *testing.T) { near(t, -1, got.Value, want) })
	}
}
