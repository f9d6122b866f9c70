// Package policy holds rules that schedule stages of Spark jobs, for
// environment trailblazer/CJS-v0 and for the bare simulator.
//
// The nouns:
//
//   - [Rule]: a scheduling rule without environment. It sees a
//     [sparksim.View] and returns a [Decision]. One file holds one rule, with
//     its source.
//   - [NewRule] makes the rule of a name, [New] the env.Policy of a name;
//     [Adapt] lets any rule act in an environment. [Descriptions] lists the
//     names.
//
// # Names
//
// A policy's name may carry parameters:
//
//	name[:parameter,…]   where parameter is value or key=value
//
// Values are numbers. Those without a key come first, in the order of
// [Description.Parameters]; what is left out has its default. So "sjf",
// "sjf:1" and "sjf:cap=1" all mean the same.
//
// # What rules have in common
//
// The work of a stage is the number of its tasks that have not begun times
// the duration that the view shows, that of a job the sum over its stages. A
// stage on the frontier has no unfinished parent. A rule never asks for more
// executors than the job can be given; the simulator gives a stage no more
// than it has tasks, and asks again while there are executors left.
//
// "The reference" is spark-sched-sim as Trailblazer ships it.
package policy
