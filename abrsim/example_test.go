package abrsim_test

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/datasets/trace"
)

func ExamplePlayer() {
	link := trace.Trace{Name: "home", TimesS: []float64{0, 5, 10, 15}, BandwidthMbps: []float64{2, 3, 1, 2}}
	world, err := abrsim.NewWorld(link, trace.EnvivioLike(1), abrsim.Config{Chunks: 3})
	if err != nil {
		fmt.Println(err)
		return
	}
	qoe, err := abrsim.NewQoE(abrsim.PensieveQoE(), world.BitratesKbps())
	if err != nil {
		fmt.Println(err)
		return
	}
	start, err := world.Link().At(7.5)
	if err != nil {
		fmt.Println(err)
		return
	}
	player := abrsim.NewPlayer(world, start)
	for !player.Done() {
		chunk, err := player.Download(2)
		if err != nil {
			fmt.Println(err)
			return
		}
		fmt.Printf("chunk %d: %.0f ms, buffer %.2f s, reward %.3f\n", chunk.Index, chunk.DelayMs, chunk.BufferS, qoe.Score(chunk).Total)
	}
	// Output:
	// chunk 0: 1719 ms, buffer 4.00 s, reward -7.090
	// chunk 1: 3633 ms, buffer 4.37 s, reward 1.200
	// chunk 2: 3700 ms, buffer 4.67 s, reward 1.200
}
