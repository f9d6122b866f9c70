package ccreport_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/rollout"
	"trailblazer/internal/testsvg"
)

func drawRun(t *testing.T, s *script, policies ...string) []byte {
	t.Helper()
	var picture bytes.Buffer
	if _, err := rollout.Run(t.Context(), s, newReport(t, s.spec), rollout.Options{Policies: policies, Seed: 7, Workers: 1, Drawing: &picture}); err != nil {
		t.Fatal(err)
	}
	testsvg.Inside(t, picture.Bytes())
	return picture.Bytes()
}

// TestPictureByHand draws the session of three steps: what its curves are, and
// what is said of it.
func TestPictureByHand(t *testing.T) {
	document := drawRun(t, &script{spec: newSpec(1, 2), rows: oneFlow()}, "gcc", "nada:<2>")
	testsvg.Golden(t, "testdata/rollout.svg", document)
	found := testsvg.Texts(t, document)
	for element, wants := range map[string][]string{
		"text":  {"cc/hand, seed 7", "rates, kbps:"},
		"tspan": {"gcc", "nada:<2>", "MAPE 87.5 %  ·  stalls of at least 100 ms for 80.00 % of the playback  ·  95 % of queueing delays up to 250.0 ms"},
		// 150 ms at the end of the second step, and 50 ms of the third.
		"title": {"stands still for 200 ms from 0.1 s on", "the episode ends at 300 ms"},
	} {
		for _, want := range wants {
			if !slices.Contains(found[element], want) {
				t.Errorf("no %s is %q: %q", element, want, found[element])
			}
		}
	}
	// 1484 pixels are 300 ms, and 220 are 1000 kbps.
	for _, want := range []string{
		// From the first action on 600 kbps, that at the reset never was; from
		// 240 ms on 1000.
		`<path class="line target" d="M76 200H1263.2V112H1560">`,
		// 1000, 500 and 400 kbps; the last is of a step that does not come.
		`<path class="area available" d="M76 332V112H570.67V222H1065.33V244H1560V332z">`,
		`<path class="line received" d="M76 200H570.67V332H1065.33V244H1560">`,
	} {
		if !strings.Contains(string(document), want) {
			t.Errorf("the picture lacks %s", want)
		}
	}
}

func TestPictureOfTwoFlows(t *testing.T) {
	found := testsvg.Texts(t, drawRun(t, &script{spec: newSpec(2, 1), rows: twoFlows()}, "gcc"))
	for _, want := range []string{"flow 0: target rate", "flow 1: available bandwidth", "flow 1: stands still for 300 ms from 0.0 s on", "flow 0: losses"} {
		if !slices.Contains(found["title"], want) {
			t.Errorf("lacks %q: %q", want, found["title"])
		}
	}
}

// TestStallsAddUp: gaps of any lengths are drawn where they were, to within a
// step.
func TestStallsAddUp(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	const stepMs, steps = 100.0, 60
	for trial := range 100 {
		// Gaps of 100 ms and more, at least a step apart.
		type gap struct{ from, to float64 }
		var gaps []gap
		for ms := 0.0; ; {
			g := gap{from: ms + 2*stepMs + 900*random.Float64()}
			g.to = g.from + 100 + 800*random.Float64()
			if g.to > steps*stepMs {
				break
			}
			gaps, ms = append(gaps, g), g.to
		}
		still := func(now float64) float64 {
			sum := 0.0
			for _, g := range gaps {
				if so := min(now, g.to) - g.from; so >= 100 {
					sum += so
				}
			}
			return sum
		}
		rows := make([]row, steps+1)
		for i := range rows {
			now := stepMs * float64(i)
			rows[i] = row{timeMs: now, flows: []map[string]float64{{"played_ms": stepMs, "stalled_100_ms": still(now) - still(now-stepMs)}}}
		}
		document := drawRun(t, &script{spec: newSpec(1, 1), rows: rows}, "p")
		spans := stallSpans(t, document)
		if len(spans) != len(gaps) {
			t.Fatalf("trial %d: %d stalls are drawn, want %d", trial, len(spans), len(gaps))
		}
		for i, g := range gaps {
			const rounding = 0.01 * steps * stepMs / 1484
			length := spans[i][1] - spans[i][0]
			if d := spans[i][0] - g.from; d < -rounding || d > stepMs+rounding || length-(g.to-g.from) > 2*rounding || (g.to-g.from)-length > 2*rounding {
				t.Errorf("trial %d: %v is drawn as %v", trial, g, spans[i])
			}
		}
	}
}

func TestRecordRefuses(t *testing.T) {
	spec := newSpec(1, 1)
	r := newReport(t, spec)
	record, err := r.NewRecord()
	if err != nil {
		t.Fatal(err)
	}
	rows := oneFlow()
	b := env.NewBatch(spec, 1)
	for i, want := range []bool{true, true, false} {
		rows[min(i, 1)].show(b, 0)
		if err := record.Add(b, 0); (err == nil) != want {
			t.Errorf("row %d: %v", i, err)
		}
	}
	if err := r.Draw(&bytes.Buffer{}, "", []rollout.Drawing{{Policy: "p"}}); err == nil {
		t.Error("no record is drawn")
	}
}

var stallRect = regexp.MustCompile(`<rect class="stall" x="([0-9.]+)" y="[0-9.]+" width="([0-9.]+)"`)

// stallSpans are where stalls are drawn in an episode of 6 s.
func stallSpans(t *testing.T, document []byte) (spans [][2]float64) {
	t.Helper()
	for _, m := range stallRect.FindAllSubmatch(document, -1) {
		var x, width float64
		if _, err := fmt.Sscan(string(m[1]), &x); err != nil {
			t.Fatal(err)
		}
		if _, err := fmt.Sscan(string(m[2]), &width); err != nil {
			t.Fatal(err)
		}
		spans = append(spans, [2]float64{(x - 76) * 6000 / 1484, (x + width - 76) * 6000 / 1484})
	}
	return spans
}
