// Package sparksim simulates a Spark cluster that runs jobs as they arrive,
// and asks a scheduler which stage gets how many executors.
//
// Its nouns:
//
//   - [Job] is a kind of job: a DAG of stages with measured task durations. A
//     [Workload] says which kinds there are and which arrive when.
//   - [Cluster] runs one episode of arrivals on a number of executors: it
//     stops where executors are free and a stage could use them, takes
//     decisions, and goes on. Planners play copies of it into futures that
//     they imagine ([Cluster.CopyFrom], [Cluster.SetFuture]). Clusters of one
//     config and the same kinds share a [Model].
//   - [View] is what a scheduler sees of it.
//
// The rules are those of spark-sched-sim as Trailblazer ships it (the
// simulator of "Learning Scheduling Algorithms for Data Processing Clusters",
// Mao et al., SIGCOMM 2019, rewritten by A. Gertsman), with two choices that
// make episodes reproducible: wherever the reference takes any executor, stage
// or job of a set, it is the one with the smallest number; and all randomness
// is drawn from one [Stream]. With the SplitMix64 stream of the episode's
// seed, episodes equal those of the reference under the same two choices, to
// the last bit.
//
// # A round of decisions
//
// Executors become free in pools: the common pool, that of a job, or that of a
// stage whose tasks have all begun. A round gives away those of one pool, the
// source. Each decision commits some to a stage; committed executors leave
// when the round ends, or when the task ends that they still run. An executor
// that changes jobs is on its way for the moving delay, and its first task in
// a job takes longer. One that comes too late, its stage having begun all
// tasks, helps another stage.
//
// # Differences
//
// These go beyond the reference, and change none of its episodes that end:
//
//   - Where passes have left all executors idle and nothing else would ever
//     happen, executors are offered again, and passing is not legal. The
//     reference's episode would end there with jobs unfinished.
//   - Where no duration was measured with a number of executors, the next
//     larger one stands in, else the largest. The reference takes the largest
//     at once; in its data only larger ones are missing.
//   - A job that arrives and completes between two decisions counts in the
//     reward.
package sparksim
