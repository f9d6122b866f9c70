// Package lookahead schedules by simulation: it tries other decisions than
// those of a rule, lets the rule go on from each, and takes what does best.
// (Rollouts with common random numbers: Bertsekas, Tsitsiklis and Wu, "Rollout
// Algorithms for Combinatorial Optimization", 1997.)
//
// Its nouns: a [Scheduler] improves a rule; a [Forecast] says which jobs it
// expects; [New] makes the env.Policy of a name, which is an env.Planner.
//
// # What it knows
//
// The policy is privileged, but no prophet. It sees the cluster as it is, also
// what observations leave out, such as how many tasks of a stage run; it knows
// what the environment's factory knows: the measured durations of every kind
// of job, how often jobs arrive, and how many there are in an episode. It does
// not know what an episode's seed will draw: which jobs arrive and when, how
// long tasks take that have not begun, and when those that run will end are
// drawn anew in every simulation ([sparksim.Cluster.SetFuture]).
//
// See DESIGN.md for how decisions are compared, and what was tried.
package lookahead
