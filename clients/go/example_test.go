package client_test

import (
	"context"
	"fmt"
	"net/http/httptest"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/envserver"
	"trailblazer/internal/testenv"
)

// A session of 256 environments on a server in this process, played for one
// episode.
func Example() {
	server, err := envserver.New(&testenv.Catalog{}, envserver.Options{})
	if err != nil {
		panic(err)
	}
	defer server.Close()
	web := httptest.NewServer(server.Handler())
	defer web.Close()

	c, err := client.Dial(web.URL)
	if err != nil {
		panic(err)
	}
	defer c.Close()
	v, err := c.MakeVec(context.Background(), client.MakeOptions{Env: testenv.Flat, NumEnvs: 256})
	if err != nil {
		panic(err)
	}
	defer v.Close()

	if _, err := v.Reset(env.ResetOptions{Seeds: []uint64{7}}); err != nil {
		panic(err)
	}
	action := env.NewArrays(env.Leaves(v.Spec().Action), v.Len())
	choices := env.All[int64](&action[0])
	steps, done := 0, false
	for !done {
		for i := range choices {
			choices[i] = int64(i % 6)
		}
		t, err := v.Step(action)
		if err != nil {
			panic(err)
		}
		steps += v.Len()
		done = t.Done(0)
	}
	fmt.Println(steps, "steps of", v.Spec().ID)
	// Output: 2560 steps of trailblazer/TestFlat-v0
}
