package main

import (
	"os"
	"path/filepath"
	"testing"
)

// TestFiles: what lies beside is what gen writes.
func TestFiles(t *testing.T) {
	for name, want := range files() {
		got, err := os.ReadFile(filepath.Join("..", name))
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != want {
			t.Errorf("%s is not what gen writes: run go generate ./trainer/kernel/vec", name)
		}
	}
}
