package sample

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/traj"
)

func TestWindows(t *testing.T) {
	for _, test := range []struct {
		steps, window, stride int
		starts                []int
	}{
		{5, 0, 0, []int{0}},
		{5, 5, 5, []int{0}},
		{4, 5, 5, []int{0}},
		{6, 5, 5, []int{0, 1}},
		{10, 5, 5, []int{0, 5}},
		{11, 5, 5, []int{0, 5, 6}},
		{10, 4, 2, []int{0, 2, 4, 6}},
		{9, 4, 2, []int{0, 2, 4, 5}},
		{20, 2, 10, []int{0, 10, 18}},
		{3, 1, 1, []int{0, 1, 2}},
	} {
		var starts []int
		for k := range windowsOf(test.steps, test.window, test.stride) {
			starts = append(starts, startOf(k, test.steps, test.window, test.stride))
		}
		if !slices.Equal(starts, test.starts) {
			t.Errorf("%d steps, window %d, stride %d: starts %v, want %v", test.steps, test.window, test.stride, starts, test.starts)
		}
	}
}

func TestRefusals(t *testing.T) {
	f := newFake(t, [][][]int{{{5, 6}, {7}}})
	huge := 1e9
	for name, test := range map[string]struct {
		query Query
		want  string
	}{
		"negative":    {Query{Window: -1}, "window is -1"},
		"stride":      {Query{Stride: 3}, "give a window too"},
		"worker":      {Query{Worker: 2, Workers: 2}, "worker is 2"},
		"field":       {Query{Fields: []string{"rewards"}}, `no field "rewards"; known: ["episode"`},
		"policy":      {Query{Filter: Filter{Policies: []string{"good", "best"}}}, `no policy in this data set "best"; known: ["bad" "good"]`},
		"scenario":    {Query{Filter: Filter{Scenarios: []string{"real"}}}, `known: ["fake"]`},
		"split":       {Query{Filter: Filter{Splits: []string{"test"}}}, `known: ["train"]`},
		"return":      {Query{Filter: Filter{MinReturn: &huge}}, "the best return is 2"},
		"small set":   {Query{BatchSize: 4, DropLast: true}, "give at most 3"},
		"many epochs": {Query{Epochs: 1 << 40}, "epochs is"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := open(f, test.query, nil)
			if err == nil || !strings.Contains(err.Error(), test.want) {
				t.Fatalf("got %v, want %q", err, test.want)
			}
			var field *env.FieldError
			var missing *env.NotFoundError
			if !errors.As(err, &field) && !errors.As(err, &missing) {
				t.Errorf("%v is neither a FieldError nor a NotFoundError", err)
			}
		})
	}
	if _, err := open(newFake(t, nil), Query{}, nil); err == nil || !strings.Contains(err.Error(), "collect or append") {
		t.Errorf("an empty data set: %v", err)
	}
	if _, err := open(f, Query{Filter: Filter{Scenarios: []string{"f00d"}}}, nil); err != nil {
		t.Errorf("a scenario by its hash: %v", err)
	}
}

func TestCursors(t *testing.T) {
	f := newFake(t, [][][]int{{{5, 6}, {7}}, {{4}}})
	q := Query{BatchSize: 2, Epochs: 3}
	_, cursors := read(t, f, q, nil)
	from := cursors[2]
	refused := func(f *fake, q Query, from []byte, want string) {
		t.Helper()
		if _, err := open(f, q, from); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got %v, want %q", err, want)
		}
	}
	refused(f, Query{BatchSize: 3, Epochs: 3}, from, "of another query")
	refused(f, q, []byte("x"), "of version 120")
	refused(f, q, from[:20], "cut off")
	changed := newFake(t, [][][]int{{{5, 6}, {7}}, {{3}}})
	refused(changed, q, from, "replaced or removed")
	refused(newFake(t, [][][]int{{{5, 6}, {7}}}), q, from, "replaced or removed")

	// Cursors that nobody made.
	refused(f, q, append(slices.Clone(from), from[len(from)-7:]...), "replaced or removed")
	two := newFake(t, [][][]int{{{5, 6}, {7}}, {{4}}, {{9, 9}}})
	two.shards[2].Name, two.shards[2].Split = "valid-00000", "valid"
	refused(two, q, append(slices.Clone(from), from[len(from)-7:]...), "a split twice")
	more := slices.Clone(from)
	more[len(more)-1]++
	refused(f, q, more, "replaced or removed")
	// However long one is, no more is read of it than the data set has splits.
	long := slices.Clone(from)
	for n := range 1 << 20 {
		long = append(long, 3, byte(n), byte(n>>8), byte(n>>16), 1)
	}
	if n := testing.AllocsPerRun(1, func() { refused(two, q, long, "replaced or removed") }); n > 200 {
		t.Errorf("a long cursor takes %v allocations", n)
	}

	// What was added since does not count.
	grown := newFake(t, [][][]int{{{5, 6}, {7}}, {{4}}, {{9, 9}}})
	grown.shards[2].Name, grown.shards[2].Split = "valid-00000", "valid"
	longer := newFake(t, [][][]int{{{5, 6}, {7}}, {{4}}, {{9, 9}}})
	want, _ := read(t, f, q, from)
	for _, f := range []*fake{grown, longer} {
		rest, _ := read(t, f, q, from)
		if !slices.EqualFunc(rest, want, slices.Equal) {
			t.Error("a data set that has grown goes on with other batches")
		}
	}
	// Fields may be named in any order.
	q.Fields = []string{traj.FieldReward, traj.FieldStep}
	_, cursors = read(t, f, q, nil)
	slices.Reverse(q.Fields)
	if _, err := open(f, q, cursors[1]); err != nil {
		t.Error(err)
	}
}

func TestLimit(t *testing.T) {
	f := newFake(t, [][][]int{{{50, 60}, {70}}})
	size := 0
	for _, limit := range []int{0, 1 << 30, -1} {
		if limit < 0 {
			limit = size - 1
		}
		r, err := open(f, Query{}, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		r.Limit(limit)
		b, err := r.Next(t.Context())
		if limit == size-1 {
			if err == nil || !strings.Contains(err.Error(), "batch_size is 64") {
				t.Errorf("a batch of more than %d bytes: %v", limit, err)
			}
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		size = b.Bytes()
	}
}

// TestPoolBytes compares the bound with what pools take: none takes more, and
// some take nearly all of it.
func TestPoolBytes(t *testing.T) {
	random, _ := seeded(t)
	fullest := 0.0
	for range 300 {
		f, q := drawn(t, random), drawnQuery(random)
		q.Worker, q.Workers, q.BatchSize, q.Epochs = 0, 1, 1, 3
		r, err := open(f, q, nil)
		if err != nil {
			continue
		}
		bound := r.PoolBytes()
		for {
			_, err := r.Next(t.Context())
			if err != nil {
				break
			}
			taken := 0
			for _, frame := range r.current.frames {
				for i := range frame.Values {
					taken += len(frame.Values[i].Data) + 8*len(frame.Values[i].Offsets)
				}
			}
			if taken > bound+8*len(r.current.frames)*len(f.schema.Fields) {
				t.Fatalf("%+v: a pool takes %d bytes, and %d is said to be the most", q, taken, bound)
			}
			fullest = max(fullest, float64(taken)/float64(bound))
		}
		if err := r.LimitPools(bound); err != nil {
			t.Fatalf("%d bytes: %v", bound, err)
		}
		err = r.LimitPools(bound - 1)
		var field *env.FieldError
		if !errors.As(err, &field) || field.Field != "pool_steps" && field.Field != "fields" {
			t.Fatalf("%d bytes of %d: %v", bound-1, bound, err)
		}
		r.Close()
	}
	if fullest < 0.95 {
		t.Errorf("no pool takes more than %v of what is said to be the most", fullest)
	}
	f := newFake(t, [][][]int{{{100}, {100}, {100}}})
	q := Query{Shuffle: true, PoolSteps: 250, Fields: []string{traj.FieldReward}}
	r, err := open(f, q, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.LimitPools(8*150 + 4); err == nil || !strings.Contains(err.Error(), "pool_steps is 250: give at most 150, or name fewer fields") {
		t.Error(err)
	}
	if err := r.LimitPools(8 * 99); err == nil || !strings.Contains(err.Error(), "fields is 1 of them: name fewer") {
		t.Error(err)
	}
}

// FuzzCursor reads what is no cursor.
func FuzzCursor(f *testing.F) {
	set := newFake(f, [][][]int{{{5, 6}, {7}}, {{4}}})
	q := Query{BatchSize: 1, Epochs: 2}
	_, cursors := read(f, set, q, nil)
	for _, c := range cursors {
		f.Add(c)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := open(set, q, data)
		if err != nil {
			return
		}
		defer r.Close()
		if b, err := r.Next(t.Context()); err == nil && b.Len() != 1 {
			t.Errorf("%d windows", b.Len())
		}
	})
}
