package feed

import (
	"context"
	"fmt"
	"path/filepath"

	"trailblazer/api/env"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
)

// Data is a data set that can be read.
type Data struct {
	// Name is what errors call it.
	Name string
	Info *traj.Info
	// Episodes are the headers of all that is read, in the order of their
	// numbers.
	Episodes []traj.Header
	// Read begins a query, or goes on with it where a cursor is given. The
	// context is for the preparations only.
	Read func(ctx context.Context, q sample.Query, cursor []byte) (sample.Source, error)
}

// OpenSet opens a data set's directory. The set must stay open as long as it is
// read.
func OpenSet(dir string) (*Data, *traj.Set, error) {
	set, err := traj.Open(dir)
	if err != nil {
		return nil, nil, err
	}
	headers, err := set.Headers()
	if err != nil {
		set.Close()
		return nil, nil, err
	}
	return &Data{Name: filepath.Clean(dir), Info: set.Info(), Episodes: headers,
		Read: func(_ context.Context, q sample.Query, cursor []byte) (sample.Source, error) {
			return sample.Open(set, q, cursor)
		}}, set, nil
}

// Spec rebuilds what the data set says of its environment.
func (d *Data) Spec() (*env.Spec, error) {
	spec, err := d.Info.Spec()
	if err != nil {
		return nil, d.err(err)
	}
	return spec, nil
}

// err says which data set an error is about.
func (d *Data) err(err error) error { return fmt.Errorf("data set %s: %w", d.Name, err) }
