package traj

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"reflect"
	"slices"
	"testing"

	"trailblazer/api/env"
)

// drawSpec makes a spec with leaves of all types and shapes.
func drawSpec(random *rand.Rand) *env.Spec {
	dtypes := []env.DType{env.Bool, env.Int8, env.Uint8, env.Int32, env.Int64, env.Float32, env.Float64}
	box := func() *env.Box {
		b := &env.Box{DType: dtypes[random.IntN(len(dtypes))], Low: []float64{0}, High: []float64{1}}
		for range random.IntN(3) {
			b.Shape = append(b.Shape, 1+random.IntN(4))
		}
		return b
	}
	space := func() env.Space {
		switch random.IntN(6) {
		case 0:
			return &env.Sequence{Element: box()}
		case 1:
			g := &env.Graph{Node: box()}
			if random.IntN(2) == 0 {
				g.Edge = box()
			}
			return g
		case 2:
			return &env.MultiDiscrete{NVec: []int64{3, 4}}
		case 3:
			return &env.MultiBinary{N: 3}
		}
		return box()
	}
	dict := func(keys ...string) *env.Dict {
		d := &env.Dict{}
		for _, key := range keys {
			d.Entries = append(d.Entries, env.Entry{Key: key, Space: space()})
		}
		return d
	}
	info := dict("one", "two")
	if random.IntN(2) == 0 {
		info.Entries = append(info.Entries, env.Entry{Key: "action_mask", Space: &env.MultiBinary{N: 4}})
	}
	return &env.Spec{ID: "trailblazer/Drawn-v0", Scenario: "test/default", ContentHash: "00ff", Observation: dict("a", "b", "c"),
		Action: &env.Discrete{N: 4}, Info: info, RewardLow: -1, RewardHigh: 1}
}

// writeShard writes episodes as a shard, and gives them ids from first on.
func writeShard(t testing.TB, dir, name string, spec *env.Spec, labels Labels, groupSteps int, first int64, episodes []*Episode) ShardInfo {
	t.Helper()
	schema, err := NewSchema(spec, labels)
	if err != nil {
		t.Fatal(err)
	}
	w, err := newShardWriter(dir, name, schema, groupSteps)
	if err != nil {
		t.Fatal(err)
	}
	defer w.abort()
	sum := newTally(schema)
	for i, e := range episodes {
		e.ID = first + int64(i)
		if err := w.add(e); err != nil {
			t.Fatal(err)
		}
		sum.add(e)
	}
	info, err := newInfo(spec, labels)
	if err != nil {
		t.Fatal(err)
	}
	info.Statistics = sum.statistics()
	shard, err := w.finish(info)
	if err != nil {
		t.Fatal(err)
	}
	return shard
}

func openSet(t testing.TB, dir string) *Set {
	t.Helper()
	s, err := Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

func TestEpisodesRoundTrip(t *testing.T) {
	for seed := range uint64(25) {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			random := rand.New(rand.NewPCG(seed, 1))
			spec := drawSpec(random)
			labels := Labels{}
			if random.IntN(2) == 0 {
				labels = Labels{Expert: "optimum", Value: true, Advantage: true}
			}
			schema, err := NewSchema(spec, labels)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			var want []*Episode
			for shard := range 1 + random.IntN(2) {
				var episodes []*Episode
				for range 1 + random.IntN(12) {
					episodes = append(episodes, drawEpisode(random, schema, 1+random.IntN(random.IntN(40)+1)))
				}
				writeShard(t, dir, fmt.Sprintf("train-%05d", shard), spec, labels, 1+random.IntN(60), int64(len(want)), episodes)
				want = append(want, episodes...)
			}
			checkSet(t, openSet(t, dir), want)
		})
	}
}

// An episode longer than a page is read as others are.
func TestLongEpisode(t *testing.T) {
	dir := t.TempDir()
	schema, err := NewSchema(goldenSpec(), Labels{})
	if err != nil {
		t.Fatal(err)
	}
	random := rand.New(rand.NewPCG(11, 12))
	episodes := []*Episode{drawEpisode(random, schema, 3), drawEpisode(random, schema, 90_000), drawEpisode(random, schema, 1)}
	writeShard(t, dir, "train-00000", goldenSpec(), Labels{}, 10, 0, episodes)
	s := openSet(t, dir)
	if groups := s.Shards()[0].Groups; !slices.Equal(groups, []Group{{Rows: 90_003, Episodes: 2}, {Rows: 1, Episodes: 1}}) {
		t.Errorf("row groups %v", groups)
	}
	checkSet(t, s, episodes)
}

// checkSet compares what a set holds with the episodes that were written.
func checkSet(t *testing.T, s *Set, want []*Episode) {
	t.Helper()
	headers, err := s.Headers()
	if err != nil {
		t.Fatal(err)
	}
	if len(headers) != len(want) {
		t.Fatalf("%d headers of %d episodes", len(headers), len(want))
	}
	for i := range headers {
		got, err := s.Episode(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		checkEpisode(t, got, want[i])
	}
	full := make([][]*Frame, len(s.Shards()))
	next := 0
	for i, shard := range s.Shards() {
		for g, group := range shard.Groups {
			frame := s.Schema().NewFrame()
			if err := s.ReadGroup(i, g, frame); err != nil {
				t.Fatal(err)
			}
			full[i] = append(full[i], frame)
			checkGroupBytes(t, s, i, g, frame)
			checkGroup(t, s, frame, want[next:next+group.Episodes])
			next += group.Episodes
		}
	}
	checkProjections(t, s, full)
}

// checkGroupBytes compares what a row group is said to take with what it takes.
func checkGroupBytes(t *testing.T, s *Set, shard, group int, frame *Frame) {
	t.Helper()
	for i, f := range frame.Fields {
		v := &frame.Values[i]
		got, want, more := s.GroupBytes(shard, group, i), len(v.Data)+8*len(v.Offsets), 0
		if f.Leaf.Ragged {
			more = frame.Rows * f.Leaf.RowBytes() // If all were empty.
		}
		if got < want || got > want+more {
			t.Errorf("%s of row group %d is said to take %d bytes, and takes %d", f.Name, group, got, want)
		}
	}
}

func checkEpisode(t *testing.T, got, want *Episode) {
	t.Helper()
	header := want.Header
	header.Shard, header.Group, header.Row, header.Split = got.Shard, got.Group, got.Row, got.Split
	if got.ResetOptions == nil {
		header.ResetOptions = nil
	}
	if !reflect.DeepEqual(got.Header, header) {
		t.Fatalf("header %+v, want %+v", got.Header, header)
	}
	if !bytes.Equal(got.Start, want.Start) || !slices.Equal(got.Policies, policyNames(want)) {
		t.Fatalf("start %q and policies %q, want %q and %q", got.Start, got.Policies, want.Start, policyNames(want))
	}
	for _, part := range []struct{ got, want *Frame }{{got.Steps, want.Steps}, {got.Initial, want.Initial}, {got.Final, want.Final}} {
		if part.got.Rows != part.want.Rows || len(part.got.Fields) != len(part.want.Fields) {
			t.Fatalf("%d rows of %d fields, want %d of %d", part.got.Rows, len(part.got.Fields), part.want.Rows, len(part.want.Fields))
		}
		for i, f := range part.got.Fields {
			g, w := part.got.Values[i], part.want.Values[i]
			if f.Name == FieldEpisode {
				continue
			}
			if !bytes.Equal(g.Data, w.Data) || !slices.Equal(g.Offsets, w.Offsets) {
				t.Fatalf("episode %d: field %s differs:\n%x %v\n%x %v", want.ID, f.Name, g.Data, g.Offsets, w.Data, w.Offsets)
			}
		}
	}
}

// checkGroup checks that a row group has these episodes and no part of others.
func checkGroup(t *testing.T, s *Set, frame *Frame, episodes []*Episode) {
	t.Helper()
	row := 0
	for _, e := range episodes {
		ids, codes := Of[int64](frame.Find(FieldEpisode)), Of[int32](frame.Find(FieldPolicy))
		own := Of[int32](e.Steps.Find(FieldPolicy))
		for i := range e.Steps.Rows {
			name := e.Policy
			if len(e.Policies) > 0 {
				name = e.Policies[own[i]]
			}
			if ids[row] != e.ID || s.Policies()[codes[row]] != name {
				t.Fatalf("row %d is of episode %d and policy %q, want %d and %q", row, ids[row], s.Policies()[codes[row]], e.ID, name)
			}
			row++
		}
	}
	if row != frame.Rows {
		t.Fatalf("the row group has %d rows, its episodes %d", frame.Rows, row)
	}
}

// checkProjections checks that fields and columns read on their own are those
// of the full rows.
func checkProjections(t *testing.T, s *Set, full [][]*Frame) {
	t.Helper()
	for at, f := range s.Schema().Fields {
		frame := s.Schema().NewFrame(at)
		for i, groups := range full {
			for g, whole := range groups {
				if err := s.ReadGroup(i, g, frame); err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(frame.Values[0].Data, whole.Values[at].Data) || !slices.Equal(frame.Values[0].Offsets, whole.Values[at].Offsets) {
					t.Fatalf("field %s differs when it is read alone", f.Name)
				}
			}
		}
		if f.Leaf.Ragged {
			continue
		}
		for _, c := range f.Columns() {
			switch f.Leaf.DType {
			case env.Bool:
				checkScan[bool](t, s, c, at, full)
			case env.Int8:
				checkScan[int8](t, s, c, at, full)
			case env.Uint8:
				checkScan[uint8](t, s, c, at, full)
			case env.Int32:
				checkScan[int32](t, s, c, at, full)
			case env.Int64:
				checkScan[int64](t, s, c, at, full)
			case env.Float32:
				checkScan[float32](t, s, c, at, full)
			case env.Float64:
				checkScan[float64](t, s, c, at, full)
			}
		}
	}
}

func checkScan[T env.Element](t *testing.T, s *Set, c Column, field int, full [][]*Frame) {
	t.Helper()
	stride := c.Field.Leaf.Elements()
	var want, got []byte
	for _, groups := range full {
		for _, whole := range groups {
			data := Of[T](&whole.Values[field])
			for i := c.Element; i < len(data); i += stride {
				want = appendBits(want, data[i])
			}
		}
	}
	err := Scan(s, c.Name, func(values []T) error {
		for _, v := range values {
			got = appendBits(got, v)
		}
		return nil
	})
	if err != nil || !bytes.Equal(got, want) {
		t.Fatalf("column %s: error %v, or other values than the frames have", c.Name, err)
	}
}
