// Package env is the contract between environments and everything that uses
// them: agents, servers, clients, recorders and trainers. It imports the
// standard library only.
//
// Its nouns:
//
//   - [Space] declares observations, actions and infos; its [Leaf]s are the
//     arrays they are made of.
//   - [Arrays] holds values of a space for many environments at once, one
//     [Array] per leaf, batch first.
//   - [Env] is one environment with Gymnasium's reset and step; [Vector] is N
//     of them with a declared [AutoresetMode].
//   - [Batch] is what environments show after a reset or a step.
//   - [Policy] chooses actions from a Batch; a [Planner] also from a state; a
//     [Joiner] together with others, each in its [Turn].
//   - [Factory] makes environments of one [Spec]; [Catalog] finds factories.
//   - [Recorder] keeps what a vector does, one [Recording] for each.
//
// Environments know neither the wall clock nor a global random source: the
// same seed and the same actions give the same bytes.
//
// The meaning of reset, step, terminated, truncated and of the three autoreset
// modes is that of Gymnasium 1.x. Package envtest holds the conformance suite
// that keeps implementations to it, and package vector the Vector that runs in
// this process.
package env
