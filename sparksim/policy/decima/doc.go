// Package decima is the policy that a graph neural network learned in "Learning
// Scheduling Algorithms for Data Processing Clusters" (Mao et al., SIGCOMM
// 2019), in the form of spark-sched-sim, with the weights that Trailblazer
// ships.
//
// Its nouns: a [Network] holds the weights, [Load]ed once and shared; [New]
// makes a policy.Rule of it that chooses in one [Mode].
//
// The network first makes an embedding of every stage from its features and
// the messages of its children, of every job from its stages, and one of the
// whole cluster from the jobs. It then scores every stage that can be chosen,
// and for the chosen one every number of executors.
//
// All numbers are float32, products are rounded before they are added and sums
// have one order, so that decisions are the same on every platform.
package decima
