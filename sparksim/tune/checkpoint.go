package tune

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"

	"trailblazer/internal/atomicfile"
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
	return atomicfile.Write(file, func(w io.Writer) error { return json.NewEncoder(w).Encode(s) })
}
