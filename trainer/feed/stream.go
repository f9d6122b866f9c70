package feed

import (
	"context"

	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/trainer/feature"
)

// place is where a stream stands, as a cursor has it.
type place struct {
	// Source is the cursor of the batch of package sample that is being handed
	// out, Window the number of windows of it that were taken or passed over.
	Source []byte `json:"source,omitempty"`
	Window int    `json:"window"`
	// PoolSteps, Windows and Weight are what they were when the feed was first
	// opened: a data set that has grown since would have others.
	PoolSteps int     `json:"pool_steps"`
	Windows   int     `json:"windows"`
	Weight    float64 `json:"weight"`
}

// stream is the windows of a data set that an episode is kept of, one after
// another.
type stream struct {
	data     *Data
	keep     map[int64]bool
	adapter  *feature.Adapter
	recorded *feature.Recorded
	source   sample.Source
	at       place
	batch    *sample.Batch
	next     int // window of batch
}

// window is rows of what is shown.
type window struct {
	episode   int64
	low, high int
}

// open begins to read at a place.
func (s *stream) open(ctx context.Context, q sample.Query, at place) error {
	q.Fields, q.PoolSteps, q.BatchSize = s.recorded.Fields(), at.PoolSteps, at.Windows
	source, err := s.data.Read(ctx, q, at.Source)
	if err != nil {
		return s.data.err(err)
	}
	s.source, s.at = source, at
	return nil
}

// take returns the next window. The error is io.EOF after the last.
func (s *stream) take(ctx context.Context) (window, error) {
	for {
		if s.batch == nil || s.next == s.batch.Len() {
			if err := s.read(ctx); err != nil {
				return window{}, err
			}
			continue
		}
		i := s.next
		s.next++
		s.at.Window = s.next
		if s.keep[s.batch.Episodes[i]] {
			return window{s.batch.Episodes[i], int(s.batch.RowOffsets[i]), int(s.batch.RowOffsets[i+1])}, nil
		}
	}
}

// read reads the next batch, or the rest of the one where a cursor stood.
func (s *stream) read(ctx context.Context) error {
	skip := 0
	if s.batch == nil {
		skip = s.at.Window
	} else {
		s.at.Source = s.source.Cursor()
	}
	batch, err := s.source.Next(ctx)
	if err != nil {
		return err
	}
	if err := s.recorded.Show(batch.Frame); err != nil {
		return s.data.err(err)
	}
	s.batch, s.next, s.at.Window = batch, min(skip, batch.Len()), skip
	return nil
}

func (s *stream) close() {
	if s.source != nil {
		s.source.Close()
	}
}

// The sizes of what is read at once, in steps.
const (
	readSteps     = 1 << 12
	leastPool     = 1 << 10
	mostPool      = sample.DefaultPoolSteps
	mostOfWindows = 256
)

// size is the place at the beginning of a query for some fields: how much of
// the data set may be in memory. What a step takes follows from the statistics.
func (d *Data) size(fields []string, windowSteps, poolBytes int) (place, error) {
	schema, err := d.schema()
	if err != nil {
		return place{}, err
	}
	s := &d.Info.Statistics
	bytes := 0
	for _, name := range fields {
		field := &schema.Fields[schema.Field(name)]
		for _, c := range field.Columns() {
			sum := s.Columns[c.Name]
			bytes += (sum.Count + sum.NotFinite) * field.Leaf.DType.Size()
		}
	}
	each := max(bytes/max(s.Steps, 1), 1)
	if windowSteps == 0 {
		windowSteps = max(s.Steps/max(s.Episodes, 1), 1)
	}
	return place{
		PoolSteps: min(max(poolBytes/each, leastPool), mostPool),
		Windows:   min(max(readSteps/windowSteps, 1), mostOfWindows),
	}, nil
}

// schema is the schema of a data set, or what is wrong with it.
func (d *Data) schema() (*traj.Schema, error) {
	schema, err := d.Info.Schema()
	if err != nil {
		return nil, d.err(err)
	}
	return schema, nil
}
