package rl

import (
	"encoding/json"
	"math"
	"math/rand/v2"
	"os"
	"testing"
)

// TestAdvantagesGolden compares with Stable-Baselines3 (testdata/make_gae.py).
func TestAdvantagesGolden(t *testing.T) {
	raw, err := os.ReadFile("testdata/gae.json")
	if err != nil {
		t.Fatal(err)
	}
	var golden struct {
		Cases []struct {
			Gamma, Lambda       float64
			Starts              [][]bool
			Rewards, Values     [][]float32
			Last                []float32
			Advantages, Returns [][]float32
		}
	}
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	for _, c := range golden.Cases {
		var want, returns []float32
		e := &Experience{}
		e.Offsets = []int32{0}
		for n := range c.Rewards {
			for i := range c.Rewards[n] {
				e.Reward, e.Value = append(e.Reward, c.Rewards[n][i]), append(e.Value, c.Values[n][i])
				over := c.Starts[n][i+1]
				if last := i+1 == len(c.Rewards[n]); over || last {
					e.Offsets, e.Environment = append(e.Offsets, int32(len(e.Reward))), append(e.Environment, int32(n))
					bootstrap := c.Last[n]
					if over {
						bootstrap = 0
					}
					e.Bootstrap = append(e.Bootstrap, bootstrap)
				}
			}
			want, returns = append(want, c.Advantages[n]...), append(returns, c.Returns[n]...)
		}
		got, gotReturns := Advantages(e, c.Gamma, c.Lambda)
		for i := range want {
			if math.Abs(float64(got[i]-want[i])) > 1e-5 || math.Abs(float64(gotReturns[i]-returns[i])) > 1e-5 {
				t.Fatalf("γ %v, λ %v, step %d: %v and %v, Stable-Baselines3 has %v and %v", c.Gamma, c.Lambda, i, got[i], gotReturns[i], want[i], returns[i])
			}
		}
	}
}

// randomExperience has sequences of random lengths, rewards and values.
func randomExperience(r *rand.Rand, sequences int) *Experience {
	e := &Experience{}
	e.Offsets = []int32{0}
	for s := range sequences {
		for range 1 + r.IntN(9) {
			e.Reward, e.Value = append(e.Reward, float32(r.NormFloat64())), append(e.Value, float32(r.NormFloat64()))
		}
		e.Offsets = append(e.Offsets, int32(len(e.Reward)))
		e.Environment, e.Number = append(e.Environment, int32(s)), append(e.Number, uint64(s))
		terminated := r.IntN(2) == 0
		e.Terminated, e.Ended = append(e.Terminated, terminated), append(e.Ended, true)
		bootstrap := float32(r.NormFloat64())
		if terminated {
			bootstrap = 0
		}
		e.Bootstrap = append(e.Bootstrap, bootstrap)
	}
	return e
}

// TestAdvantagesNaive adds up the definition: A(t) = Σ (γλ)^k δ(t+k).
func TestAdvantagesNaive(t *testing.T) {
	seed := rand.Uint64()
	r := rand.New(rand.NewPCG(seed, 0))
	e := randomExperience(r, 40)
	gamma, lambda := r.Float64(), r.Float64()
	got, returns := Advantages(e, gamma, lambda)
	for s := range e.Sequences() {
		low, high := e.Offsets[s], e.Offsets[s+1]
		for at := low; at < high; at++ {
			want := 0.0
			for k := at; k < high; k++ {
				next := e.Bootstrap[s]
				if k+1 < high {
					next = e.Value[k+1]
				}
				delta := float64(e.Reward[k]) + gamma*float64(next) - float64(e.Value[k])
				want += math.Pow(gamma*lambda, float64(k-at)) * delta
			}
			if math.Abs(float64(got[at])-want) > 1e-5 || math.Abs(float64(returns[at])-want-float64(e.Value[at])) > 1e-5 {
				t.Fatalf("seed %d, step %d: %v, want %v; returns %v", seed, at, got[at], want, returns[at])
			}
		}
	}
}
