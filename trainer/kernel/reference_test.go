package kernel

import (
	"math"
	"strings"
	"testing"

	"trailblazer/internal/safetensors"
	"trailblazer/internal/splitmix"
)

// The published kinds of transformers, as testdata/make_reference.py has them.
var references = map[string]struct {
	heads      Attention
	activation Activation
	llama      bool
}{
	"gpt2":  {Attention{Heads: 4, KVHeads: 4, HeadWidth: 8}, "gelu-tanh", false},
	"llama": {Attention{Heads: 4, KVHeads: 2, HeadWidth: 8, RopeBase: 10000}, "", true},
	"opt":   {Attention{Heads: 4, KVHeads: 4, HeadWidth: 8}, "relu", false},
}

// TestReference compares logits, gradients and the losses of ten steps with
// PyTorch's, which were computed in float64. Logits and gradients may differ by
// 1e-5 of the largest of their tensor, losses by 2e-5.
func TestReference(t *testing.T) {
	for name, kind := range references {
		for _, backend := range []string{"go", "openblas"} {
			t.Run(name+"/"+backend, func(t *testing.T) {
				compute, err := NewCompute(Options{Backend: backend})
				if err != nil {
					t.Skip(err)
				}
				want := takeReference(t, name)
				m := transformer{layers: 2, width: 32, mlp: 128, vocab: 11, heads: kind.heads, activation: kind.activation, llama: kind.llama}
				m.build(12)
				for seed, p := range m.set.Params() {
					setReference(p, uint64(seed))
				}
				var tokens, positions, targets []int32
				layout := Layout{Offsets: []int32{0, 12, 19, 31}}
				for i := range 31 {
					tokens = append(tokens, int32(splitmix.Mix(100, uint64(i))%11))
					targets = append(targets, int32(splitmix.Mix(200, uint64(i))%12)-1)
				}
				for s := range layout.Offsets[1:] {
					positions = append(positions, count(int(layout.Offsets[s+1]-layout.Offsets[s]))...)
				}
				tape := NewTape(compute)
				optimizer := NewOptimizer(&m.set, AdamW{WeightDecay: 0.1}, compute)
				for step, loss := range want.Take("losses", 10) {
					m.set.ZeroGrad()
					tape.Begin(Train, 0)
					logits := m.logits(tape, tokens, positions, &layout)
					got := tape.CrossEntropy(logits, targets, nil, nil)
					tape.Backward(got)
					if math.Abs(float64(got.Value[0]-loss)) > 2e-5 {
						t.Errorf("step %d: the loss is %v, PyTorch's %v", step, got.Value[0], loss)
					}
					if step == 0 {
						closeTo(t, "logits", logits.Value, want.Take("logits", 31, 11))
						for _, p := range m.set.Params() {
							closeTo(t, p.Name, p.Grad, want.Take("gradients."+p.Name, p.Shape...))
						}
					}
					norm, err := ClipNorm(&m.set, 0.5)
					if err != nil {
						t.Fatal(err)
					}
					if wantNorm := float64(want.Take("norm", 1)[0]); step == 0 && !near(norm, wantNorm, 1e-5, 0) {
						t.Errorf("the norm of gradients is %v, PyTorch's %v", norm, wantNorm)
					}
					optimizer.Step(3e-3)
				}
				if err := want.Finish(); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

func takeReference(t *testing.T, name string) *safetensors.Taker {
	t.Helper()
	file, err := safetensors.Read("testdata/" + name + ".safetensors")
	if err != nil {
		t.Fatal(err)
	}
	return safetensors.NewTaker(file)
}

// setReference fills a param as the script does.
func setReference(p *Param, seed uint64) {
	for i := range p.Value {
		p.Value[i] = (float32(splitmix.Mix(seed, uint64(i))>>40)/(1<<24) - 0.5) / 2
	}
	if len(p.Shape) == 1 && strings.HasSuffix(p.Name, "weight") {
		for i := range p.Value {
			p.Value[i]++
		}
	}
}

func closeTo(t *testing.T, what string, got, want []float32) {
	t.Helper()
	largest := float32(0)
	for _, v := range want {
		largest = max(largest, v, -v)
	}
	for i, v := range want {
		if !near(float64(got[i]), float64(v), 1e-5, float64(largest)) {
			t.Errorf("%s: %v at %d, PyTorch has %v", what, got[i], i, v)
			return
		}
	}
}
