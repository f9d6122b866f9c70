package atomicfile

import (
	"errors"
	"io"
	"os"
	"path/filepath"
	"testing"
)

func TestWrite(t *testing.T) {
	path := filepath.Join(t.TempDir(), "file")
	text := func(text string, err error) func(io.Writer) error {
		return func(w io.Writer) error {
			io.WriteString(w, text)
			return err
		}
	}
	broken := errors.New("broken")
	for _, step := range []struct {
		write func(io.Writer) error
		err   error
		want  string
	}{
		{text("one", nil), nil, "one"},
		{text("tw", broken), broken, "one"},
		{text("three", nil), nil, "three"},
	} {
		if err := Write(path, step.write); !errors.Is(err, step.err) {
			t.Errorf("error %v, want %v", err, step.err)
		}
		if got, _ := os.ReadFile(path); string(got) != step.want {
			t.Errorf("the file holds %q, want %q", got, step.want)
		}
		if _, err := os.Stat(path + ".partial"); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("a part is left: %v", err)
		}
	}
	if err := Write(filepath.Join(path, "below a file"), text("", nil)); err == nil {
		t.Error("no error where there is no directory")
	}
}
