// Package atomicfile replaces files whole ([Write]): whatever happens, there is
// the old one or the new one.
package atomicfile

import (
	"errors"
	"io"
	"os"
)

// Write replaces the file at path by what write writes. Until that is complete
// it lies beside it, with ".partial" at the end of its name.
func Write(path string, write func(io.Writer) error) error {
	partial := path + ".partial"
	file, err := os.Create(partial)
	if err != nil {
		return err
	}
	err = errors.Join(write(file), file.Close())
	if err == nil {
		err = os.Rename(partial, path)
	}
	if err != nil {
		os.Remove(partial)
	}
	return err
}
