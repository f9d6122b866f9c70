package workload

import (
	"math"
	"testing"

	"trailblazer/sparksim"
)

func TestDigests(t *testing.T) {
	spec := func(change func(*sparksim.JobSpec)) []*sparksim.Job {
		s := sparksim.JobSpec{Query: "1", Size: "2g", Edges: [][2]int{{0, 1}}, Stages: []sparksim.StageSpec{
			{Tasks: 2, Levels: []sparksim.Level{{Executors: 5, Fresh: []float64{0}, First: []float64{1, 2}, Rest: []float64{3}}}},
			{Tasks: 1, Levels: []sparksim.Level{{Executors: 5, First: []float64{4}}}},
		}}
		change(&s)
		job, err := sparksim.NewJob(s)
		if err != nil {
			t.Fatal(err)
		}
		return []*sparksim.Job{job}
	}
	same := spec(func(*sparksim.JobSpec) {})
	seen := map[Digest]string{}
	for name, d := range map[string]Digest{
		"no kinds": HashKinds(nil), "one": HashKinds(same), "twice": HashKinds(append(same, same...)),
		"query": HashKinds(spec(func(s *sparksim.JobSpec) { s.Query, s.Size = "12", "g" })),
		"tasks": HashKinds(spec(func(s *sparksim.JobSpec) { s.Stages[0].Tasks = 3 })),
		"level": HashKinds(spec(func(s *sparksim.JobSpec) { s.Stages[0].Levels[0].Executors = 6 })),
		"wave": HashKinds(spec(func(s *sparksim.JobSpec) {
			l := &s.Stages[0].Levels[0]
			l.First, l.Rest = []float64{1}, []float64{2, 3}
		})),
		"value": HashKinds(spec(func(s *sparksim.JobSpec) { s.Stages[0].Levels[0].Rest = []float64{3.5} })),
		"edges": HashKinds(spec(func(s *sparksim.JobSpec) { s.Edges = nil })),
		"none":  HashArrivals(nil), "arrival": HashArrivals([]sparksim.Arrival{{AtMs: 1, Kind: 0}}),
		"later": HashArrivals([]sparksim.Arrival{{AtMs: 2, Kind: 0}}), "other": HashArrivals([]sparksim.Arrival{{AtMs: 1, Kind: 1}}),
	} {
		if seen[d] != "" {
			t.Errorf("%s and %s have the same digest", name, seen[d])
		}
		seen[d] = name
	}
	if HashKinds(spec(func(s *sparksim.JobSpec) { s.Stages[0].Levels[0].Fresh = []float64{math.Copysign(0, -1)} })) != HashKinds(same) {
		t.Error("negative zero has another digest than zero")
	}
	// The encoding is fixed: scenarios pin these.
	if got, want := HashKinds(same).String(), "843f789c2f9ed4d9f59ebb9caec5ca2c9056f53cb0fa9bf2febf77e60f0b89c5"; got != want {
		t.Errorf("kinds digest %s, want %s", got, want)
	}
	if got, want := HashArrivals([]sparksim.Arrival{{AtMs: 1.5, Kind: 3}}).String(), "cb255ff1fcea55b8d804c002a632e2a168f5f5263f657c36d892f096a007aa8b"; got != want {
		t.Errorf("arrivals digest %s, want %s", got, want)
	}
}
