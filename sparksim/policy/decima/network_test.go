package decima

import (
	"math"
	"math/rand/v2"
	"path/filepath"
	"testing"

	"trailblazer/internal/dense"
	"trailblazer/internal/safetensors"
	"trailblazer/internal/testdata"
	"trailblazer/internal/testnetwork"
)

// trainedFile is the file of the network that the data sets have.
func trainedFile(tb testing.TB) string {
	tb.Helper()
	return filepath.Join(testdata.Dir(tb), "cjs", "models", "decima.safetensors")
}

func trained(tb testing.TB) *Network { return load(tb, trainedFile(tb)) }

func load(tb testing.TB, file string) *Network {
	tb.Helper()
	n, err := Load(file)
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

// randomFile makes a network's tensors of random weights that keep numbers of
// size 1.
func randomFile(seed uint64) *safetensors.File {
	random := rand.New(rand.NewPCG(seed, 0))
	f := &safetensors.File{}
	add := func(name string, shape ...int) {
		size, fanIn := 1, shape[len(shape)-1]
		for _, n := range shape {
			size *= n
		}
		values := make([]float32, size)
		for i := range values {
			values[i] = float32(random.NormFloat64() / math.Sqrt(float64(fanIn)))
		}
		f.Tensors = append(f.Tensors, safetensors.Float32(name, shape, values))
	}
	for _, net := range []struct {
		name string
		size [4]int
	}{
		{"encoder.node_encoder.mlp_prep", [4]int{5, 32, 16, 16}},
		{"encoder.node_encoder.mlp_msg", [4]int{16, 32, 16, 16}},
		{"encoder.node_encoder.mlp_update", [4]int{16, 32, 16, 16}},
		{"encoder.dag_encoder.mlp", [4]int{21, 32, 16, 16}},
		{"encoder.global_encoder.mlp", [4]int{16, 32, 16, 16}},
		{"stage_policy_network.mlp_score", [4]int{53, 64, 64, 1}},
		{"exec_policy_network.mlp_score", [4]int{36, 64, 64, 1}},
	} {
		for i, layer := range []string{".0", ".2", ".4"} {
			add(net.name+layer+".weight", net.size[i+1], net.size[i])
			add(net.name+layer+".bias", net.size[i+1])
		}
	}
	return f
}

// randomNetwork is a network of random weights.
func randomNetwork(tb testing.TB) *Network {
	tb.Helper()
	n, err := build(randomFile(1))
	if err != nil {
		tb.Fatal(err)
	}
	return n
}

func TestLoadRefuses(t *testing.T) {
	const first = "encoder.node_encoder.mlp_prep.0.weight"
	dir := t.TempDir()
	for name, c := range map[string]struct {
		change func(f *safetensors.File)
		want   []string
	}{
		"missing": {func(f *safetensors.File) { f.Tensors = f.Tensors[1:] }, []string{first, "[32 5]"}},
		"renamed": {func(f *safetensors.File) { f.Tensors[41].Name = "b" }, []string{"exec_policy_network.mlp_score.4.bias", "[1]"}},
		"shape":   {func(f *safetensors.File) { f.Tensors[0].Shape = []int{5, 32} }, []string{first, "[5 32]", "not [32 5]"}},
		"flat":    {func(f *safetensors.File) { f.Tensors[0].Shape = []int{160} }, []string{first, "[160]"}},
		"type": {func(f *safetensors.File) {
			f.Tensors[0].DType, f.Tensors[0].Data = "I64", make([]byte, 8*160)
		}, []string{first, "I64"}},
		"NaN": {func(f *safetensors.File) { copy(f.Tensors[1].Data[8:], "\x00\x00\xc0\x7f") },
			[]string{"encoder.node_encoder.mlp_prep.0.bias", "NaN at 2"}},
		"infinity": {func(f *safetensors.File) { copy(f.Tensors[1].Data, "\x00\x00\x80\xff") },
			[]string{"encoder.node_encoder.mlp_prep.0.bias", "-Inf at 0"}},
		"another": {func(f *safetensors.File) {
			f.Tensors = append(f.Tensors, safetensors.Float32("critic.weight", []int{1}, []float32{0}))
		}, []string{"critic.weight", "[1]"}},
	} {
		f := randomFile(1)
		c.change(f)
		path := filepath.Join(dir, name)
		testnetwork.Save(t, path, f, 0)
		testnetwork.Refused(t, Load, path, append(c.want, "cjs/models/decima.safetensors")...)
	}

	cut := filepath.Join(dir, "cut")
	testnetwork.Save(t, cut, randomFile(1), 4)
	testnetwork.Refused(t, Load, cut, "cut off")
	testnetwork.Refused(t, Load, filepath.Join(dir, "none"), "no such file")

	whole := filepath.Join(dir, "whole")
	testnetwork.Save(t, whole, randomFile(1), 0)
	load(t, whole)
}

func TestParameters(t *testing.T) {
	count := func(l ...dense.Layer) (n int) {
		for _, l := range l {
			n += l.Parameters()
		}
		return n
	}
	n := randomNetwork(t)
	total := 0
	for _, m := range []mlp{n.prepare, n.message, n.update, n.jobPart, n.clusterPart} {
		total += count(m[:]...)
	}
	for _, h := range []head{n.stage, n.executors} {
		total += count(h.own, h.shared, h.hidden) + len(h.out) + 1
	}
	if total != 20802 {
		t.Errorf("%d parameters, want 20802", total)
	}
}
