package svgchart

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"testing"

	"trailblazer/internal/testsvg"
)

// TestFiguresAreSVG: figures of usual and of odd numbers are SVG, lie inside
// their view box, and say all names and values.
func TestFiguresAreSVG(t *testing.T) {
	long := strings.Repeat("long & <name> ", 4)
	for name, picture := range map[string]string{
		"bars": Bars("title <&>", "axis", []Bar{{Name: "a", Value: 1, Low: 0.9, High: 1.1, Text: "1.0"}, {Name: long, Colour: 13, Value: -2, Low: -3, High: -1, Text: "-2"},
			{Name: "cut", Value: 4000, Low: 3000, High: 5000, Text: "4000"}, {Name: "cut too", Value: -90000, Text: "-90000"}, {Name: "none", Value: math.NaN(), Text: "–"}}),
		"bars of nothing":   Bars("title", "axis", nil),
		"bars of zeros":     Bars("title", "axis", []Bar{{Name: "a", Text: "0"}, {Name: "b", Text: "0"}}),
		"boxes":             Boxes("title", "axis", []Box{{Name: "a", Values: []float64{1, 2, 3, 4, 900}, Mean: 182, Text: "3"}, {Name: long, Values: []float64{-5, 2, 2}, Text: "2"}, {Name: "none"}}),
		"boxes of one":      Boxes("title", "axis", []Box{{Name: "a", Values: []float64{7}, Mean: 7}}),
		"boxes of nothing":  Boxes("title", "axis", []Box{{Name: "a"}}),
		"lines":             (&Lines{Title: "title", XHigh: 1, YLow: -1, YHigh: 1, XPercent: true, Points: true}).Draw([]Line{{Name: long, X: []float64{0, 0.5, 2}, Y: []float64{-3, 0, 3}}, {Name: "none"}}),
		"lines of one spot": (&Lines{Title: "title", XLow: 3, XHigh: 3, YLow: 5, YHigh: 5}).Draw([]Line{{Name: "a", X: []float64{3}, Y: []float64{5}}}),
	} {
		t.Run(name, func(t *testing.T) {
			testsvg.Inside(t, []byte(picture))
			found := testsvg.Texts(t, []byte(picture))
			if found["title"][0] != "title" && found["title"][0] != "title <&>" {
				t.Errorf("titles %q", found["title"])
			}
			if strings.Contains(picture, long) || strings.Contains(picture, "NaN") || strings.Contains(picture, "Inf") {
				t.Error(picture)
			}
			if name == "bars" {
				shown := strings.Join(found["text"], "|")
				for _, want := range []string{"a|1.0", "long & <name> lo…", "4000", "-90000", "axis"} {
					if !strings.Contains(shown, want) {
						t.Errorf("texts lack %q: %q", want, shown)
					}
				}
				if n := strings.Count(picture, `class="cut"`); n != 4 {
					t.Errorf("%d marks of bars that go on, want two each for two", n)
				}
			}
		})
	}
}

// TestTicksAreRound: few ticks, on the axis, a round number apart.
func TestTicksAreRound(t *testing.T) {
	for _, test := range []struct {
		low, high float64
		want      string
	}{
		{0, 1, "0 0.2 0.4 0.6 0.8 1"}, {0, 1.3529, "0 0.5 1"}, {-2.3, 2.2, "-2 -1 0 1 2"}, {0, 700, "0 200 400 600"},
		{0.001, 0.0013, "0.001 0.0011 0.0012 0.0013"}, {-5e6, -4e6, "-5e+06 -4.8e+06 -4.6e+06 -4.4e+06 -4.2e+06 -4e+06"},
	} {
		var got []string
		for _, v := range (&axis{low: test.low, high: test.high}).ticks(6) {
			got = append(got, label(v))
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("%v to %v: %v, want %s", test.low, test.high, got, test.want)
		}
	}
	for i := range 4000 {
		width := math.Exp(float64(i%200)/10 - 8)
		a := &axis{low: float64(i%17-8) * width / 5, first: 0, last: 1}
		a.high = a.low + width
		ticks := a.ticks(5)
		if len(ticks) < 2 || len(ticks) > 6 {
			t.Fatalf("%v to %v: ticks %v", a.low, a.high, ticks)
		}
		for _, v := range ticks {
			if v < a.low-1e-6*width || v > a.high+1e-6*width {
				t.Fatalf("%v to %v: tick %v", a.low, a.high, v)
			}
		}
	}
}

func TestWhatIsFarBeyondIsCut(t *testing.T) {
	for _, test := range []struct {
		values []float64
		want   int
	}{
		{[]float64{1, 2, 3}, 3}, {[]float64{1, 2, 30}, 2}, {[]float64{1, 2, 30, 300}, 2}, {[]float64{1, 2, -30}, 2},
		{[]float64{1, 30}, 2}, {[]float64{0, 0, 5}, 2}, {[]float64{1}, 1}, {nil, 0}, {[]float64{1, math.NaN(), 2, 30}, 2},
		{[]float64{1, 1.1, 10, 100, 1000, 10000}, 3}, // at most three
	} {
		if got := within(len(test.values), func(i int) float64 { return test.values[i] }); len(got) != test.want {
			t.Errorf("%v: kept %v, want %d", test.values, got, test.want)
		}
	}
	if low, high := Span([]float64{0, 1, 0}, []float64{10, 9, 500}); low != 0 || high != 50 {
		t.Errorf("span %v to %v, want 0 to 50", low, high)
	}
}

// TestDistributionCountsShares compares a curve with counting.
func TestDistributionCountsShares(t *testing.T) {
	values := []float64{-3, 1, 1, 2, 5, 9}
	line := Distribution("a", 0, values, 0, 6)
	if line.X[0] != 0 || line.X[len(line.X)-1] != 6 || !slices.IsSorted(line.X) || !slices.IsSorted(line.Y) {
		t.Fatalf("%+v", line)
	}
	for k, x := range line.X {
		if k+1 < len(line.X) && line.X[k+1] == x { // before the step
			continue
		}
		n := 0
		for _, v := range values {
			if v <= x {
				n++
			}
		}
		if want := float64(n) / 6; line.Y[k] != want {
			t.Errorf("at %v: %v, want %v", x, line.Y[k], want)
		}
	}
	if got := Distribution("none", 0, nil, 0, 1); len(got.X) > 0 {
		t.Errorf("of nothing: %+v", got)
	}
}

// TestColoursAreLegible: all stand out from the page by 3:1, as WCAG 2.2
// (1.4.11) asks of graphics, and text by 4.5:1.
func TestColoursAreLegible(t *testing.T) {
	light, dark := palette()
	for i := range Colours {
		if c := testsvg.Contrast(t, light[i], "#ffffff"); c < 3 {
			t.Errorf("light colour %d, %s: contrast %.2f", i, light[i], c)
		}
		if c := testsvg.Contrast(t, dark[i], "#12161c"); c < 3 {
			t.Errorf("dark colour %d, %s: contrast %.2f", i, dark[i], c)
		}
	}
	for _, pair := range [][2]string{{"#1c2128", "#ffffff"}, {"#5b6470", "#ffffff"}, {"#e6e9ee", "#12161c"}, {"#9aa4b1", "#12161c"}} {
		if c := testsvg.Contrast(t, pair[0], pair[1]); c < 4.5 {
			t.Errorf("text %s on %s: contrast %.2f", pair[0], pair[1], c)
		}
		if !strings.Contains(FigureStyle(), pair[0]) || !strings.Contains(FigureStyle(), pair[1]) {
			t.Errorf("the style sheet has no %v", pair)
		}
	}
}

// TestColoursDifferToAll: of each two colours, one differs in what people with
// any of the three kinds of dichromacy see, or lines differ in their dashes.
func TestColoursDifferToAll(t *testing.T) {
	light, dark := palette()
	for _, colours := range [][Colours]string{light, dark} {
		for kind, m := range dichromacies {
			for i := range Colours {
				for k := range i {
					if d := distance(seen(t, colours[i], m), seen(t, colours[k], m)); d < 12 && DashClass(i) == DashClass(k) {
						t.Errorf("%s: colours %s and %s are %.1f apart", kind, colours[i], colours[k], d)
					}
				}
			}
		}
	}
	for i := range 40 {
		if ColourClass(i) == ColourClass(i+Colours) && DashClass(i) == DashClass(i+Colours) {
			t.Errorf("policies %d and %d are drawn alike", i, i+Colours)
		}
	}
}

// dichromacies turn linear RGB into what is seen: Machado, Oliveira and
// Fernandes, "A Physiologically-based Model for Simulation of Color Vision
// Deficiency" (2009), severity 1.
var dichromacies = map[string][9]float64{
	"protanopia":   {0.152286, 1.052583, -0.204868, 0.114503, 0.786281, 0.099216, -0.003882, -0.048116, 1.051998},
	"deuteranopia": {0.367322, 0.860646, -0.227968, 0.280085, 0.672501, 0.047413, -0.011820, 0.042940, 0.968881},
	"tritanopia":   {1.255528, -0.076749, -0.178779, -0.078411, 0.930809, 0.147602, 0.004733, 0.691367, 0.303900},
}

// seen returns the CIELAB coordinates of a colour as a matrix shows it.
func seen(t *testing.T, colour string, m [9]float64) [3]float64 {
	t.Helper()
	n, err := strconv.ParseUint(colour[1:], 16, 32)
	if err != nil || len(colour) != 7 {
		t.Fatal(colour, err)
	}
	var linear, shown [3]float64
	for i := range linear {
		c := float64(n>>(16-8*i)&255) / 255
		if c <= 0.04045 {
			linear[i] = c / 12.92
		} else {
			linear[i] = math.Pow((c+0.055)/1.055, 2.4)
		}
	}
	for i := range shown {
		shown[i] = min(max(m[3*i]*linear[0]+m[3*i+1]*linear[1]+m[3*i+2]*linear[2], 0), 1)
	}
	f := func(v float64) float64 {
		if v > 216./24389 {
			return math.Cbrt(v)
		}
		return (24389./27*v + 16) / 116
	}
	x := f((0.4124*shown[0] + 0.3576*shown[1] + 0.1805*shown[2]) / 0.9505)
	y := f(0.2126*shown[0] + 0.7152*shown[1] + 0.0722*shown[2])
	z := f((0.0193*shown[0] + 0.1192*shown[1] + 0.9505*shown[2]) / 1.089)
	return [3]float64{116*y - 16, 500 * (x - y), 200 * (y - z)}
}

func distance(a, b [3]float64) float64 {
	return math.Sqrt((a[0]-b[0])*(a[0]-b[0]) + (a[1]-b[1])*(a[1]-b[1]) + (a[2]-b[2])*(a[2]-b[2]))
}

func ExampleBars() {
	svg := Bars("QoE", "QoE per chunk", []Bar{{Name: "bba", Value: 0.764, Low: 0.66, High: 0.87, Text: "0.764"}})
	fmt.Println(strings.Count(svg, "<path") > 3)
	// Output: true
}
