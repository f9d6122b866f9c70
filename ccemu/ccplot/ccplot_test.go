package ccplot

import (
	"bytes"
	"errors"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/testsvg"
)

// randomPanel is an episode of steps of 100 ms, with outages, stalls and losses.
func randomPanel(random *rand.Rand, flows, steps int) Panel {
	p := Panel{Title: "random", Notes: []string{"one", "two"}, EndMs: 100 * float64(steps)}
	for range flows {
		var f Flow
		available, request := 200*math.Exp(3*random.Float64()), 200*math.Exp(3*random.Float64())
		target := available
		for i := range steps {
			ms := 100 * float64(i)
			if random.IntN(40) == 0 {
				available = 200 * math.Exp(3*random.Float64())
			}
			if random.IntN(100) == 0 {
				request = 200 * math.Exp(3*random.Float64())
			}
			target += (available - target) * random.Float64() / 3
			target *= 1 + 0.1*random.NormFloat64()
			received := min(target, request, available) * (0.9 + 0.2*random.Float64())
			delay, loss := random.ExpFloat64()*30, 0.0
			if target > available {
				delay += 300 * (1 - available/target)
				loss = random.Float64() * 0.1
			}
			if random.IntN(30) == 0 {
				delay, received = math.NaN(), 0
			}
			if random.IntN(60) == 0 && (len(f.Stalls) == 0 || f.Stalls[len(f.Stalls)-1].ToMs < ms) {
				f.Stalls = append(f.Stalls, Span{ms, min(ms+1000*random.Float64(), p.EndMs)})
			}
			f.Available = append(f.Available, Point{ms, available})
			f.Request = append(f.Request, Point{ms, request})
			f.Target = append(f.Target, Point{ms, max(target, 0)})
			f.Received = append(f.Received, Point{ms, received})
			f.QueueDelay = append(f.QueueDelay, Point{ms, delay})
			f.Loss = append(f.Loss, Point{ms, loss})
		}
		p.Flows = append(p.Flows, f)
	}
	return p
}

func draw(t *testing.T, c *Chart) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := c.Write(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// steps makes a curve of steps of 100 ms.
func steps(values ...float64) Curve {
	var c Curve
	for i, v := range values {
		c = append(c, Point{100 * float64(i), v})
	}
	return c
}

// smallChart shows everything that there is, twice.
func smallChart() *Chart {
	none := math.NaN()
	flow := Flow{
		Available:  steps(1000, 1000, 400, 400, 0, 5000),
		Request:    steps(800, 800, 800, 1200, 1200, 1200),
		Target:     Curve{{0, 300}, {0, 500}, {150, 700}, {220, 20_000}, {500, 600}},
		Received:   steps(480, 500, 400, 390, 0, 600),
		QueueDelay: steps(1, 2, 80, 250, none, 40),
		Loss:       steps(0, 0, 0.12, 1, 0, 0.001),
		Stalls:     []Span{{310, 455.5}, {455.5, 460}},
	}
	other := Flow{
		Available: steps(900, 900, 300, 300, 0, 900), Request: slices.Clone(flow.Request),
		Target: steps(100, 200), Received: steps(90, 190), QueueDelay: steps(none, 5), Loss: steps(0.5),
		Stalls: []Span{{0, 400}},
	}
	return &Chart{Title: "cc/test, seed 1 <&>", Panels: []Panel{
		{Title: `gcc:"x" <b>`, Notes: []string{"MAPE 12 %", "<note>"}, Flows: []Flow{flow}, EndMs: 600},
		{Title: "two", Flows: []Flow{flow, other}, EndMs: 600},
		{Title: "nothing", Flows: []Flow{{}}, EndMs: 100},
	}}
}

func TestChartSaysWhatHappened(t *testing.T) {
	document := draw(t, smallChart())
	testsvg.Golden(t, "testdata/chart.svg", document)
	testsvg.Inside(t, document)
	found := testsvg.Texts(t, document)
	titles := []string{
		"cc/test, seed 1 <&>",
		"available bandwidth", "requested rate", "target rate", "received", "queueing delay",
		"stands still for 146 ms from 0.3 s on", "stands still for 4 ms from 0.5 s on", "losses", "the episode ends at 600 ms",
		"flow 0: available bandwidth", "flow 1: available bandwidth",
		"flow 0: requested rate", // the other's is the same
		"flow 0: target rate", "flow 0: received", "flow 1: target rate", "flow 1: received",
		"flow 0: queueing delay", "flow 1: queueing delay",
		"flow 0: stands still for 146 ms from 0.3 s on", "flow 0: stands still for 4 ms from 0.5 s on", "flow 1: stands still for 400 ms from 0.0 s on",
		"flow 0: losses", "flow 1: losses", "the episode ends at 600 ms",
		"the episode ends at 100 ms",
	}
	if !slices.Equal(found["title"], titles) {
		t.Errorf("titles %q, want %q", found["title"], titles)
	}
	shown := strings.Join(append(found["text"], found["tspan"]...), "\n")
	for _, want := range []string{
		`gcc:"x" <b>`, "MAPE 12 %  ·  <note>", "two", "nothing", "rates, Mbps:", "500 ms",
		"Rates above 2 Mbps are cut off: up to 5 Mbps are available, targets go up to 20 Mbps.",
	} {
		if !strings.Contains(shown, want) {
			t.Errorf("lacks %q:\n%s", want, shown)
		}
	}
	if again := draw(t, smallChart()); !bytes.Equal(again, document) {
		t.Error("the same chart is drawn otherwise the second time")
	}
}

func TestAnyChartIsLegible(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, flows := range []int{1, 2, 3, 40} {
		for _, steps := range []int{1, 2, 100, 3000 / flows} {
			c := &Chart{Title: "title", Panels: []Panel{randomPanel(random, flows, steps), randomPanel(random, 1, 50)}}
			document := draw(t, c)
			testsvg.Inside(t, document)
			for element, texts := range testsvg.Texts(t, document) {
				for _, text := range texts {
					if strings.Contains(text, "NaN") || strings.Contains(text, "Inf") {
						t.Fatalf("%d flows, %d steps: %s %q", flows, steps, element, text)
					}
				}
			}
		}
	}
}

// TestLongEpisodesStaySmall: a picture of 10,000 steps is not much larger than
// one of as many steps as there are pixels.
func TestLongEpisodesStaySmall(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	if n := len(draw(t, &Chart{Panels: []Panel{randomPanel(random, 1, 10_000)}})); n > 400_000 {
		t.Errorf("10,000 steps make %d bytes", n)
	}
}

func TestRateAxis(t *testing.T) {
	for _, test := range []struct {
		why  string
		most peaks
		want float64
	}{
		{"all is shown", peaks{available: 1100, request: 1000, target: 1200, received: 900}, 1200},
		{"much more is available", peaks{available: 1e7, request: 1000, received: 900}, 1500},
		{"much more is the target", peaks{available: 800, request: 1000, target: 50_000, received: 900}, 1500},
		{"more is requested", peaks{available: 1000, request: 4000, target: 2000, received: 900}, 4000},
		{"more is received", peaks{available: 1000, request: 500, received: 1200}, 1200},
		{"nothing is requested", peaks{available: 1000, target: 300}, 1000},
		{"nothing", peaks{}, 0},
	} {
		if got := test.most.shownRate(); got != test.want {
			t.Errorf("%s: %v, want %v", test.why, got, test.want)
		}
	}
	for kbps, want := range map[float64]string{0: "0 kbps", 12.345: "12.3 kbps", 999: "999 kbps", 1000: "1 Mbps", 1234: "1.23 Mbps", 1e7: "10000 Mbps"} {
		if got := rate(kbps); got != want {
			t.Errorf("%v kbps: %q, want %q", kbps, got, want)
		}
	}
	for top, want := range map[float64][]float64{1: {1}, 2500: {500, 1000, 1500, 2000, 2500}, 4: {1, 2, 3, 4}, 120: {25, 50, 75, 100}} {
		if got := levels(top); !slices.Equal(got, want) {
			t.Errorf("up to %v: %v, want %v", top, got, want)
		}
	}
}

// TestColoursStandOut from the plots' backgrounds by at least 3:1, which WCAG
// 2.1 asks of graphics.
func TestColoursStandOut(t *testing.T) {
	const light, dark, least = "#f3f5f8", "#1b212a", 3
	hex := regexp.MustCompile("#[0-9a-f]+")
	for _, c := range hex.FindAllString(style.Light, -1) {
		if got := testsvg.Contrast(t, c, light); got < least {
			t.Errorf("%s has contrast %.2f in light surroundings", c, got)
		}
	}
	for _, c := range hex.FindAllString(style.Dark, -1) {
		if got := testsvg.Contrast(t, c, dark); got < least {
			t.Errorf("%s has contrast %.2f in dark surroundings", c, got)
		}
	}
	seen := map[string]bool{}
	for flow := range 40 {
		c := colour(flow)
		seen[c] = true
		if a, b := testsvg.Contrast(t, c, light), testsvg.Contrast(t, c, dark); a < least || b < least {
			t.Errorf("flow %d, %s: contrasts %.2f and %.2f", flow, c, a, b)
		}
	}
	if len(seen) < 40 {
		t.Errorf("40 flows have %d colours", len(seen))
	}
}

func TestRefusals(t *testing.T) {
	good := func() Panel {
		return Panel{EndMs: 300, Flows: []Flow{{Available: steps(1, 2), Loss: steps(0, 1), Stalls: []Span{{0, 100}, {100, 300}}}}}
	}
	draw(t, &Chart{Panels: []Panel{good()}})
	for name, spoil := range map[string]func(*Panel){
		"end_ms":                  func(p *Panel) { p.EndMs = math.NaN() },
		"there are no flows":      func(p *Panel) { p.Flows = nil },
		"flows[0].available[1]":   func(p *Panel) { p.Flows[0].Available[1].Value = -1 },
		"flows[0].request[0]":     func(p *Panel) { p.Flows[0].Request = steps(math.Inf(1)) },
		"flows[0].target[0]":      func(p *Panel) { p.Flows[0].Target = Curve{{math.NaN(), 1}} },
		"flows[0].received[1]":    func(p *Panel) { p.Flows[0].Received = Curve{{100, 1}, {99, 1}} },
		"flows[0].queue_delay[0]": func(p *Panel) { p.Flows[0].QueueDelay = Curve{{301, 1}} },
		"flows[0].loss[1]":        func(p *Panel) { p.Flows[0].Loss[1].Value = 1.5 },
		"flows[0].stalls[1]":      func(p *Panel) { p.Flows[0].Stalls[1].FromMs = 99 },
		"flows[0].stalls[0]":      func(p *Panel) { p.Flows[0].Stalls[0].ToMs = 301 },
	} {
		p := good()
		spoil(&p)
		err := (&Chart{Panels: []Panel{good(), p}}).Write(io.Discard)
		if err == nil || !strings.Contains(err.Error(), "ccplot: panels[1]: "+name) {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, n := range []int{0, maxPanels + 1} {
		if err := (&Chart{Panels: make([]Panel, n)}).Write(io.Discard); err == nil {
			t.Errorf("a chart with %d panels is drawn", n)
		}
	}
	if err := (&Chart{Panels: []Panel{good()}}).Write(full{}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("a file that is closed: %v", err)
	}
}

// full takes nothing.
type full struct{}

func (full) Write([]byte) (int, error) { return 0, os.ErrClosed }

func BenchmarkWrite(b *testing.B) {
	random := rand.New(rand.NewPCG(7, 8))
	c := &Chart{Panels: []Panel{randomPanel(random, 1, 350), randomPanel(random, 1, 350)}}
	for b.Loop() {
		if err := c.Write(io.Discard); err != nil {
			b.Fatal(err)
		}
	}
}
