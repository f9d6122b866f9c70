package sample

import (
	"math"
	"slices"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/contenthash"
)

// The values that zeros of a Query stand for.
const (
	DefaultBatchSize = 64
	DefaultPoolSteps = 1 << 18
)

// Query says what to read, and in what order. The zero value reads whole
// episodes in the order of the files, once, with all fields.
type Query struct {
	Filter Filter
	// Window is the steps of a window; 0 takes whole episodes.
	Window int
	// Stride is the steps from the start of one window to that of the next; 0
	// stands for Window.
	Stride int
	// BatchSize is the windows of a batch; 0 stands for 64.
	BatchSize int
	// Fields names the fields to read; none stands for all. Their order does
	// not matter: batches have them in the order of the schema.
	Fields []string
	// Shuffle draws the order from Seed.
	Shuffle bool
	Seed    uint64
	// PoolSteps is the steps that are shuffled among each other at a time, and
	// half of what is held in memory; 0 stands for 262,144.
	PoolSteps int
	// Epochs is how often to go through the data; 0 stands for 1.
	Epochs int
	// DropLast leaves out the last batch of an epoch where it is smaller.
	DropLast bool
	// Worker of Workers gets its share of the batches; 0 workers stand for 1.
	Worker, Workers int
}

// withDefaults fills in what zeros stand for, and clears what does not matter.
// The errors name the fields as the service does.
func (q Query) withDefaults() (Query, error) {
	for _, field := range []struct {
		name  string
		value int
	}{
		{"window", q.Window}, {"stride", q.Stride}, {"batch_size", q.BatchSize}, {"pool_steps", q.PoolSteps},
		{"epochs", q.Epochs}, {"worker", q.Worker}, {"workers", q.Workers},
	} {
		if field.value < 0 {
			return q, &env.FieldError{Field: field.name, Value: strconv.Itoa(field.value), Remedy: "give 0 or more"}
		}
		if field.value > math.MaxUint32 {
			return q, &env.FieldError{Field: field.name, Value: strconv.Itoa(field.value), Remedy: "give less than 4294967296"}
		}
	}
	if q.Window == 0 && q.Stride > 0 {
		return q, &env.FieldError{Field: "stride", Value: strconv.Itoa(q.Stride), Remedy: "give a window too, or leave it out for whole episodes"}
	}
	q.Stride = orDefault(q.Stride, q.Window)
	q.BatchSize = orDefault(q.BatchSize, DefaultBatchSize)
	q.PoolSteps = orDefault(q.PoolSteps, DefaultPoolSteps)
	q.Epochs = orDefault(q.Epochs, 1)
	q.Workers = orDefault(q.Workers, 1)
	if q.Worker >= q.Workers {
		return q, &env.FieldError{Field: "worker", Value: strconv.Itoa(q.Worker), Remedy: "give a number from 0 to workers - 1, which is " + strconv.Itoa(q.Workers-1)}
	}
	if !q.Shuffle {
		q.Seed, q.PoolSteps = 0, 0
	}
	return q, nil
}

func orDefault(value, fallback int) int {
	if value == 0 {
		return fallback
	}
	return value
}

// digest tells a query with its defaults filled in from all others.
func (q *Query) digest() contenthash.Digest {
	h := contenthash.New("query")
	for _, names := range [][]string{q.Filter.Policies, q.Filter.Scenarios, q.Filter.Splits, q.Fields} {
		names = slices.Sorted(slices.Values(names))
		names = slices.Compact(names)
		h.Integer(len(names))
		for _, name := range names {
			h.Text(name)
		}
	}
	h.Integer(flag(q.Filter.CompleteOnly))
	h.Integer(flag(q.Filter.MinReturn != nil))
	if q.Filter.MinReturn != nil {
		h.Number(*q.Filter.MinReturn)
	}
	h.Integers([]int{q.Window, q.Stride, q.BatchSize, flag(q.Shuffle), int(q.Seed), q.PoolSteps, q.Epochs, flag(q.DropLast), q.Worker, q.Workers})
	return h.Digest()
}

func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}
