package export

import (
	"archive/zip"
	"bytes"
	"context"
	"encoding/binary"
	"encoding/csv"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/datasets/traj"
	"trailblazer/internal/testplay"
)

// array is one of an archive's, as its header describes it.
type array struct {
	descr, shape string
	data         []byte
}

func readArchive(t *testing.T, text []byte) map[string]array {
	t.Helper()
	archive, err := zip.NewReader(bytes.NewReader(text), int64(len(text)))
	if err != nil {
		t.Fatal(err)
	}
	arrays := map[string]array{}
	for _, f := range archive.File {
		r, err := f.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		n := 10 + int(binary.LittleEndian.Uint16(text[8:]))
		parts := strings.Split(string(text[10:n]), "'")
		shape := strings.Trim(parts[8], ": (),}\n")
		arrays[strings.TrimSuffix(f.Name, ".npy")] = array{parts[3], shape, text[n:]}
	}
	return arrays
}

func export(t *testing.T, dir string, o Options, do func(context.Context, io.Writer, *traj.Set, Options) (Result, error)) (*traj.Set, []byte, Result) {
	t.Helper()
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { set.Close() })
	var file bytes.Buffer
	o.TempDir = t.TempDir()
	result, err := do(t.Context(), &file, set, o)
	if err != nil {
		t.Fatal(err)
	}
	return set, file.Bytes(), result
}

func episodes(t *testing.T, set *traj.Set) []*traj.Episode {
	t.Helper()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	list := make([]*traj.Episode, len(headers))
	for i := range headers {
		if list[i], err = set.Episode(&headers[i]); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// joined is a field's values in all steps.
func joined(list []*traj.Episode, field string) (data []byte) {
	for _, e := range list {
		data = append(data, e.Steps.Find(field).Data...)
	}
	return data
}

func TestD4RL(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", "", testplay.Play{Policy: "bba", Episodes: 2}, testplay.Play{Policy: "fixed:level=3", Episodes: 1, Steps: 10})
	set, file, result := export(t, dir, Options{}, D4RL)
	arrays := readArchive(t, file)
	list := episodes(t, set)
	n := 0
	var next []byte
	timeouts := joined(list, traj.FieldTruncated)
	for _, e := range list {
		n += e.Header.Steps
		size := e.Steps.Fields[4].Leaf.RowBytes()
		next = append(append(next, e.Steps.Find("observation").Data[size:]...), e.Final.Find("observation").Data...)
		if !e.Terminated {
			timeouts[n-1] = 1
		}
	}
	if result != (Result{Episodes: 3, Steps: n}) || timeouts[n-1] != 1 {
		t.Errorf("%+v of %d steps; the last is a time-out: %d", result, n, timeouts[n-1])
	}
	for name, want := range map[string]array{
		"observations":      {"<f4", fmt.Sprint(n, ", 6, 6"), joined(list, "observation")},
		"next_observations": {"<f4", fmt.Sprint(n, ", 6, 6"), next},
		"actions":           {"<i8", fmt.Sprint(n), joined(list, "action")},
		"rewards":           {"<f8", fmt.Sprint(n), joined(list, "reward")},
		"terminals":         {"|b1", fmt.Sprint(n), joined(list, "terminated")},
		"timeouts":          {"|b1", fmt.Sprint(n), timeouts},
		"return_to_go":      {"<f8", fmt.Sprint(n), joined(list, "return_to_go")},
		"infos/buffer_ms":   {"<f8", fmt.Sprint(n), joined(list, "info.buffer_ms")},
	} {
		got, ok := arrays[name]
		if !ok || got.descr != want.descr || got.shape != want.shape || !bytes.Equal(got.data, want.data) {
			t.Errorf("%s: %s of shape (%s), %d bytes, there: %v; want %s of (%s), %d bytes", name, got.descr, got.shape, len(got.data), ok, want.descr, want.shape, len(want.data))
		}
	}
	// Who acted, by the numbers of the set's policies.
	codes := arrays["policy"].data
	first, last := binary.LittleEndian.Uint32(codes), binary.LittleEndian.Uint32(codes[4*(n-1):])
	if p := set.Policies(); p[first] != list[0].Policy || p[last] != list[2].Policy || first == last {
		t.Errorf("policies %d and %d of %v", first, last, p)
	}
	// The same data make the same bytes, and compressed ones fewer.
	_, again, _ := export(t, dir, Options{}, D4RL)
	_, deflated, _ := export(t, dir, Options{Deflate: true}, D4RL)
	if !bytes.Equal(file, again) || len(deflated) >= len(file) {
		t.Errorf("%d bytes, then %d, and %d compressed", len(file), len(again), len(deflated))
	}
}

// TestD4RLPacksGraphs: the states that a step leaves and comes to are those of
// the data set, also at the end of an episode.
func TestD4RLPacksGraphs(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/CJS-v0", "cjs/default-test", "", testplay.Play{Policy: "fifo", Episodes: 2, Steps: 30})
	set, file, _ := export(t, dir, Options{}, D4RL)
	arrays := readArchive(t, file)
	list := episodes(t, set)
	states := arrays["states"].data
	ragged := 0
	for i := range set.Schema().Fields {
		f := &set.Schema().Fields[i]
		if !f.Leaf.Ragged {
			continue
		}
		ragged++
		values, offsets := arrays[key(f)+"/values"].data, arrays[key(f)+"/offsets"].data
		size := f.Leaf.RowBytes()
		at := func(state uint64) []byte {
			return values[int(binary.LittleEndian.Uint64(offsets[8*state:]))*size : int(binary.LittleEndian.Uint64(offsets[8*state+8:]))*size]
		}
		step := 0
		for _, e := range list {
			place := slices.IndexFunc(e.Steps.Fields, func(g *traj.Field) bool { return g.Name == f.Name })
			last := slices.IndexFunc(e.Final.Fields, func(g *traj.Field) bool { return g.Name == f.Name })
			for row := range e.Steps.Rows {
				state := binary.LittleEndian.Uint64(states[8*step:])
				next := e.Final.Bytes(last, 0)
				if row+1 < e.Steps.Rows {
					next = e.Steps.Bytes(place, row+1)
				}
				if !bytes.Equal(at(state), e.Steps.Bytes(place, row)) || !bytes.Equal(at(state+1), next) {
					t.Fatalf("%s: step %d of episode %d is another", f.Name, row, e.ID)
				}
				step++
			}
		}
		if len(offsets) != 8*(step+len(list)+1) {
			t.Errorf("%s: %d bytes of offsets for %d steps", f.Name, len(offsets), step)
		}
	}
	if ragged == 0 {
		t.Error("nothing was packed")
	}
}

// TestD4RLFlattens: a dict becomes rows, in the order of the names.
func TestD4RLFlattens(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", `{"observation": {"layout": "dict"}}`, testplay.Play{Policy: "fixed:level=1", Episodes: 1})
	set, file, _ := export(t, dir, Options{}, D4RL)
	arrays := readArchive(t, file)
	e := episodes(t, set)[0]
	p := newPacking(split(set.Schema(), traj.RoleObservation).dense)
	got := arrays["observations"]
	at := 0
	for row := range e.Steps.Rows {
		for _, f := range p.fields {
			for i := range f.Leaf.Elements() {
				_, want := element(f.Leaf.DType, e.Steps.Find(f.Name).Data, row*f.Leaf.Elements()+i)
				if _, x := element(p.dtype, got.data, at); x != want {
					t.Fatalf("row %d of %s is %v, want %v", row, f.Name, x, want)
				}
				at++
			}
		}
	}
	if len(p.fields) < 2 || at*p.dtype.Size() != len(got.data) || got.shape != fmt.Sprintf("%d, %d", e.Steps.Rows, p.shape[0]) {
		t.Errorf("%d fields, shape (%s)", len(p.fields), got.shape)
	}
}

func TestCSV(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/CJS-v0", "cjs/default-test", "", testplay.Play{Policy: "fifo", Episodes: 1, Steps: 5})
	set, file, result := export(t, dir, Options{}, CSV)
	rows, err := csv.NewReader(bytes.NewReader(file)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	columns := set.Schema().Columns()
	if len(rows) != 6 || result.Steps != 5 || len(rows[0]) != len(columns)+3 {
		t.Fatalf("%d rows of %d columns", len(rows), len(rows[0]))
	}
	e := episodes(t, set)[0]
	rewards := traj.Of[float64](e.Steps.Find(traj.FieldReward))
	for i, row := range rows[1:] {
		cell := func(name string) string { return row[slices.Index(rows[0], name)] }
		if x, err := strconv.ParseFloat(cell("reward"), 64); err != nil || x != rewards[i] {
			t.Errorf("reward %q, want %v", cell("reward"), rewards[i])
		}
		if cell("policy") != "fifo" || cell("scenario") != "cjs/default-test" || cell("seed") != "0" || cell("step") != strconv.Itoa(i) {
			t.Errorf("row %v", row[:8])
		}
	}
	// A list has as many numbers as its row of the graph.
	for i := range columns {
		c := &columns[i]
		if !c.List() {
			continue
		}
		offsets := e.Steps.Find(c.Field.Name).Offsets
		text := rows[1][slices.Index(rows[0], c.Name)]
		if got := len(strings.Fields(text)); got != int(offsets[1]-offsets[0]) {
			t.Errorf("%s: %q has %d numbers", c.Name, text, got)
		}
	}
}

func TestSelect(t *testing.T) {
	dir := testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", "", testplay.Play{Policy: "bba", Episodes: 2}, testplay.Play{Policy: "fixed:level=1", Episodes: 1})
	_, _, result := export(t, dir, Options{Policies: []string{"bba"}, Split: "train"}, CSV)
	if result.Episodes != 2 {
		t.Errorf("%d episodes", result.Episodes)
	}
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if _, err := CSV(t.Context(), io.Discard, set, Options{Policies: []string{"mpc"}}); err == nil || !strings.Contains(err.Error(), "its policies bba, fixed:level=1") {
		t.Errorf("error %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := D4RL(ctx, io.Discard, set, Options{TempDir: t.TempDir()}); err == nil {
		t.Error("no error after an interruption")
	}
}
