package abrsim_test

import (
	"testing"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
)

func TestWithVideo(t *testing.T) {
	traces := trace.FCCLike(1, 3)
	config := abrsim.Config{Profile: abrsim.ProfilePaper}
	first, err := abrsim.NewWorlds(traces, trace.EnvivioLike(1), config)
	if err != nil {
		t.Fatal(err)
	}
	shared, err := abrsim.WithVideo(first, trace.SynthVideo(1), config)
	if err != nil {
		t.Fatal(err)
	}
	apart, err := abrsim.NewWorlds(traces, trace.SynthVideo(1), config)
	if err != nil {
		t.Fatal(err)
	}
	for i := range traces {
		if shared[i].Link() != first[i].Link() {
			t.Errorf("world %d has a link of its own", i)
		}
		start, err := apart[i].Link().AtPointer(7)
		if err != nil {
			t.Fatal(err)
		}
		a, b := shared[i].Start(start), apart[i].Start(start)
		for level := 0; !apart[i].Done(b); level = (level + 1) % 6 {
			var got, want abrsim.Chunk
			if a, got, err = shared[i].Step(a, level, 1); err != nil {
				t.Fatal(err)
			}
			if b, want, err = apart[i].Step(b, level, 1); err != nil {
				t.Fatal(err)
			}
			if a != b || got != want {
				t.Fatalf("world %d: %+v, want %+v", i, got, want)
			}
		}
	}
	for _, c := range []abrsim.Config{{}, {Profile: abrsim.ProfilePaper, PayloadPortion: 1}, {Profile: abrsim.ProfilePaper, Chunks: 99}} {
		if _, err := abrsim.WithVideo(first, trace.SynthVideo(1), c); err == nil {
			t.Errorf("config %+v is accepted", c)
		}
	}
}
