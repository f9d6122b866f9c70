package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/trainer/kernel/gemm"
)

// TestVersionBackends: what multiplies matrices is named, and a library that
// can't be used is a failure.
func TestVersionBackends(t *testing.T) {
	t.Setenv(gemm.LibraryVariable, "")
	var m machineInfo
	out, err := runCommand(t, "version", "--json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal([]byte(out), &m); err != nil || len(m.Backends) == 0 || m.Cores < 1 || m.API == "" {
		t.Fatalf("%v: %s", err, out)
	}
	out, err = runCommand(t, "version")
	if want := m.Backends[0].Description; err != nil || !strings.Contains(out, want) || strings.Count(out, "in use") != 1 {
		t.Errorf("%v: %s lacks %q", err, out, want)
	}

	library := filepath.Join(t.TempDir(), "libopenblas.so")
	if err := os.WriteFile(library, []byte("not a library"), 0o666); err != nil {
		t.Fatal(err)
	}
	t.Setenv(gemm.LibraryVariable, library)
	out, err = runCommand(t, "version")
	if err == nil || !strings.Contains(err.Error(), library) || strings.Contains(out, "in use") || !strings.Contains(out, "Go") {
		t.Errorf("%v: %s", err, out)
	}
}
