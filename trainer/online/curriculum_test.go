package online

import (
	"context"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/api/env/vector"
	"trailblazer/internal/testenv"
	"trailblazer/trainer/rl"
)

func TestSharesSumUp(t *testing.T) {
	for _, test := range []struct {
		groups  int
		weights []float64
		want    []int
	}{
		{10, []float64{1}, []int{10}},
		{10, []float64{1, 1}, []int{5, 5}},
		{10, []float64{3, 1}, []int{8, 2}},
		{3, []float64{100, 1, 1}, []int{1, 1, 1}},
		{7, []float64{100, 1, 1}, []int{5, 1, 1}},
		{4, []float64{1, 1, 1}, []int{2, 1, 1}},
	} {
		var parts []Part
		for _, w := range test.weights {
			parts = append(parts, Part{Weight: w})
		}
		got := shares(parts, test.groups)
		if !slices.Equal(got, test.want) {
			t.Errorf("%d groups by %v: %v, want %v", test.groups, test.weights, got, test.want)
		}
	}
}

// TestPartsAreLaidOverTheConfig: each part of a mixture has the config's scenario
// and settings, but for those that it has itself.
func TestPartsAreLaidOverTheConfig(t *testing.T) {
	const link = `{"link":{"delay":5,"rate":1}}`
	for _, test := range []struct{ config, part, want string }{
		{"", "", ""},
		{link, "", link},
		{link, "null", link},
		{"null", link, link},
		{link, `{"link": {"rate": 2}}`, `{"link":{"delay":5,"rate":2}}`},
		{link, `{"steps": 3}`, `{"link":{"delay":5,"rate":1},"steps":3}`},
	} {
		c := Default()
		c.Environments, c.Copies, c.Scenario, c.EnvironmentConfig = 2, 1, "walk/train", json.RawMessage(test.config)
		c.Curriculum.Mixture = []Part{{Name: "usual", Weight: 1}, {Name: "other", Scenario: "walk/other", EnvironmentConfig: json.RawMessage(test.part), Weight: 1}}
		var played, scenarios []string
		s := &Setup{Config: c, World: func(_ context.Context, p Played, n int) (*World, error) {
			played, scenarios = append(played, string(p.Config)), append(scenarios, p.Scenario)
			return &World{World: rl.World{Vector: walk(t, n, `{}`)}}, nil
		}}
		w, err := s.open(context.Background(), "")
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Vector.Close(); err != nil {
			t.Fatal(err)
		}
		if want := []string{test.config, test.want}; !slices.Equal(played, want) {
			t.Errorf("%q under %q: %q is played, want %q", test.config, test.part, played, want)
		}
		if want := []string{"walk/train", "walk/other"}; !slices.Equal(scenarios, want) {
			t.Errorf("%q are played, want %q", scenarios, want)
		}
	}
}

func TestDrawsStayBetweenTheirBounds(t *testing.T) {
	c := Default()
	c.Curriculum.Draws = []Draw{
		{Name: "link.rate", Low: 0.1, High: 10, Log: true}, {Name: "link.delay", Low: 5, High: 50, Whole: true}, {Name: "limit", Low: 100, High: 1000, Exponential: true},
	}
	d := newDrawn(c, 0)
	mean := map[float64]float64{}
	const n = 4000
	for _, done := range []float64{0, 1} {
		d.done = done
		for k := range uint64(n) {
			seed, raw := d.Draw(k)
			if again, same := d.Draw(k); again != seed || string(same) != string(raw) {
				t.Fatal("an episode that is drawn again is another")
			}
			var o struct {
				Link  struct{ Rate, Delay float64 }
				Limit float64
			}
			if err := json.Unmarshal(raw, &o); err != nil {
				t.Fatal(err)
			}
			if o.Link.Rate < 0.1 || o.Link.Rate > 10 || o.Link.Delay < 5 || o.Link.Delay > 50 || o.Link.Delay != math.Round(o.Link.Delay) || o.Limit < 0 {
				t.Fatalf("drew %s", raw)
			}
			mean[done] += o.Limit / n
		}
	}
	// The standard error of the mean is a 63rd of it.
	if math.Abs(mean[0]/100-1) > 0.08 || math.Abs(mean[1]/1000-1) > 0.08 {
		t.Errorf("the means of limits are %v", mean)
	}
}

func TestFoundSettingsArePlayedByTheirShares(t *testing.T) {
	c := Default()
	c.Curriculum.Draws = []Draw{{Name: "x", Low: 0, High: 1}}
	c.Curriculum.Gap.Share = 0.3
	d := newDrawn(c, 0)
	d.found = []setting{{10}, {20}}
	counts := map[string]int{}
	const n = 10000
	for k := range uint64(n) {
		_, raw := d.Draw(k)
		switch text := string(raw); text {
		case `{"x":10}`, `{"x":20}`:
			counts[text]++
		}
	}
	for text, want := range map[string]float64{`{"x":20}`: 0.3, `{"x":10}`: 0.21} {
		if got := float64(counts[text]) / n; math.Abs(got-want) > 0.02 {
			t.Errorf("%s is played in %v of all, want %v", text, got, want)
		}
	}
}

// walk makes a vector of n walks of some steps.
func walk(t *testing.T, n int, config string) env.Vector {
	t.Helper()
	var c testenv.Catalog
	f, err := c.Factory(testenv.Walk, "", json.RawMessage(config))
	if err != nil {
		t.Fatal(err)
	}
	pool := vector.NewPool(1)
	t.Cleanup(pool.Close)
	v, err := vector.New(f, n, env.Disabled, pool)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// TestJoinedIsItsPartsBesideOneAnother plays a mixture and its parts with the same
// seeds and actions.
func TestJoinedIsItsPartsBesideOneAnother(t *testing.T) {
	make := func() (env.Vector, env.Vector) { return walk(t, 2, `{"steps": 5}`), walk(t, 3, `{"steps": 3}`) }
	a, b := make()
	ja, jb := make()
	w, err := join([]*World{{World: rl.World{Vector: ja}}, {World: rl.World{Vector: jb}}})
	if err != nil {
		t.Fatal(err)
	}
	j := w.Vector
	defer j.Close()
	same := func(shown *env.Batch, parts ...*env.Batch) {
		t.Helper()
		at := 0
		for _, p := range parts {
			for i := range p.Reward {
				for k := range p.Observation {
					if string(shown.Observation[k].Bytes(at)) != string(p.Observation[k].Bytes(i)) {
						t.Fatalf("environment %d shows something else in %s", at, p.Observation[k].Leaf.Path)
					}
				}
				if shown.Reward[at] != p.Reward[i] || shown.Terminated[at] != p.Terminated[i] || shown.Truncated[at] != p.Truncated[i] {
					t.Fatalf("environment %d has another reward or end", at)
				}
				at++
			}
		}
	}
	seeds := []uint64{7, 8, 9, 10, 11}
	shown, err := j.Reset(env.ResetOptions{Seeds: seeds})
	if err != nil {
		t.Fatal(err)
	}
	sa, err := a.Reset(env.ResetOptions{Seeds: seeds[:2]})
	if err != nil {
		t.Fatal(err)
	}
	sb, err := b.Reset(env.ResetOptions{Seeds: seeds[2:]})
	if err != nil {
		t.Fatal(err)
	}
	same(shown, sa, sb)
	leaves := env.Leaves(j.Spec().Action)
	var snapshot []byte
	for step := range 3 {
		action := env.NewArrays(leaves, 5)
		for i := range 5 {
			for k := range action {
				for x := range action[k].Bytes(i) {
					action[k].Bytes(i)[x] = 0
				}
			}
		}
		if step == 1 {
			if snapshot, err = j.Snapshot(); err != nil {
				t.Fatal(err)
			}
		}
		got, err := j.Step(action)
		if err != nil {
			t.Fatal(err)
		}
		ta, err := a.Step(rows(action, 0, 2))
		if err != nil {
			t.Fatal(err)
		}
		tb, err := b.Step(rows(action, 2, 5))
		if err != nil {
			t.Fatal(err)
		}
		same(&got.Batch, &ta.Batch, &tb.Batch)
	}
	if _, err := j.Restore(snapshot); err != nil {
		t.Fatal(err)
	}
	if _, err := j.Restore([]byte("[]")); err == nil {
		t.Error("a state of other parts is taken")
	}
	if j.Spec().ContentHash == a.Spec().ContentHash || w.specOf(4).ContentHash != b.Spec().ContentHash {
		t.Error("the hash does not tell the mixture, or its parts, apart")
	}
}

// worth is an expert who knows that episodes of even seeds bring 1, others -1.
type worth struct{ seed uint64 }

func (w *worth) Reset(seed uint64) { w.seed = seed }

func (w *worth) Label(*env.Batch, int, env.Arrays) (float64, []float64, error) {
	return 1 - 2*float64(w.seed%2), nil, nil
}

func TestDeadEpisodesAreLeftOut(t *testing.T) {
	v := walk(t, 4, `{}`)
	w := &World{World: rl.World{Vector: v, Experts: []env.Expert{new(worth), new(worth), new(worth), new(worth)}}}
	r := &resets{Vector: v}
	w.Vector = r
	l := newLiving(w, 0, 2)
	if _, err := l.Reset(env.ResetOptions{Seeds: []uint64{3, 3, 4, 5}, Mask: []bool{true, true, true, false}}); err != nil {
		t.Fatal(err)
	}
	if last := r.last; last[0]%2 != 0 || last[0] != last[1] || last[2] != 4 {
		t.Errorf("the episodes are those of the seeds %v", last)
	}
	if _, ok := r.last[3]; ok {
		t.Error("an environment was reset that was not to be")
	}
	l.least = 2
	if _, err := l.Reset(env.ResetOptions{Seeds: []uint64{1, 1, 1, 1}}); err == nil || !strings.Contains(err.Error(), "config.least_value is 2") {
		t.Errorf("the error is %v", err)
	}
	if _, err := l.Reset(env.ResetOptions{}); err == nil {
		t.Error("episodes without seeds are taken")
	}
}

// resets notes the last seed of each environment.
type resets struct {
	env.Vector
	last map[int]uint64
}

func (r *resets) Reset(o env.ResetOptions) (*env.Batch, error) {
	if r.last == nil {
		r.last = map[int]uint64{}
	}
	for i := range r.Len() {
		if o.Mask == nil || o.Mask[i] {
			r.last[i] = o.Seeds[i]
		}
	}
	return r.Vector.Reset(o)
}

func TestSearchesAreOnceAnIteration(t *testing.T) {
	l := &loop{config: Default()}
	if err := l.search(context.Background(), 10); err != nil || len(l.state.Found.Settings) > 0 {
		t.Errorf("a config without a curriculum searches: %v", err)
	}
	l.config.Curriculum.Gap.Every = 5
	l.state.Found.Searched = 10
	for _, iteration := range []int{0, 3, 10} {
		if err := l.search(context.Background(), iteration); err != nil || len(l.state.Found.Settings) > 0 {
			t.Errorf("iteration %d searches: %v", iteration, err)
		}
	}
}
