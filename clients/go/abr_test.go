package client_test

import (
	"runtime"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/envserver/catalog"
)

// The real environment conforms over HTTP as it does in process.
func TestConformanceOfABR(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, scenario := range []string{"abr/train", "abr/default-test", "abr/custom"} {
		t.Run(scenario, func(t *testing.T) { conform(t, c, abrenv.ID, scenario) })
	}
	t.Run("stream", func(t *testing.T) { conform(t, c, abrenv.ID, "abr/train", client.WithStream()) })
}

// Without seeds a fixed scenario is played from its start.
func TestAFixedScenarioStartsWithItsFirstEpisode(t *testing.T) {
	abr, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	v, err := serve(t, abr, envserver.Options{}).MakeVec(t.Context(), client.MakeOptions{Env: abrenv.ID, Scenario: "abr/default-test", NumEnvs: 3})
	if err != nil {
		t.Fatal(err)
	}
	for reset := range 2 {
		batch, err := v.Reset(env.ResetOptions{})
		if err != nil {
			t.Fatal(err)
		}
		for i := range 3 {
			if got, want := env.Row[int64](batch.Info.Find("episode_index"), i)[0], int64(3*reset+i); got != want {
				t.Errorf("reset %d: environment %d plays episode %d, want %d", reset, i, got, want)
			}
		}
	}
}

// BenchmarkIdleSession opens sessions of one ABR environment that has been
// reset, and reports what each keeps of the server's memory.
func BenchmarkIdleSession(b *testing.B) {
	const sessions = 10_000
	abr, err := catalog.New(catalog.Options{})
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		c := serve(b, abr, envserver.Options{})
		open := func() *client.Vector {
			v, err := c.MakeVec(b.Context(), client.MakeOptions{Env: abrenv.ID, Scenario: "abr/train"})
			if err != nil {
				b.Fatal(err)
			}
			if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{1}}); err != nil {
				b.Fatal(err)
			}
			return v
		}
		first := open() // Everything that sessions share is there now.
		before := heap()
		for range sessions {
			open() // The client's half is garbage at once.
		}
		b.ReportMetric(float64(heap()-before)/sessions, "B/session")
		first.Close()
	}
}

// heap returns the bytes in use after a collection.
func heap() uint64 {
	runtime.GC()
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return m.HeapAlloc
}
