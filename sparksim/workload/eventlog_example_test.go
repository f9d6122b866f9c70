package workload_test

import (
	"fmt"

	"trailblazer/sparksim/workload"
)

// The jobs of a Spark application arrive as they did.
func ExampleOpenEventLog() {
	log, err := workload.OpenEventLog("testdata/eventlog/app-4.jsonl", workload.EventLogOptions{})
	if err != nil {
		fmt.Println(err)
		return
	}
	kinds, arrivals, err := workload.EventLogFile(log.Jobs).Compile()
	if err != nil {
		fmt.Println(err)
		return
	}
	w, err := workload.NewFixed(kinds, arrivals)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("Spark %s, %d slots, %d jobs, %d failed\n", log.SparkVersion, log.Slots, len(log.Jobs), log.Failed)
	for _, kind := range w.Kinds()[2:5] {
		fmt.Printf("%s of %s: %d stages, %d tasks\n", kind.Query(), kind.Size(), kind.Stages(), kind.Tasks())
	}
	// Output:
	// Spark 3.5.6, 4 slots, 12 jobs, 1 failed
	// revenue by customer of 58.7kB: 2 stages, 11 tasks
	// revenue by nation of 65.5kB: 4 stages, 18 tasks
	// revenue by nation, adaptive of 65.5kB: 6 stages, 28 tasks
}
