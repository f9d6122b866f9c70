package sample

import (
	"slices"

	"trailblazer/datasets/traj"
)

// Batch is windows, or whole episodes, one after another.
type Batch struct {
	// Frame has the fields that were asked for.
	Frame *traj.Frame
	// RowOffsets has one entry more than there are windows: window i owns the
	// rows RowOffsets[i] up to, not including, RowOffsets[i+1].
	RowOffsets []int64
	// Episodes and Starts hold the episode's number and the first step of each
	// window.
	Episodes []int64
	Starts   []int32
	// Policies are the names that the field "policy" counts, the same in all
	// batches of a query.
	Policies []string
	// Epoch counts passes through the data from 0.
	Epoch uint64
}

// Len returns the number of windows.
func (b *Batch) Len() int { return len(b.Episodes) }

// Bytes returns how much memory the values take.
func (b *Batch) Bytes() int {
	n := 0
	for i := range b.Frame.Values {
		n += len(b.Frame.Values[i].Data) + 8*len(b.Frame.Values[i].Offsets)
	}
	return n
}

// NewBatch makes a batch of no windows with the given fields of a schema, or
// with all of them.
func NewBatch(schema *traj.Schema, fields ...int) *Batch {
	return &Batch{Frame: schema.NewFrame(fields...), RowOffsets: []int64{0}}
}

// Reset empties the batch and keeps its memory.
func (b *Batch) Reset() {
	b.Frame.Reset()
	b.RowOffsets = append(b.RowOffsets[:0], 0)
	b.Episodes, b.Starts = b.Episodes[:0], b.Starts[:0]
}

// piece is rows of a frame.
type piece struct {
	frame     int32
	low, high int32
}

// sizeOf returns how many bytes pieces have.
func sizeOf(fields []*traj.Field, frames []*traj.Frame, pieces []piece) int {
	n := 0
	for f, field := range fields {
		size := field.Leaf.RowBytes()
		for _, p := range pieces {
			rows := int(p.high - p.low)
			if field.Leaf.Ragged {
				offsets := frames[p.frame].Values[f].Offsets
				n += 8 * rows
				rows = int(offsets[p.high] - offsets[p.low])
			}
			n += rows * size
		}
	}
	return n
}

// gather appends pieces of frames with the same fields, field by field.
func gather(dst *traj.Frame, frames []*traj.Frame, pieces []piece) {
	rows := 0
	for _, p := range pieces {
		rows += int(p.high - p.low)
	}
	for f := range dst.Values {
		v, size := &dst.Values[f], dst.Fields[f].Leaf.RowBytes()
		if dst.Fields[f].Leaf.Ragged {
			gatherRagged(v, frames, pieces, f, int64(size))
			continue
		}
		v.Data = slices.Grow(v.Data, rows*size)
		for _, p := range pieces {
			v.Data = append(v.Data, frames[p.frame].Values[f].Data[int(p.low)*size:int(p.high)*size]...)
		}
	}
	dst.Rows += rows
}

func gatherRagged(v *traj.Values, frames []*traj.Frame, pieces []piece, field int, size int64) {
	for _, p := range pieces {
		src := &frames[p.frame].Values[field]
		offsets := src.Offsets[p.low : p.high+1]
		first, last := offsets[0], offsets[len(offsets)-1]
		shift := v.Offsets[len(v.Offsets)-1] - first
		for _, offset := range offsets[1:] {
			v.Offsets = append(v.Offsets, offset+shift)
		}
		v.Data = append(v.Data, src.Data[first*size:last*size]...)
	}
}
