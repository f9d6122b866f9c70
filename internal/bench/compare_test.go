package bench

import (
	"math"
	"slices"
	"testing"

	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// newCell makes what a policy did from the parts of episodes, one of each
// metric; nil is an episode that it has not.
func newCell(s *scenario, policy string, parts ...[]stats.Part) *cell {
	s.keys = make([]uint64, len(parts))
	g, c := s.gather(), &cell{policy: policy}
	for i, part := range parts {
		if part != nil {
			g.add(i, 1, part)
		}
	}
	g.sumUp(c)
	return c
}

func mean(values ...float64) []stats.Part { return []stats.Part{values} }

func newPlanOf(statistic rollout.Statistic) (*plan, *scenario) {
	p := &plan{Suite: Suite{Headlines: []Headline{{Name: "x"}}, Floor: "floor", Ceiling: "ceiling"}}
	return p, &scenario{metrics: []rollout.Metric{{Name: "x", Statistic: statistic}}}
}

// TestEpisodesWithoutAValueAreLeftOut of everything that is compared: the
// report is that of the episodes where both have one.
func TestEpisodesWithoutAValueAreLeftOut(t *testing.T) {
	nan := math.NaN()
	p, s := newPlanOf(rollout.PooledMean)
	a := newCell(s, "a", mean(3, 5), mean(100), mean(), mean(nan), mean(2), nil, mean(1, 1, 1))
	b := newCell(s, "b", mean(1), mean(), mean(-100), mean(7), mean(2.5), mean(9), mean(0, 0))
	got, ok := p.compare(s, "x", a, b)
	whole, _ := newPlanOf(rollout.PooledMean)
	want, _ := whole.compare(s, "x", newCell(s, "a", mean(3, 5), mean(2), mean(1, 1, 1)), newCell(s, "b", mean(1), mean(2.5), mean(0, 0)))
	if !ok || got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	// By hand: 4 - 1 weighs 1.5, 2 - 2.5 weighs 1, and 1 - 0 weighs 2.5. Of 8
	// ways to turn signs, this one, that with the second turned too, and their
	// mirror images are as far.
	if got.Episodes != 3 || got.Better != 2 || got.Worse != 1 || math.Abs(float64(got.Difference.Mean)-(3*1.5-0.5+2.5)/5) > 1e-12 || got.P != 0.5 {
		t.Errorf("%+v", got)
	}
	cells := []*cell{a, newCell(s, "floor", mean(0), mean(0), mean(0), mean(0), mean(0), mean(0), mean()),
		newCell(s, "ceiling", mean(8), mean(8), mean(8), mean(8), mean(8), mean(8), mean(8))}
	rows := make([]Row, len(cells))
	p.score(s, cells, rows)
	if rows[0].Score == nil || math.Abs(float64(rows[0].Score.Mean)-100*(110./4)/8) > 1e-12 {
		t.Errorf("score %+v, want that of the three episodes in which all were measured", rows[0].Score)
	}
}

// TestDifferencePAndIntervalAreOfOneStatistic: a long episode decides the
// weighed difference, so that many short ones can't make it certain.
func TestDifferencePAndIntervalAreOfOneStatistic(t *testing.T) {
	p, s := newPlanOf(rollout.PooledMean)
	ours, theirs := [][]stats.Part{mean(slices.Repeat([]float64{1}, 1000)...)}, [][]stats.Part{mean(make([]float64, 1000)...)}
	for range 12 {
		ours, theirs = append(ours, mean(-0.1)), append(theirs, mean(0))
	}
	c, _ := p.compare(s, "x", newCell(s, "a", ours...), newCell(s, "b", theirs...))
	if c.Difference.Mean < 0.9 || c.P < 0.9 || c.Difference.CI95[0] > 0 || c.Better != 1 || c.Worse != 12 {
		t.Errorf("%+v: a difference that one episode makes must not be certain", c)
	}
}

// TestWeightsAreNoDifference: where a policy plays more or less of every
// episode, and does as well in almost all, few episodes make no certain
// difference.
func TestWeightsAreNoDifference(t *testing.T) {
	p, s := newPlanOf(rollout.Ratio)
	var ours, theirs [][]stats.Part
	for i := range 100 {
		stalled := 0.0
		if i < 4 {
			stalled = 1
		}
		ours, theirs = append(ours, mean(0.01*float64(i%3)*101, 101)), append(theirs, mean(stalled+0.01*float64(i%3)*100, 100))
	}
	c, _ := p.compare(s, "x", newCell(s, "a", ours...), newCell(s, "b", theirs...))
	// Of 16 ways to turn the signs of four alike, two are as far.
	if c.Equal != 96 || c.P != 0.125 || math.Abs(float64(c.Difference.Mean)+4./100/100) > 1e-12 {
		t.Errorf("%+v: weights make a difference", c)
	}
}

// TestEpisodesCountTheSameHoweverOftenPlayed: a policy that draws is played
// with several seeds, and its baseline may be played once.
func TestEpisodesCountTheSameHoweverOftenPlayed(t *testing.T) {
	p, s := newPlanOf(rollout.PooledMean)
	s.keys = make([]uint64, 3)
	g, often := s.gather(), &cell{policy: "often"}
	for i, plays := range [][]float64{{1, 3}, {4, 4}, {5, 9}} {
		for _, play := range plays {
			g.add(i, 1, mean(play))
		}
	}
	g.sumUp(often)
	base := newCell(s, "base", mean(0), mean(1), mean(2))
	got, _ := p.compare(s, "x", often, base)
	want, _ := p.compare(s, "x", newCell(s, "often", mean(2), mean(4), mean(7)), base)
	if want.Policy = got.Policy; got != want || got.P != 0.25 {
		t.Errorf("%+v, want %+v", got, want)
	}
}

// TestQuantilesAreNotCompared: those of episodes do not add up.
func TestQuantilesAreNotCompared(t *testing.T) {
	for _, statistic := range []rollout.Statistic{rollout.Median, rollout.P95} {
		p, s := newPlanOf(statistic)
		a, b := newCell(s, "floor", mean(1, 2), mean(2)), newCell(s, "ceiling", mean(3, 4), mean(5))
		rows := make([]Row, 2)
		p.score(s, []*cell{a, b}, rows)
		if c, ok := p.compare(s, "x", a, b); ok || rows[0].Score != nil {
			t.Errorf("statistic %d: %+v, %+v", statistic, c, rows[0].Score)
		}
	}
}
