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
	got := Scores(headers, references)
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
		if g.Normalised = nil; g != want[i] {
			t.Errorf("%+v, want %+v", g, want[i])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d scores, want %d", len(got), len(want))
	}
}
