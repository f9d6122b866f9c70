package testabr

import (
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/internal/testenv"
)

// OpenFactory opens a scenario on a data directory, or on built-in data where
// dir is empty.
func OpenFactory(tb testing.TB, dir, scenario, config string) *abrenv.Factory {
	tb.Helper()
	library, err := abrenv.NewLibrary(dir)
	if err != nil {
		tb.Fatal(err)
	}
	return testenv.OpenFactory(tb, library, scenario, config)
}

// OwnData are two traces and two videos of a user's own, as fields of a
// configuration. The videos have ladders of three, chunks of other lengths and
// other numbers of them.
const OwnData = `
	"traces": [
		{"name": "steady", "times_s": [0, 10, 20], "bandwidth_mbps": [2, 2, 2]},
		{"name": "late", "times_s": [5, 7.5, 8, 100], "bandwidth_mbps": [0, 9, 0, 1.5]}
	],
	"videos": [
		{"name": "a", "bitrates_kbps": [200, 900, 4000], "chunk_ms": 2000, "sizes_bytes": [
			[50000, 40000, 60000, 50000, 51000, 52000, 53000],
			[220000, 230000, 225000, 221000, 220000, 219000, 218000],
			[1000000, 900000, 1100000, 990000, 980000, 970000, 960000]]},
		{"name": "b", "bitrates_kbps": [300, 900, 2500], "chunk_ms": 4000, "sizes_bytes": [
			[150000, 140000, 150000, 140000, 150000, 140000],
			[450000, 460000, 450000, 460000, 450000, 460000],
			[1250000, 1210000, 1250000, 1210000, 1250000, 1210000]]}
	]`
