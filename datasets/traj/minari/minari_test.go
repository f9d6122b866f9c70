package minari

import (
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"

	"trailblazer/api/env"
	"trailblazer/datasets/export"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testplay"
)

func TestSpaceJSON(t *testing.T) {
	inf := math.Inf(1)
	for _, c := range []struct {
		space env.Space
		want  string
	}{
		{&env.Discrete{N: 6, Start: -1}, `{"type": "Discrete", "dtype": "int64", "start": -1, "n": 6}`},
		{&env.MultiDiscrete{NVec: []int64{2, 3}}, `{"type": "MultiDiscrete", "dtype": "int64", "nvec": [2, 3], "start": [0, 0]}`},
		{&env.MultiBinary{N: 4}, `{"type": "MultiBinary", "n": 4}`},
		{&env.Box{DType: env.Float32, Shape: []int{2, 2}, Low: []float64{-inf}, High: []float64{1, 2.5, 3, inf}},
			`{"type": "Box", "dtype": "float32", "shape": [2, 2], "low": [[-Infinity, -Infinity], [-Infinity, -Infinity]], "high": [[1, 2.5], [3, Infinity]]}`},
		{&env.Box{DType: env.Int64, Low: []float64{-inf}, High: []float64{inf}},
			`{"type": "Box", "dtype": "int64", "shape": [], "low": -9223372036854775808, "high": 9223372036854775807}`},
		{&env.Box{DType: env.Uint8, Shape: []int{1}, Low: []float64{0}, High: []float64{255}},
			`{"type": "Box", "dtype": "uint8", "shape": [1], "low": [0], "high": [255]}`},
		{&env.Dict{Entries: []env.Entry{{Key: "a", Space: &env.Tuple{Spaces: []env.Space{&env.Discrete{N: 2}}}}}},
			`{"type": "Dict", "subspaces": {"a": {"type": "Tuple", "subspaces": [{"type": "Discrete", "dtype": "int64", "start": 0, "n": 2}]}}}`},
	} {
		if got, err := spaceJSON(c.space); err != nil || got != c.want {
			t.Errorf("%s, %v; want %s", got, err, c.want)
		}
	}
	if _, err := spaceJSON(&env.Dict{Entries: []env.Entry{{Key: "dag", Space: &env.Graph{}}}}); err == nil || !strings.Contains(err.Error(), "export as d4rl") {
		t.Errorf("error %v", err)
	}
}

// read reads an episode's file by the names of its columns.
func read(t *testing.T, file string) map[string][]parquet.Value {
	t.Helper()
	text, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer text.Close()
	stat, err := text.Stat()
	if err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(text, stat.Size())
	if err != nil {
		t.Fatal(err)
	}
	if len(f.RowGroups()) != 1 {
		t.Fatalf("%d row groups: Minari reads one batch", len(f.RowGroups()))
	}
	columns := map[string][]parquet.Value{}
	paths := f.Schema().Columns()
	for i, chunk := range f.RowGroups()[0].ColumnChunks() {
		pages := chunk.Pages()
		for {
			page, err := pages.ReadPage()
			if err != nil {
				break
			}
			values := make([]parquet.Value, page.NumValues())
			page.Values().ReadValues(values)
			name := strings.Join(paths[i], "/")
			for _, v := range values {
				columns[name] = append(columns[name], v.Clone())
			}
		}
		pages.Close()
	}
	return columns
}

func TestWrite(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", `{"observation": {"layout": "dict"}}`,
		testplay.Play{Policy: "bba", Episodes: 2}, testplay.Play{Policy: "fixed:level=1", Episodes: 1, Steps: 7})
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	headers, err := new(export.Options).Select(set)
	if err != nil {
		t.Fatal(err)
	}
	root := t.TempDir()
	id, err := Write(t.Context(), root, set, headers, Options{})
	if err != nil || id != "trailblazer/ABR-v0" {
		t.Fatalf("%q, %v", id, err)
	}
	data := filepath.Join(root, "trailblazer", "ABR-v0", "data")
	for i, h := range headers {
		e, err := set.Episode(h)
		if err != nil {
			t.Fatal(err)
		}
		columns := read(t, filepath.Join(data, string(rune('0'+i)), "part-0.parquet"))
		n := h.Steps
		sizes := traj.Of[float32](e.Steps.Find("observation.next_sizes_mb"))
		for name, want := range map[string]int{"actions": n + 1, "rewards": n + 1, "terminations": n + 1, "truncations": n + 1, "infos/buffer_ms": n + 1,
			"observations/buffer_s/list/element": n + 1, "observations/next_sizes_mb/list/element": 6 * (n + 1)} {
			if got := len(columns[name]); got != want {
				t.Errorf("episode %d: %d values of %s, want %d", i, got, name, want)
			}
		}
		for k, x := range sizes {
			if v := columns["observations/next_sizes_mb/list/element"][k]; v.Float() != x || (v.RepetitionLevel() == 0) != (k%6 == 0) {
				t.Fatalf("episode %d: size %d is %+v, want %v", i, k, v, x)
			}
		}
		for k, x := range traj.Of[float64](e.Steps.Find("reward")) {
			if columns["rewards"][k].Double() != x {
				t.Fatalf("episode %d: reward %d", i, k)
			}
		}
		buffers := append(traj.Of[float64](e.Initial.Find("info.buffer_ms")), traj.Of[float64](e.Steps.Find("info.buffer_ms"))...)
		for k, x := range buffers {
			if columns["infos/buffer_ms"][k].Double() != x {
				t.Fatalf("episode %d: buffer %d", i, k)
			}
		}
	}
	var metadata map[string]any
	text, err := os.ReadFile(filepath.Join(data, "metadata.json"))
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(text, &metadata); err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]any{"total_episodes": 3.0, "total_steps": 2*47.0 + 7, "dataset_id": id, "algorithm_name": "bba, fixed:level=1", "data_format": "parquet"} {
		if !reflect.DeepEqual(metadata[key], want) {
			t.Errorf("%s is %v, want %v", key, metadata[key], want)
		}
	}
	if _, err := Write(t.Context(), root, set, headers, Options{}); err == nil || !strings.Contains(err.Error(), "is there already") {
		t.Errorf("error %v", err)
	}
	for _, id := range []string{"no version", "../up-v0", "name"} {
		if _, err := Write(t.Context(), root, set, headers, Options{ID: id}); err == nil {
			t.Errorf("%q is taken for an id", id)
		}
	}
}
