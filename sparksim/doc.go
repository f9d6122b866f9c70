// Package sparksim simulates a Spark cluster that runs jobs as they arrive,
// and asks a scheduler which stage gets how many executors.
//
// Its nouns:
//
//   - [Job] is a kind of job: a DAG of stages with measured task durations. A
//     [Workload] says which kinds there are and which arrive when.
//   - [Cluster] runs one episode of arrivals on a number of executors: it
//     stops where executors are free and a stage could use them, takes
//     decisions, and goes on.
//   - [View] is what a scheduler sees of it.
//
// The rules are those of spark-sched-sim as Trailblazer ships it (the
// simulator of "Learning Scheduling Algorithms for Data Processing Clusters",
// SIGCOMM 2019, rewritten by A. Gertsman), with two choices that make episodes
// reproducible: wherever the reference takes any executor, stage or job of a
// set, it is the one with the smallest number; and all randomness is drawn
// from one [Stream].
package sparksim
