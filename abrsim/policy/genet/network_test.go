package genet

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/internal/safetensors"
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
		save(t, path, f, 0)
		checkRefused(t, path, append(c.want, "abr/models/genet.safetensors")...)
	}
	cut := filepath.Join(dir, "cut")
	save(t, cut, randomFile(1), 4)
	checkRefused(t, cut, "cut off")
	checkRefused(t, filepath.Join(dir, "none"), "no such file")

	whole := filepath.Join(dir, "whole")
	save(t, whole, randomFile(1), 0)
	if _, err := Load(whole); err != nil {
		t.Error(err)
	}
}

// save writes a file without its last bytes.
func save(t *testing.T, path string, f *safetensors.File, without int) {
	t.Helper()
	var text bytes.Buffer
	if err := safetensors.Write(&text, f); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, text.Bytes()[:text.Len()-without], 0o666); err != nil {
		t.Fatal(err)
	}
}

func checkRefused(t *testing.T, path string, want ...string) {
	t.Helper()
	_, err := Load(path)
	if err == nil {
		t.Errorf("%s: loaded", path)
		return
	}
	for _, part := range append(want, path) {
		if !strings.Contains(err.Error(), part) {
			t.Errorf("%s: error %q, want one with %q", path, err, part)
		}
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
