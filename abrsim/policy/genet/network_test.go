package genet

import (
	"path/filepath"
	"testing"

	"trailblazer/internal/safetensors"
	"trailblazer/internal/testnetwork"
)

func TestLoadRefuses(t *testing.T) {
	const first = "actor.last_quality.weight"
	dir := t.TempDir()
	for name, c := range map[string]struct {
		change func(f *safetensors.File)
		want   []string
	}{
		"missing": {func(f *safetensors.File) { f.Tensors = f.Tensors[1:] }, []string{first, "[128 1]"}},
		"shape":   {func(f *safetensors.File) { f.Tensors[0].Shape = []int{1, 128} }, []string{first, "[1 128]", "not [128 1]"}},
		"NaN":     {func(f *safetensors.File) { copy(f.Tensors[1].Data[8:], "\x00\x00\xc0\x7f") }, []string{"actor.last_quality.bias", "NaN at 2"}},
		"another": {func(f *safetensors.File) {
			f.Tensors = append(f.Tensors, safetensors.Float32("actor.more", []int{1}, []float32{0}))
		}, []string{"actor.more", "[1]", "none of the network's"}},
	} {
		f := randomFile(1)
		c.change(f)
		path := filepath.Join(dir, name)
		testnetwork.Save(t, path, f, 0)
		testnetwork.Refused(t, Load, path, append(c.want, "abr/models/genet.safetensors")...)
	}
	cut := filepath.Join(dir, "cut")
	testnetwork.Save(t, cut, randomFile(1), 4)
	testnetwork.Refused(t, Load, cut, "cut off")
	testnetwork.Refused(t, Load, filepath.Join(dir, "none"), "no such file")

	whole := filepath.Join(dir, "whole")
	testnetwork.Save(t, whole, randomFile(1), 0)
	if _, err := Load(whole); err != nil {
		t.Error(err)
	}
}

// TestParameters: the reference's actor has 102,275.
func TestParameters(t *testing.T) {
	n := randomNetwork(t)
	total := len(n.out) + len(n.bias) + n.hidden.Parameters()
	for i := range n.branches {
		total += n.branches[i].Parameters()
	}
	if total != 102_275 {
		t.Errorf("%d parameters, want 102275", total)
	}
}
