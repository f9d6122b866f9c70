//go:build unix

package filelock_test

import (
	"os"
	"path/filepath"
	"testing"

	"trailblazer/internal/filelock"
)

func TestOneAtATime(t *testing.T) {
	path := filepath.Join(t.TempDir(), "lock")
	open := func() *os.File {
		file, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { file.Close() })
		return file
	}
	try := func(file *os.File, want bool) {
		t.Helper()
		if free, err := filelock.Try(file); free != want || err != nil {
			t.Fatalf("the lock was free: %v (%v), want %v", free, err, want)
		}
	}
	first, second := open(), open()
	try(first, true)
	try(second, false)
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}
	try(second, true)
}
