package traj

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
)

// DamageError reports a file of a data set that is not what a Writer left.
type DamageError struct {
	// Path is the file's.
	Path string
	// Where says which column, row group or row it is; it may be empty.
	Where string
	Err   error
}

// Error names the file, the place in it and the remedy.
func (e *DamageError) Error() string {
	where := e.Where
	if where != "" {
		where += ": "
	}
	return fmt.Sprintf("%s: %s%v: the file is damaged: run \"trailblazer data validate --repair %s\"",
		e.Path, where, e.Err, filepath.Dir(filepath.Dir(e.Path)))
}

// Unwrap returns what was found.
func (e *DamageError) Unwrap() error { return e.Err }

// damaged says where a file is damaged. What is known of the place already is
// kept, and a file that could not be opened or read is no damaged one.
func damaged(path, where string, err error) error {
	var known *DamageError
	var system *fs.PathError
	if err == nil || errors.As(err, &known) || errors.As(err, &system) {
		return err
	}
	return &DamageError{Path: path, Where: where, Err: err}
}

// rescue turns a panic of the Parquet library, which trusts what it reads, into
// an error. It is deferred.
func rescue(err *error) {
	if r := recover(); r != nil {
		*err = fmt.Errorf("it can't be decoded: %v", r)
	}
}
