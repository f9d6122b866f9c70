package sample

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"testing"

	"trailblazer/datasets/traj"
)

// encode returns a batch's bytes, all of them.
func encode(b *Batch) []byte {
	out := binary.LittleEndian.AppendUint64(nil, b.Epoch)
	for _, o := range b.RowOffsets {
		out = binary.LittleEndian.AppendUint64(out, uint64(o))
	}
	for i := range b.Episodes {
		out = binary.LittleEndian.AppendUint64(out, uint64(b.Episodes[i]))
		out = binary.LittleEndian.AppendUint32(out, uint32(b.Starts[i]))
	}
	for i, field := range b.Frame.Fields {
		out = append(out, field.Name...)
		out = append(out, b.Frame.Values[i].Data...)
		for _, o := range b.Frame.Values[i].Offsets {
			out = binary.LittleEndian.AppendUint64(out, uint64(o))
		}
	}
	return out
}

// all reads a source to its end: the batches, and the cursor before each and
// after the last.
func all(t testing.TB, s Source) (batches, cursors [][]byte) {
	t.Helper()
	for {
		cursors = append(cursors, s.Cursor())
		b, err := s.Next(context.Background())
		if errors.Is(err, io.EOF) {
			return batches, cursors
		}
		if err != nil {
			t.Fatal(err)
		}
		batches = append(batches, encode(b))
	}
}

func read(t testing.TB, f *fake, q Query, from []byte) (batches, cursors [][]byte) {
	t.Helper()
	r, err := open(f, q, from)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	return all(t, r)
}

func seeded(t testing.TB) (*rand.Rand, uint64) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	return rand.New(rand.NewPCG(seed, 1)), seed
}

// TestModel compares readers with a model that holds everything in memory.
func TestModel(t *testing.T) {
	random, _ := seeded(t)
	for range 1500 {
		f, q := drawn(t, random), drawnQuery(random)
		r, err := open(f, q, nil)
		want := model(f, q)
		if err != nil {
			// The filter may leave nothing, or less than a batch.
			if len(want) > 0 {
				t.Fatalf("%+v: %v", q, err)
			}
			continue
		}
		for n := 0; ; n++ {
			b, err := r.Next(t.Context())
			if errors.Is(err, io.EOF) {
				if n != len(want) {
					t.Fatalf("%+v: %d batches, want %d", q, n, len(want))
				}
				break
			}
			if err != nil {
				t.Fatal(err)
			}
			if n >= len(want) {
				t.Fatalf("%+v: more than %d batches", q, n)
			}
			check(t, f, b, want[n])
		}
		r.Close()
	}
}

// check compares a batch with the windows that it should hold.
func check(t *testing.T, f *fake, b *Batch, want []cutting) {
	t.Helper()
	expected := NewBatch(f.schema)
	if len(b.Frame.Fields) < len(f.schema.Fields) {
		var fields []int
		for _, field := range b.Frame.Fields {
			fields = append(fields, f.schema.Field(field.Name))
		}
		expected = NewBatch(f.schema, fields...)
	}
	for _, w := range want {
		whole := f.schema.NewFrame()
		for step := range w.steps {
			appendStep(whole, w.episode, w.start+step)
		}
		for i, field := range expected.Frame.Fields {
			v, from := &expected.Frame.Values[i], whole.Find(field.Name)
			v.Data = append(v.Data, from.Data...)
			for row := 1; row < len(from.Offsets); row++ {
				v.Offsets = append(v.Offsets, v.Offsets[len(v.Offsets)-1]+from.Offsets[row]-from.Offsets[row-1])
			}
		}
		if codes := traj.Of[int32](expected.Frame.Find(traj.FieldPolicy)); codes != nil {
			for row := expected.Frame.Rows; row < len(codes); row++ {
				codes[row] = int32(slices.Index(b.Policies, policyOf(w.episode)))
			}
		}
		expected.Frame.Rows += w.steps
		expected.RowOffsets = append(expected.RowOffsets, int64(expected.Frame.Rows))
		expected.Episodes = append(expected.Episodes, int64(w.episode))
		expected.Starts = append(expected.Starts, int32(w.start))
	}
	expected.Epoch = b.Epoch
	if b.Len() != len(want) || b.Frame.Rows != expected.Frame.Rows || !bytes.Equal(encode(b), encode(expected)) {
		t.Fatalf("episodes %v starts %v, want %v", b.Episodes, b.Starts, want)
	}
}

// TestResume goes on from every cursor of a run.
func TestResume(t *testing.T) {
	random, _ := seeded(t)
	for range 100 {
		f, q := drawn(t, random), drawnQuery(random)
		q.Filter = Filter{}
		q.DropLast = false
		batches, cursors := read(t, f, q, nil)
		for n := range cursors {
			rest, _ := read(t, f, q, cursors[n])
			if !slices.EqualFunc(rest, batches[n:], bytes.Equal) {
				t.Fatalf("%+v: after %d of %d batches, another %d follow that differ", q, n, len(batches), len(rest))
			}
		}
	}
}

// TestResumeReadsOnePool checks that going on costs what it must.
func TestResumeReadsOnePool(t *testing.T) {
	f := newFake(t, [][][]int{{{10}, {10}, {10}, {10}, {10}, {10}}})
	q := Query{BatchSize: 1, Shuffle: true, PoolSteps: 20, Epochs: 2}
	_, cursors := read(t, f, q, nil)
	f.reads.Store(0)
	r, err := open(f, q, cursors[4])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.Close() // Waits for what is read ahead.
	if n := f.reads.Load(); n > 4 {
		t.Errorf("%d row groups were read, want at most the 4 of two pools", n)
	}
}

// TestOnePoolIsReadOnce checks that a data set that fits into memory is kept
// there.
func TestOnePoolIsReadOnce(t *testing.T) {
	f := newFake(t, [][][]int{{{10}, {3, 4}}, {{10}}})
	batches, _ := read(t, f, Query{BatchSize: 2, Window: 3, Shuffle: true, Epochs: 5}, nil)
	if n := f.reads.Load(); n != 3 {
		t.Errorf("%d row groups were read, want 3", n)
	}
	if slices.EqualFunc(batches[:len(batches)/5], batches[len(batches)/5:2*len(batches)/5], bytes.Equal) {
		t.Error("two epochs have the same order")
	}
}

// TestWorkers puts the batches of several workers together again.
func TestWorkers(t *testing.T) {
	random, _ := seeded(t)
	for range 100 {
		f, q := drawn(t, random), drawnQuery(random)
		q.Filter, q.DropLast, q.Worker, q.Workers, q.Epochs = Filter{}, false, 0, 1, 1
		whole, _ := read(t, f, q, nil)
		q.Workers = 3
		for q.Worker = range 3 {
			part, _ := read(t, f, q, nil)
			var want [][]byte
			for i := q.Worker; i < len(whole); i += 3 {
				want = append(want, whole[i])
			}
			if !slices.EqualFunc(part, want, bytes.Equal) {
				t.Fatalf("worker %d of %+v gets other batches", q.Worker, q)
			}
		}
	}
}

// TestErrorsCanBeTriedAgain reads on after a fault of the files, and after a
// call that was given up.
func TestErrorsCanBeTriedAgain(t *testing.T) {
	f := newFake(t, [][][]int{{{5}, {6}, {7}}, {{8}, {9}}})
	for _, q := range []Query{{BatchSize: 4, Window: 3}, {BatchSize: 9, Window: 2, Shuffle: true, PoolSteps: 12, Epochs: 2}} {
		want, _ := read(t, f, q, nil)
		for s := range f.frames {
			for g := range f.frames[s] {
				f.broken.Store(&[2]int{s, g})
				r, err := open(f, q, nil)
				if err != nil {
					t.Fatal(err)
				}
				failed := false
				var got [][]byte
				for {
					ended, cancel := context.WithCancel(t.Context())
					cancel()
					if _, err := r.Next(ended); !errors.Is(err, context.Canceled) {
						t.Fatal(err)
					}
					b, err := r.Next(t.Context())
					if errors.Is(err, io.EOF) {
						break
					}
					if errors.Is(err, errBroken) {
						failed = true
						f.broken.Store(nil)
						continue
					}
					if err != nil {
						t.Fatal(err)
					}
					got = append(got, encode(b))
				}
				r.Close()
				if !failed || !slices.EqualFunc(got, want, bytes.Equal) {
					t.Errorf("group %d of shard %d: failed %v, %d batches, want %d", g, s, failed, len(got), len(want))
				}
			}
		}
	}
}

// TestOrderStays pins an order, since cursors and published results rely on it.
func TestOrderStays(t *testing.T) {
	f := newFake(t, [][][]int{{{5, 9}, {6}, {7, 3, 1}}, {{8}, {9, 12}}})
	batches, _ := read(t, f, Query{BatchSize: 3, Window: 4, Stride: 2, Shuffle: true, Seed: 11, PoolSteps: 25, Epochs: 2}, nil)
	sum := sha256.Sum256(bytes.Join(batches, nil))
	const want = "eff2036877b8fd8cdfea0d2946ea9d3ead23b37c9197eba283287105f780ee5c"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("the batches of a query have changed: %s, want %s", got, want)
	}
}

func TestNextAllocatesNothing(t *testing.T) {
	f := newFake(t, [][][]int{{{50, 50}, {60}}})
	r, err := open(f, Query{BatchSize: 8, Window: 4, Stride: 1, Shuffle: true, Epochs: 1 << 20}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	next := func() {
		if _, err := r.Next(t.Context()); err != nil {
			t.Fatal(err)
		}
	}
	for range 3 * r.Batches() {
		next()
	}
	// An epoch's order costs a few allocations for its 20 batches.
	if n := testing.AllocsPerRun(200, next); n > 1 {
		t.Errorf("%v allocations a batch", n)
	}
}

func TestClosedReader(t *testing.T) {
	r, err := open(newFake(t, [][][]int{{{5}}}), Query{}, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	r.Close()
	if _, err := r.Next(t.Context()); err == nil {
		t.Error("a closed reader reads")
	}
}

func TestPermuteIsFair(t *testing.T) {
	counts := map[[3]int]int{}
	for seed := range uint64(6000) {
		list := [3]int{0, 1, 2}
		permute(list[:], seed)
		counts[list]++
	}
	for order, n := range counts {
		if len(counts) != 6 || n < 880 || n > 1120 { // 4 standard deviations.
			t.Errorf("order %v came %d times of 6000", order, n)
		}
	}
}
