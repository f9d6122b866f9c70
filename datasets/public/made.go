package public

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"os"
	"path"
	"path/filepath"

	"trailblazer/internal/atomicfile"
	"trailblazer/internal/filehash"
)

// Made is a file that is made of others.
type Made struct {
	// Path is where it lies in a data directory, SHA256 what it must hash to.
	Path, SHA256 string
	// Inputs are files of the source that are read and not kept. Their hashes
	// are not pinned.
	Inputs []string
	// make writes the file, given the inputs' contents and the data directory.
	make func(w io.Writer, inputs [][]byte, dir string) error
}

// inputsDir is where inputs lie until what is made of them is there.
const inputsDir = ".pull"

// build makes the file unless it is there.
func (m *Made) build(ctx context.Context, dir string, f *fetcher, p *Puller) (bool, error) {
	file := filepath.Join(dir, filepath.FromSlash(m.Path))
	if sum, err := filehash.SHA256(file); err == nil && sum == m.SHA256 {
		return false, nil
	}
	inputs := make([][]byte, len(m.Inputs))
	folder := filepath.Join(dir, inputsDir, filepath.FromSlash(path.Base(m.Path)))
	err := p.each(ctx, len(inputs), func(ctx context.Context, i int) error {
		name := filepath.Join(folder, fmt.Sprintf("%d-%s", i, path.Base(m.Inputs[i])))
		if _, err := f.fetch(ctx, name, File{Remote: m.Inputs[i]}); err != nil {
			return err
		}
		var err error
		inputs[i], err = os.ReadFile(name)
		return err
	})
	if err != nil {
		return false, err
	}
	var made bytes.Buffer
	err = m.make(&made, inputs, dir)
	if sum := sha256.Sum256(made.Bytes()); err == nil && hex.EncodeToString(sum[:]) != m.SHA256 {
		err = fmt.Errorf("what the source has is not what was published: it makes SHA-256 %x..., not %.12s...; give another source with --mirror", sum[:6], m.SHA256)
	}
	// Inputs that nothing can be made of are fetched anew the next time.
	if removeErr := os.RemoveAll(folder); err == nil {
		err = removeErr
	}
	os.Remove(filepath.Join(dir, inputsDir)) // unless others are in it
	if err != nil {
		return false, err
	}
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		return false, err
	}
	return true, atomicfile.Write(file, func(w io.Writer) error {
		_, err := w.Write(made.Bytes())
		return err
	})
}
