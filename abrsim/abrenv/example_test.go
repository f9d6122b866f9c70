package abrenv_test

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/datasets/trace"
)

// Play one video at the lowest level on a link of 1 Mbit/s.
func Example() {
	factory, err := abrenv.NewFactory("example", abrenv.Config{}, abrenv.Data{
		Traces: []trace.Trace{{Name: "steady", TimesS: []float64{0, 60}, BandwidthMbps: []float64{1, 1}}},
		Videos: []trace.Video{trace.EnvivioLike(1)},
	})
	if err != nil {
		panic(err)
	}
	player, err := factory.New(0, 1)
	if err != nil {
		panic(err)
	}
	defer player.Close()

	spec := player.Spec()
	shown := env.NewBatch(spec, 1)
	action := env.NewArrays(env.Leaves(spec.Action), 1)
	seed := uint64(1)
	if err := player.Reset(&seed, nil, shown, 0); err != nil {
		panic(err)
	}
	total, chunks := 0.0, 0
	for !shown.Done(0) {
		env.Row[int64](&action[0], 0)[0] = 0 // the level of the next chunk
		if err := player.Step(action, shown, 0); err != nil {
			panic(err)
		}
		total += shown.Reward[0]
		chunks++
	}
	fmt.Printf("%d chunks, mean QoE %.2f\n", chunks, total/float64(chunks))
	// Output: 49 chunks, mean QoE 0.18
}

// The worlds behind the episodes let a planner see the future.
func ExampleFactory_World() {
	library, err := abrenv.NewLibrary("") // built-in data
	if err != nil {
		panic(err)
	}
	config, err := library.Config("abr/ood1", nil)
	if err != nil {
		panic(err)
	}
	factory, err := library.Factory("abr/ood1", config)
	if err != nil {
		panic(err)
	}
	episode := factory.Episodes()[3]
	world := factory.World(episode.Trace, episode.Video)
	player := abrsim.NewPlayer(world, episode.Start)
	chunk, err := player.Download(0)
	if err != nil {
		panic(err)
	}
	fmt.Printf("chunk %d of %d: %.0f bytes in %.0f ms\n", chunk.Index, world.Chunks(), chunk.SizeBytes, chunk.DelayMs)
	// Output: chunk 0 of 48: 154546 bytes in 904 ms
}
