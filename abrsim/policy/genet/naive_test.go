package genet

import (
	"math"
	"math/rand/v2"
	"testing"

	"trailblazer/internal/safetensors"
	"trailblazer/internal/testnetwork"
)

// naive is the network once more, in float64 on the tensors as they are in the
// file.
type naive struct{ testnetwork.Naive }

func newNaive(tb testing.TB, f *safetensors.File) naive { return naive{testnetwork.NewNaive(tb, f)} }

func (n naive) layer(name string, x []float64, activation func(float64) float64) []float64 {
	return n.Layer("actor."+name, x, activation)
}

// score takes the inputs by branch.
func (n naive) score(bitrate, buffer float64, throughput, download, sizes []float64, remaining float64) []float64 {
	relu := func(v float64) float64 { return math.Max(v, 0) }
	var joined []float64
	for _, b := range []struct {
		name string
		x    []float64
	}{
		{"last_quality", []float64{bitrate}}, {"buffer", []float64{buffer}}, {"throughput", throughput},
		{"download_time", download}, {"next_sizes", sizes}, {"remain", []float64{remaining}},
	} {
		joined = append(joined, n.layer(b.name, b.x, relu)...)
	}
	return n.layer("out", n.layer("hidden", joined, relu), nil)
}

// of scores inputs that are laid out as the network's.
func (n naive) of(inputs []float32) []float64 {
	x := make([]float64, len(inputs))
	for i, v := range inputs {
		x[i] = float64(v)
	}
	return n.score(x[0], x[1], x[2:8], x[8:14], x[14:20], x[20])
}

// TestAgainstNaive compares the scores of random inputs.
func TestAgainstNaive(t *testing.T) {
	f := randomFile(2)
	network, err := build(f)
	if err != nil {
		t.Fatal(err)
	}
	plain := newNaive(t, f)
	random := rand.New(rand.NewPCG(3, 4))
	for range 200 {
		var x [inputs]float32
		for i := range x {
			x[i] = random.Float32() * 3
		}
		got, want := network.score(&x), plain.of(x[:])
		for move := range got {
			if math.Abs(float64(got[move])-want[move]) > 1e-5*math.Max(1, math.Abs(want[move])) {
				t.Fatalf("scores %v, want %v", got, want)
			}
		}
	}
}
