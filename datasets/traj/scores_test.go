package traj

import "testing"

func TestScores(t *testing.T) {
	headers := []Header{
		{Scenario: "b", Policy: "low", Return: 1, Complete: true, Steps: 3},
		{Scenario: "b", Policy: "high", Return: 5, Complete: true, Steps: 3},
		{Scenario: "a", Policy: "low", Return: -4, Complete: true, Steps: 3},
		{Scenario: "b", Policy: "low", Return: 3, Complete: true, Steps: 4},
		{Scenario: "b", Policy: "low", Return: 900, Steps: 1},
		{Scenario: "b", Policy: "left", Return: 900, Steps: 1},
	}
	references := []Reference{{Scenario: "b", Kind: "floor", Return: -2}, {Scenario: "b", Kind: "best", Return: 6}, {Scenario: "a", Kind: "best", Return: 1}}
	got := Scores(headers, &Info{Reference: references})
	want := []Score{
		{Scenario: "b", Policy: "high", Episodes: 1, Steps: 3, Return: Summary{Count: 1, Min: 5, Max: 5, Mean: 5}},
		{Scenario: "b", Policy: "low", Episodes: 3, Steps: 8, Return: Summary{Count: 2, Min: 1, Max: 3, Mean: 2, Std: 1}},
		{Scenario: "b", Policy: "left", Episodes: 1, Steps: 1},
		{Scenario: "a", Policy: "low", Episodes: 1, Steps: 3, Return: Summary{Count: 1, Min: -4, Max: -4, Mean: -4}},
	}
	normalised := []float64{87.5, 50}
	for i := range want {
		g := got[i]
		if score := g.Normalised; i < len(normalised) != (score != nil) || score != nil && *score != normalised[i] {
			t.Errorf("%s in %s: normalised %v", g.Policy, g.Scenario, score)
		}
		g.Normalised, g.ScoredEpisodes, g.ReferenceEpisodes = nil, 0, 0
		if g != want[i] {
			t.Errorf("%+v, want %+v", g, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d scores, want %d", len(got), len(want))
	}
}

// TestScoresOverTheSameEpisodes: a policy that has played more than the
// references, or other episodes, is compared over theirs.
func TestScoresOverTheSameEpisodes(t *testing.T) {
	played := func(policy string, seeds ...uint64) []Header {
		var headers []Header
		for _, seed := range seeds {
			// Later episodes bring more.
			headers = append(headers, Header{Scenario: "s", Policy: policy, Return: float64(seed), Seed: seed, Seeded: true, Complete: true, Steps: 1})
		}
		return headers
	}
	at := func(seed uint64, episodes int) []Reference {
		return []Reference{{Scenario: "s", Kind: "floor", Return: 0, Seed: seed, Episodes: episodes}, {Scenario: "s", Kind: "best", Return: 10, Seed: seed, Episodes: episodes}}
	}
	other := at(4, 2)
	other[0].Seed = 5
	optional := played("p", 4, 5)
	optional[0].ResetOptions = []byte("{}")
	unfinished := played("p", 4, 5)
	unfinished[1].Complete = false
	for _, c := range []struct {
		name       string
		headers    []Header
		references []Reference
		order      int
		score      float64
		same       bool
		scored     int
	}{
		{"the same", played("p", 4, 5), at(4, 2), 0, 45, true, 2},
		{"more", played("p", 3, 4, 5, 6, 90), at(4, 2), 0, 45, true, 2},
		{"one of them twice", played("p", 4, 4, 4, 5), at(4, 2), 0, 45, true, 2},
		{"one missing", played("p", 4, 6), at(4, 2), 0, 50, false, 2},
		{"references of different episodes", played("p", 4, 5, 6), other, 0, 50, false, 3},
		{"one that reset otherwise", optional, at(4, 2), 0, 45, false, 2},
		{"one that was left", unfinished, at(4, 2), 0, 40, false, 1},
		{"a fixed order", played("p", 0, 1, 2), at(4, 2), 9, 5, true, 2},
	} {
		got := Scores(c.headers, &Info{Reference: c.references, Scenarios: []ScenarioInfo{{Name: "s", Episodes: c.order}}})
		if s := got[0]; len(got) != 1 || s.Normalised == nil || *s.Normalised != c.score || s.SameEpisodes != c.same || s.ScoredEpisodes != c.scored || s.ReferenceEpisodes != 2 {
			t.Errorf("%s: %+v, score %v", c.name, got[0], *got[0].Normalised)
		}
	}
}
