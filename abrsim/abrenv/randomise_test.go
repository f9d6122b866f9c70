package abrenv_test

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"trailblazer/abrsim"
	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testdata"
)

// TestFuture compares what info shows with the samples of the trace, added up
// one millisecond after the other.
func TestFuture(t *testing.T) {
	factory := openFactory(t, "", "abr/train", `{"future": {"windows_s": [1, 2.5, 40]}, "player": {"noise_low": 1, "noise_high": 1}}`)
	p := newPlay(t, factory)
	for seed := range uint64(3) {
		p.reset(&seed, "")
		for step := range 12 {
			link := factory.World(p.integer("trace"), p.integer("video")).Link()
			at := abrsim.Cursor{Segment: int32(p.integer("link_segment")), TimeS: p.float("link_time_s")}
			bytes, shown := 0.0, env.Row[float64](p.out.Info.Find("future_kbps"), 0)
			for ms := range 40_000 {
				more, next := link.Capacity(at, 1)
				bytes, at = bytes+more, next
				for i, window := range []int{1000, 2500, 40_000} {
					if want := bytes * 8 / float64(window); ms+1 == window && !(math.Abs(shown[i]-want) <= 1e-6*want+1e-9) {
						t.Fatalf("seed %d, step %d: %v kbps in %d ms, want %v", seed, step, shown[i], window, want)
					}
				}
			}
			p.step((step * 5) % 6)
		}
	}
}

// TestRandomised: what is added lies beside what there is, within its bounds.
func TestRandomised(t *testing.T) {
	plain := openFactory(t, "", "abr/train", "")
	factory := openFactory(t, "", "abr/train", `{"randomise": {"videos": {"generated": 20, "sizes": [0.5, 0.6], "spread": [0.1, 0.1], "ladder": [0.5, 2]}, "bandwidth": {"variants": 3, "factor": [0.5, 4]}}}`)
	was, err := abrenv.ParseManifest(plain.Spec())
	if err != nil {
		t.Fatal(err)
	}
	is, err := abrenv.ParseManifest(factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	if len(is.Videos) != 21 || len(is.Traces) != 4*len(was.Traces) || factory.Videos() != 21 || is.Videos[0].Name != was.Videos[0].Name || is.Traces[0] != was.Traces[0] {
		t.Fatalf("%d videos, %d traces", len(is.Videos), len(is.Traces))
	}
	own := was.Videos[0]
	stretched := false
	for _, v := range is.Videos[1:] {
		for level, kbps := range v.BitratesKbps {
			if ratio := float64(kbps) / float64(own.BitratesKbps[level]); ratio < 0.49 || ratio > 2.01 {
				t.Errorf("%s: bitrate %d", v.Name, kbps)
			}
			stretched = stretched || kbps > 4300
			mean := 0.0
			for _, size := range v.SizesBytes[level] {
				mean += float64(size) / float64(len(v.SizesBytes[level]))
			}
			if ratio := mean / (float64(kbps) * 500); ratio < 0.45 || ratio > 0.66 {
				t.Errorf("%s: a mean size of %v times the nominal one", v.Name, ratio)
			}
		}
	}
	// The same share of the highest bitrate is the same bitrate as without.
	p, seen := newPlay(t, factory), 0.0
	for seed := range uint64(40) {
		p.reset(&seed, "")
		p.step(5)
		shown := float64(env.Row[float32](&p.out.Observation[0], 0)[5])
		if math.Abs(shown-p.float("bitrate_kbps")/4300) > 1e-6 {
			t.Fatalf("%v kbps are shown as %v", p.float("bitrate_kbps"), shown)
		}
		seen = max(seen, shown)
	}
	if !stretched || seen <= 1 {
		t.Errorf("no bitrate above the own video's was played: %v", seen)
	}
	// Each variant of a trace has a factor from its part of the range.
	for i := range was.Traces {
		for variant, most := 0, 1.0; variant < 3; variant, most = variant+1, most*2 {
			a, _ := factory.World(i, 0).Link().Capacity(start(t, factory, i), 100_000)
			k := len(was.Traces)*(variant+1) + i
			b, _ := factory.World(k, 0).Link().Capacity(start(t, factory, k), 100_000)
			if ratio := b / a; !(ratio >= most/2-1e-9 && ratio <= most+1e-9) || !strings.HasPrefix(is.Traces[k], was.Traces[i]) {
				t.Errorf("trace %d, variant %d (%s): factor %v", i, variant, is.Traces[k], ratio)
			}
		}
	}
}

func start(t testing.TB, f *abrenv.Factory, trace int) abrsim.Cursor {
	t.Helper()
	at, err := f.World(trace, 0).Link().AtPointer(1)
	if err != nil {
		t.Fatal(err)
	}
	return at
}

// TestGeneratorOptions: resets choose generated traces by their parameters.
func TestGeneratorOptions(t *testing.T) {
	factory := openFactory(t, "", "abr/train", `{"generator": {"traces": 1000, "max_mbps": [1, 50]}}`)
	p := newPlay(t, factory)
	generated := 0
	first := factory.Traces() - 1000
	carried := func(trace int) float64 { // Mbit/s
		bytes, _ := factory.World(trace, 0).Link().Capacity(start(t, factory, trace), 329_000)
		return bytes * 8 / 329 / 0.95 / 1e6
	}
	played := map[int]bool{}
	for seed := range uint64(200) {
		p.reset(&seed, `{"generator": {"min_mbps": 3, "max_mbps": 40}}`)
		trace := p.integer("trace")
		// A mean of about 21.5 Mbit/s, and some way off it.
		if mbps := carried(trace); trace < first || mbps < 14 || mbps > 29 {
			t.Errorf("trace %d of %d own ones carries %v Mbit/s", trace, first, mbps)
		}
		played[trace] = true
		p.reset(&seed, `{"generator": {}}`)
		if p.integer("trace") < first {
			t.Fatal("not a generated trace")
		}
		p.reset(&seed, "")
		if p.integer("trace") >= first {
			generated++
		}
	}
	if len(played) != 8 {
		t.Errorf("%d traces are played at a point, want 8", len(played))
	}
	if generated < 130 || generated == 200 { // 1000 of 1235 traces
		t.Errorf("%d of 200 episodes play generated traces", generated)
	}
	for options, field := range map[string]string{
		`{"generator": {"max_mbps": 60}}`:     "options.generator.max_mbps",
		`{"generator": {"interval_s": 0}}`:    "options.generator.interval_s",
		`{"generator": {"max_mbps": [2, 1]}}`: "options.generator.max_mbps",
		`{"generator": {}, "trace": 3}`:       "options.generator",
		`{"generator": {"rtt": 80}}`:          "options.generator.rtt",
	} {
		refused(t, p, options, field)
	}
	refused(t, newPlay(t, openFactory(t, "", "abr/train", "")), `{"generator": {}}`, "options.generator")
}

func refused(t testing.TB, p *play, options, field string) {
	t.Helper()
	var wrong *env.FieldError
	if err := p.env.Reset(nil, json.RawMessage(options), p.out, 0); !errors.As(err, &wrong) || wrong.Field != field {
		t.Errorf("%s: %v, want field %s", options, err, field)
	}
}

// TestSkipDead: of the starts that are drawn otherwise, those are left out on
// which the lowest level throughout loses.
func TestSkipDead(t *testing.T) {
	dir := testdata.Dir(t)
	const quiet = `"player": {"profile": "paper", "noise_low": 1, "noise_high": 1}`
	lost := func(config string) int {
		p, negative := newPlay(t, openFactory(t, dir, "abr/train-file-clean", config)), 0
		for seed := range uint64(300) {
			p.reset(&seed, "")
			sum := 0.0
			for !p.out.Terminated[0] {
				p.step(0)
				sum += p.out.Reward[0]
			}
			if sum < 0 {
				negative++
			}
		}
		return negative
	}
	if with, without := lost(`{`+quiet+`, "skip_dead": true}`), lost(`{`+quiet+`}`); with != 0 || without < 3 || without > 60 {
		t.Errorf("of 300 starts %d are dead, and %d where these are left out", without, with)
	}
}
