package svgchart_test

import (
	"bytes"
	"errors"
	"io"
	"math"
	"strings"
	"testing"

	"trailblazer/internal/svgchart"
	"trailblazer/internal/testsvg"
)

func drawPage(w io.Writer, title string) error {
	p := svgchart.NewPage(w, title, svgchart.Style{Light: ".mark{stroke:#000}", Ink: []string{".a", ".b"}, Dark: ".mark{stroke:#fff}"}, 200, 20_000)
	p.Head(svgchart.HeadHeight, "<panel>", []string{"a & b", "c"})
	top, bottom := float64(svgchart.HeadHeight+svgchart.PanelHead), float64(svgchart.HeadHeight+200-svgchart.AxisHeight)
	p.Background(top, bottom)
	p.Grid(top, bottom)
	p.Caption(top, "rate")
	p.Scale(top, bottom-top, "9 <")
	p.TimeAxis(bottom)
	p.EpisodeEnd(15_000, top, bottom)
	return p.End("note 1 <", "note 2")
}

func TestPageIsSVG(t *testing.T) {
	var b bytes.Buffer
	if err := drawPage(&b, `<&"]]>`+"\x00"); err != nil {
		t.Fatal(err)
	}
	found := testsvg.Texts(t, b.Bytes())
	testsvg.Inside(t, b.Bytes())
	if got := strings.Join(found["title"], "|"); got != "<&\"]]>\uFFFD|the episode ends at 15 s" {
		t.Errorf("titles %q", got)
	}
	shown := strings.Join(append(found["text"], found["tspan"]...), "|")
	for _, want := range []string{"rate|9 <|0|0 s|2 s|", "|20 s|note 1 <|note 2|<panel>|a & b  ·  c"} {
		if !strings.Contains(shown, want) {
			t.Errorf("texts lack %q: %q", want, shown)
		}
	}
	style := strings.Join(found["style"], "")
	for _, want := range []string{"\n.mark{stroke:#000}\n@media", ".stop,.a,.b{stroke:#e6e9ee}.mark{stroke:#fff}}"} {
		if !strings.Contains(style, want) {
			t.Errorf("style lacks %q:\n%s", want, style)
		}
	}
	if err := drawPage(full{}, ""); !errors.Is(err, errFull) {
		t.Errorf("a full disk: %v", err)
	}
}

var errFull = errors.New("no space left on device")

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestTimesAndPixels(t *testing.T) {
	p := svgchart.NewPage(io.Discard, "", svgchart.Style{}, 0, 20_000)
	if got := p.X(0); got != svgchart.Left {
		t.Errorf("0 ms is at %v", got)
	}
	if got := p.X(20_000); got != svgchart.Width-svgchart.Right {
		t.Errorf("the end is at %v", got)
	}
	if got := p.X(p.Ms(3)) - p.X(0); math.Abs(got-3) > 1e-9 {
		t.Errorf("3 px are %v px", got)
	}
	// Episodes of no length have an axis nevertheless.
	if got := svgchart.NewPage(io.Discard, "", svgchart.Style{}, 0, 0).X(0); got != svgchart.Left {
		t.Errorf("without a length, 0 ms is at %v", got)
	}
}

func TestRoundNumbers(t *testing.T) {
	for x, want := range map[float64]float64{0: 1, 1: 1, 1.1: 2, 2: 2, 2.1: 5, 5.5: 10, 10: 10, 11: 20, 999: 1000, 1000: 1000, 1001: 2000} {
		if got := svgchart.Ceiling(x, 1, 2, 5); got != want {
			t.Errorf("the first round number from %v on is %v, want %v", x, got, want)
		}
	}
	for x, want := range map[float64]string{0: "0", 1.5: "1.5", 100: "100", 2.004: "2", 2.006: "2.01", -0.25: "-0.25"} {
		if got := svgchart.Number(x); got != want {
			t.Errorf("%v is written %s, want %s", x, got, want)
		}
	}
}

// TestHues: of the first hues, none is within 9° of another.
func TestHues(t *testing.T) {
	for i := range 20 {
		for k := range i {
			apart := math.Abs(svgchart.Hue(255, i) - svgchart.Hue(255, k))
			if min(apart, 360-apart) < 9 {
				t.Errorf("hues %d and %d are %v° apart", i, k, apart)
			}
		}
	}
	for _, test := range []struct {
		lightness, chroma, hue float64
		want                   string
	}{
		{0, 0, 0, "#000000"}, {1, 0, 0, "#ffffff"},
		// Pure red, as W3C's CSS Color 4 has it.
		{0.6279554, 0.2576833, 29.2338803, "#ff0000"},
	} {
		if got := svgchart.OKLCH(test.lightness, test.chroma, test.hue); got != test.want {
			t.Errorf("%+v: %s", test, got)
		}
	}
}
