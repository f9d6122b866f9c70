// Package testdata finds the real data sets that tests may use when they are
// there: they are not part of the module.
package testdata

import (
	"os"
	"path/filepath"
	"testing"
)

// Env names the environment variable that points at the data directory.
const Env = "TRAILBLAZER_DATA"

// Dir returns the data directory: $TRAILBLAZER_DATA, or else the first
// shared/data found in the working directory or beside one of its parents.
// Where there is none it skips the test. Golden results lie in ../golden of
// it.
func Dir(tb testing.TB) string {
	tb.Helper()
	if dir, ok := find(os.Getenv(Env)); ok {
		return dir
	}
	tb.Skipf("no data sets: set %s to a data directory, or put shared/data beside the checkout", Env)
	return ""
}

func find(fromEnv string) (string, bool) {
	if fromEnv != "" {
		return fromEnv, isDir(fromEnv)
	}
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
