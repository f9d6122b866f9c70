// Package sparkenv is the environment trailblazer/CJS-v0: an agent schedules
// jobs on a simulated Spark cluster (package sparksim).
//
// Its nouns: an [Env] is one cluster, made by a [Factory] from a [Config]; a
// [Library] holds the known workloads and the scenarios on them.
//
// An episode is a sequence of jobs. Whenever executors are free and a stage
// could use them, the agent names one of the schedulable stages and how many
// executors it gets, until all are given away, or passes.
//
// # Observation
//
// A Dict whose ragged parts grow with the jobs in the cluster:
//
//   - dag, a Graph: a node for every incomplete stage (tasks that have not
//     begun, duration of a task in ms, whether it is schedulable), an edge for
//     every dependency between them;
//   - job_ptr: where each job's nodes begin, and the end of the last;
//   - executor_supply: executors that each job has, on their way included;
//   - executor_limit: how many more it can be given now;
//   - schedulable: the nodes that an action may name;
//   - committable: executors to be given away now;
//   - source_job: the job that had them; the number of jobs where none had.
//
// # Action
//
// A Dict of stage, a place in the list of schedulable nodes or -1 to leave the
// executors idle, and executors, 1 to committable. What exceeds the stage's
// demand is not given. Info has masks of both. A pass is refused where nothing
// would ever happen again. Illegal actions are errors that say what was legal.
//
// # Reward
//
// Minus the time that jobs spent in the cluster since the action before, in
// ms; with a discount rate, job time t seconds after the decision counts
// exp(-rate·t). Info splits it into time while a task of the job ran
// (reward_running) and while none did (reward_waiting).
//
// # Seeds
//
// A seed draws an episode's jobs and the durations of its tasks. Without one,
// an environment goes on with seeds of its own. Where the scenario plays the
// reference's jobs, seeds 666 and 1 get the very sequences of the papers.
package sparkenv
