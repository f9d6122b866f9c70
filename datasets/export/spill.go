package export

import (
	"bufio"
	"encoding/binary"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/datasets/npz"
)

// spills keeps arrays in files until it is known how long they are: an archive
// wants one after the other, and a data set is read once.
type spills struct {
	dir  string
	list []*spill
}

// spill is one array that grows.
type spill struct {
	name  string
	dtype env.DType
	shape []int // of a row
	rows  int
	file  *os.File
	out   *bufio.Writer
}

func newSpills(dir string) (*spills, error) {
	dir, err := os.MkdirTemp(dir, ".trailblazer-export-")
	if err != nil {
		return nil, err
	}
	return &spills{dir: dir}, nil
}

func (s *spills) add(name string, dtype env.DType, shape []int) (*spill, error) {
	file, err := os.Create(filepath.Join(s.dir, strconv.Itoa(len(s.list))))
	if err != nil {
		return nil, err
	}
	one := &spill{name: name, dtype: dtype, shape: shape, file: file, out: bufio.NewWriterSize(file, 1<<16)}
	s.list = append(s.list, one)
	return one, nil
}

// write appends rows.
func (s *spill) write(data []byte, rows int) error {
	s.rows += rows
	_, err := s.out.Write(data)
	return err
}

func (s *spill) writeInt64(x int64) error {
	var b [8]byte
	binary.LittleEndian.PutUint64(b[:], uint64(x))
	return s.write(b[:], 1)
}

// archive writes the arrays in the order in which they were added.
func (s *spills) archive(w *npz.Writer) error {
	for _, one := range s.list {
		if err := one.out.Flush(); err != nil {
			return err
		}
		if _, err := one.file.Seek(0, io.SeekStart); err != nil {
			return err
		}
		to, err := w.Create(one.name, one.dtype, append([]int{one.rows}, one.shape...)...)
		if err != nil {
			return err
		}
		if _, err := io.Copy(to, one.file); err != nil {
			return err
		}
	}
	return nil
}

// remove takes the files away.
func (s *spills) remove() {
	for _, one := range s.list {
		one.file.Close()
	}
	os.RemoveAll(s.dir)
}
