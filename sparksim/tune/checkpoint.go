package tune

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// LoadState reads a state that [State.WriteFile] wrote. Where there is no such
// file both are nil.
func LoadState(file string) (*State, error) {
	text, err := os.ReadFile(file)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	} else if err != nil {
		return nil, err
	}
	s := new(State)
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()
	if err := decoder.Decode(s); err != nil {
		return nil, fmt.Errorf("tune: %s is no saved search: %w; name another file", file, err)
	}
	return s, nil
}

// WriteFile replaces a file with the state. A crash leaves the old or the new
// one.
func (s *State) WriteFile(file string) error {
	text, err := json.Marshal(s)
	if err != nil {
		return err
	}
	return replaceFile(file, append(text, '\n'))
}

func replaceFile(file string, text []byte) error {
	f, err := os.CreateTemp(filepath.Dir(file), filepath.Base(file)+".*")
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if err = errors.Join(err, f.Chmod(0o644), f.Close()); err == nil {
		err = os.Rename(f.Name(), file)
	}
	if err != nil {
		os.Remove(f.Name())
	}
	return err
}
