package testdata

import (
	"path/filepath"
	"slices"
	"strconv"
	"testing"
)

// ABRRow is one line of a golden file of the video player: what the reference
// returned for a chunk.
type ABRRow struct {
	Trace                                                  string
	Chunk, Quality, Kbps                                   int
	RebufS, BufferS, DelayMs, Reward, SizeBytes, ResidueMs float64
}

// ABRPlan is the best known plan of a trace.
type ABRPlan struct {
	Trace     string
	MeanQoE   float64 // without the first chunk
	Qualities []int   // of all chunks; the first is forced
}

var (
	abrRowColumns  = []string{"trace", "chunk", "quality", "bitrate_kbps", "rebuf_s", "buffer_s", "delay_ms", "reward", "size_bytes", "residual_sleep_ms"}
	abrPlanColumns = []string{"trace", "mean_qoe_excl_first", "qualities"}
)

// ABRGolden returns the name of the golden file of a policy ("bba") that played
// the set fcc-test with the first video.
func ABRGolden(tb testing.TB, policy string) string {
	tb.Helper()
	return filepath.Join(Dir(tb), "..", "golden", "abr", policy+"_fcc-test_video1.csv")
}

// ReadABRRows reads a golden file of chunks.
func ReadABRRows(tb testing.TB, file string) []ABRRow {
	tb.Helper()
	records := readColumns(tb, file, abrRowColumns)
	rows := make([]ABRRow, len(records))
	for i, r := range records {
		integer := func(k int) int { return parse(tb, file, i, r[k], strconv.Atoi) }
		number := func(k int) float64 { return parse(tb, file, i, r[k], parseFloat) }
		rows[i] = ABRRow{r[0], integer(1), integer(2), integer(3), number(4), number(5), number(6), number(7), number(8), number(9)}
	}
	return rows
}

// ReadABRPlans reads the golden file of the best known plans.
func ReadABRPlans(tb testing.TB) []ABRPlan {
	tb.Helper()
	file := ABRGolden(tb, "offline-opt")
	records := readColumns(tb, file, abrPlanColumns)
	plans := make([]ABRPlan, len(records))
	for i, r := range records {
		plans[i] = ABRPlan{Trace: r[0], MeanQoE: parse(tb, file, i, r[1], parseFloat)}
		for _, digit := range r[2] {
			plans[i].Qualities = append(plans[i].Qualities, parse(tb, file, i, string(digit), strconv.Atoi))
		}
	}
	return plans
}

func parseFloat(text string) (float64, error) { return strconv.ParseFloat(text, 64) }

func parse[T any](tb testing.TB, file string, row int, text string, parse func(string) (T, error)) T {
	tb.Helper()
	value, err := parse(text)
	if err != nil {
		tb.Fatalf("%s: row %d: %v", file, row, err)
	}
	return value
}

// readColumns returns the records after a header, which must name the columns.
func readColumns(tb testing.TB, file string, columns []string) [][]string {
	tb.Helper()
	records := ReadCSV(tb, file)
	if len(records) < 2 || !slices.Equal(records[0], columns) {
		tb.Fatalf("%s: want rows below the header %q", file, columns)
	}
	return records[1:]
}
