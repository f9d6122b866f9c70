package traj

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"trailblazer/api/env"
)

var update = flag.Bool("update", false, "write the golden data set of the current schema version anew")

// goldenSpec has a field of each kind: dense and ragged, named and not.
func goldenSpec() *env.Spec {
	one := []float64{0}
	return &env.Spec{
		ID: "trailblazer/Golden-v0", Scenario: "golden/two", ContentHash: "60", Config: json.RawMessage(`{"steps":4}`), RewardLow: -1, RewardHigh: 1,
		Observation: &env.Dict{Entries: []env.Entry{
			{Key: "history", Space: &env.Box{DType: env.Float32, Shape: []int{2}, Low: one, High: one, Features: []env.Feature{{Name: "rate", Unit: "Mbps"}, {Name: "delay", Unit: "ms"}}}},
			{Key: "jobs", Space: &env.Sequence{Element: &env.Box{DType: env.Float64, Shape: []int{2}, Low: one, High: one}}},
			{Key: "kind", Space: &env.Box{DType: env.Uint8, Low: one, High: one}},
		}},
		Action: &env.Discrete{N: 2},
		Info: &env.Dict{Entries: []env.Entry{
			{Key: "action_mask", Space: &env.MultiBinary{N: 2}},
			{Key: "late", Space: &env.Box{DType: env.Bool, Low: one, High: one}},
			{Key: "count", Space: &env.Box{DType: env.Int32, Low: one, High: one}},
		}},
	}
}

// writeGolden writes a data set of four episodes.
func writeGolden(t *testing.T, dir string) {
	t.Helper()
	schema, err := NewSchema(goldenSpec(), Labels{Expert: "oracle", Value: true})
	if err != nil {
		t.Fatal(err)
	}
	w, err := Create(dir, goldenSpec(), schema.Labels, WriterOptions{Command: "trailblazer collect --scenario golden/two"})
	if err != nil {
		t.Fatal(err)
	}
	for i := range 4 {
		e := drawGolden(schema, i)
		if _, err := w.Add(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
}

// drawGolden makes an episode of values that follow from its number.
func drawGolden(schema *Schema, number int) *Episode {
	steps := 1 + number
	e := &Episode{Steps: schema.NewFrame(), Initial: schema.NewFrame(schema.Role(RoleInfo)...), Final: schema.NewFrame(schema.shown()...)}
	e.Source, e.Policy, e.Scenario, e.ScenarioHash = fmt.Sprint("worker-", number), "bba", "golden/two", "60"
	switch number % 3 {
	case 0:
		e.Seed, e.Seeded = 1<<63+uint64(number), true
	case 1:
		e.Policy, e.Policies, e.PolicySeed = "mpc+bba", []string{"mpc", "bba"}, uint64(number)
	case 2:
		e.Start, e.ResetOptions = []byte{0, 1, 254, 255}, json.RawMessage(`{"trace":"a"}`)
	}
	fill := func(f *Frame, rows int) {
		for i, field := range f.Fields {
			n := 0
			for row := range rows {
				inner := 1
				if field.Leaf.Ragged {
					inner = (row + number) % 3
				}
				var bytes []byte
				for range inner * field.Leaf.Elements() {
					n++
					bytes = append(bytes, goldenElement(field, n*7+number)...)
				}
				f.Values[i].appendRow(bytes, field.Leaf.RowBytes())
			}
		}
		f.Rows = rows
	}
	fill(e.Steps, steps)
	fill(e.Initial, 1)
	fill(e.Final, 1)
	for i, policies := 0, max(1, len(e.Policies)); i < steps; i++ {
		Of[int32](e.Steps.Find(FieldStep))[i] = int32(i)
		Of[int32](e.Steps.Find(FieldPolicy))[i] = int32(i % policies)
		Of[bool](e.Steps.Find(FieldTerminated))[i] = i == steps-1 && number != 3
		Of[bool](e.Steps.Find(FieldTruncated))[i] = i == steps-1 && number == 3
	}
	return e
}

func goldenElement(f *Field, x int) []byte {
	switch f.Leaf.DType {
	case env.Bool:
		return []byte{byte(x % 2)}
	case env.Int8, env.Uint8:
		return []byte{byte(x * 5)}
	case env.Int32:
		return appendBits(nil, int32(-x))
	case env.Int64:
		return appendBits(nil, int64(x%2))
	case env.Float32:
		return appendBits(nil, float32(x)/3)
	}
	return appendBits(nil, float64(x)/3)
}

// Data sets of all versions are read as they were when the version was current.
// A new version's is written by
//
//	go test -run TestGolden -update ./datasets/traj
func TestGolden(t *testing.T) {
	if *update {
		dir := filepath.Join("testdata", fmt.Sprintf("v%d", SchemaVersion))
		if err := os.RemoveAll(dir); err != nil {
			t.Fatal(err)
		}
		writeGolden(t, dir)
		for _, unread := range []string{"README.md", "open"} {
			if err := os.RemoveAll(filepath.Join(dir, unread)); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, "expected.json"), dumpSet(t, dir), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	for version := 1; version <= SchemaVersion; version++ {
		dir := filepath.Join("testdata", fmt.Sprintf("v%d", version))
		want, err := os.ReadFile(filepath.Join(dir, "expected.json"))
		if err != nil {
			t.Fatal(err)
		}
		if got := dumpSet(t, dir); !bytes.Equal(got, want) {
			t.Errorf("version %d is read as\n%s\nand was written as\n%s", version, got, want)
		}
	}
}

// dumpSet writes down all that is read of a data set.
func dumpSet(t *testing.T, dir string) []byte {
	t.Helper()
	s := openSet(t, dir)
	headers, err := s.Headers()
	if err != nil {
		t.Fatal(err)
	}
	type array struct {
		Field   string
		Data    []byte
		Offsets []int64 `json:",omitempty"`
	}
	type dump struct {
		Header                Header
		Policies              []string
		Start                 []byte
		Steps, Initial, Final []array
	}
	arrays := func(f *Frame) (list []array) {
		for i, field := range f.Fields {
			list = append(list, array{field.Name, f.Values[i].Data, f.Values[i].Offsets})
		}
		return list
	}
	var dumps []dump
	for i := range headers {
		e, err := s.Episode(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		dumps = append(dumps, dump{e.Header, e.Policies, e.Start, arrays(e.Steps), arrays(e.Initial), arrays(e.Final)})
	}
	var out bytes.Buffer
	for i := range dumps {
		line, err := json.Marshal(dumps[i])
		if err != nil {
			t.Fatal(err)
		}
		out.Write(append(line, '\n'))
	}
	return out.Bytes()
}

// The same episodes give the same files, byte for byte, on any number of cores.
func TestFilesAreDeterministic(t *testing.T) {
	one, two := t.TempDir(), t.TempDir()
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	writeGolden(t, one)
	runtime.GOMAXPROCS(7)
	writeGolden(t, two)
	for _, path := range []string{"data/train-00000.parquet", "episodes/train-00000.parquet", "meta/info.json", "README.md"} {
		a, err := os.ReadFile(filepath.Join(one, path))
		if err != nil {
			t.Fatal(err)
		}
		b, err := os.ReadFile(filepath.Join(two, path))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(a, b) {
			t.Errorf("%s differs from one writing to the next", path)
		}
	}
}
