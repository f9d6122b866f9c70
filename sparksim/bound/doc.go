// Package bound tells below what average job completion time no scheduler can
// get in an episode of trailblazer/sparksim.
//
// A [Bound] knows the least that each kind of job needs, and joins two
// relaxations of the cluster for the jobs of an episode:
//
//   - critical path: a job takes at least as long as the way to it and the
//     longest path through its stages;
//   - total work: the executors do no more than one machine of their joint
//     speed would, which may cut and interrupt work at will. There, working on
//     the job with the shortest remaining time is best.
//
// Both are cases of one: a part of each job's work is for the machine, and
// the rest only delays the job itself. Why that is sound, and for which
// schedulers [Bound.Expected] is, stands in DESIGN.md.
package bound
