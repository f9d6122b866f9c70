package testcjs

import (
	"path/filepath"
	"testing"

	"trailblazer/internal/testdata"
	"trailblazer/sparksim"
	"trailblazer/sparksim/workload"
)

// Kinds are the published TPC-H jobs. Where there are none the test is
// skipped.
func Kinds(tb testing.TB) []*sparksim.Job {
	tb.Helper()
	kinds, err := workload.LoadTPCH(filepath.Join(testdata.Dir(tb), "cjs", "tpch_json"))
	if err != nil {
		tb.Fatal(err)
	}
	return kinds
}

// Sequence is a published job sequence ("seed666_cap200") over the published
// jobs.
func Sequence(tb testing.TB, name string, kinds []*sparksim.Job) []sparksim.Arrival {
	tb.Helper()
	arrivals, err := workload.LoadSequence(filepath.Join(testdata.Dir(tb), "cjs", "jobseq", "jobseq_"+name+".csv"), kinds)
	if err != nil {
		tb.Fatal(err)
	}
	return arrivals
}

// Golden is the name of a file that the reference wrote
// ("fifo_default_seed666_steps").
func Golden(tb testing.TB, name string) string {
	tb.Helper()
	return filepath.Join(testdata.Dir(tb), "..", "golden", "cjs", name+".csv")
}
