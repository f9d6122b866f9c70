// Package testdata finds the real data sets that tests may use when they are
// there, as they are not part of the module, and reads the golden results
// beside them.
package testdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Env names the environment variable that points at the data directory.
const Env = "TRAILBLAZER_DATA"

// Dir returns the data directory: $TRAILBLAZER_DATA, or else the first
// shared/data found in the working directory or in one of its parents. Where
// there is none it skips the test; where the variable leads nowhere it fails
// it. Golden results lie in ../golden of the directory.
func Dir(tb testing.TB) string {
	tb.Helper()
	if dir := os.Getenv(Env); dir != "" {
		if !isDir(dir) {
			tb.Fatalf("%s=%s is not a directory", Env, dir)
		}
		return dir
	}
	dir, ok := find()
	if !ok {
		tb.Skipf("skipped, no data sets: set %s to a data directory or put shared/data beside the checkout", Env)
	}
	return dir
}

func find() (string, bool) {
	at, err := os.Getwd()
	if err != nil {
		return "", false
	}
	for {
		if dir := filepath.Join(at, "shared", "data"); isDir(dir) {
			return dir, true
		}
		up := filepath.Dir(at)
		if up == at {
			return "", false
		}
		at = up
	}
}

func isDir(dir string) bool {
	info, err := os.Stat(dir)
	return err == nil && info.IsDir()
}
