package workload_test

import (
	"fmt"
	"strings"

	"trailblazer/sparksim/workload"
)

// One kind of job that arrives every minute on average.
func ExampleReadFile() {
	file, err := workload.ReadFile(strings.NewReader(`{"kinds": [{
		"query": "nightly report", "size": "20g",
		"stages": [
			{"tasks": 40, "levels": [{"executors": 5, "fresh": [3900], "first": [2500], "rest": [2100, 2300]}]},
			{"tasks": 1, "levels": [{"executors": 5, "first": [200]}]}
		],
		"edges": [[0, 1]]
	}]}`), "mine.json")
	if err != nil {
		fmt.Println(err)
		return
	}
	kinds, _, err := file.Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := workload.NewGenerated(kinds, workload.Poisson{Jobs: 3, MeanInterarrivalMs: 60_000})
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, a := range w.Arrivals(nil, 7) {
		kind := w.Kinds()[a.Kind]
		fmt.Printf("%6.0f ms: %s, %d stages, %d tasks\n", a.AtMs, kind.Query(), kind.Stages(), kind.Tasks())
	}
	// Output:
	//      0 ms: nightly report, 2 stages, 41 tasks
	//  44902 ms: nightly report, 2 stages, 41 tasks
	//  52524 ms: nightly report, 2 stages, 41 tasks
}

// Every seed of Generated has a sequence of its own, here over built-in kinds.
func ExampleSynthetic() {
	kinds := workload.Synthetic(1)
	w, err := workload.NewGenerated(kinds, workload.Poisson{})
	if err != nil {
		fmt.Println(err)
		return
	}
	first := w.Arrivals(nil, 666)[1]
	fmt.Printf("%d kinds; the second job of seed 666 is query %s at %s after %.0f ms\n", len(kinds), kinds[first.Kind].Query(), kinds[first.Kind].Size(), first.AtMs)
	// Output: 154 kinds; the second job of seed 666 is query 9 at 5g after 8107 ms
}
