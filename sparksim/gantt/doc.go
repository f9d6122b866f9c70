// Package gantt draws who ran where and when on a simulated Spark cluster, as
// an SVG.
//
// A [Chart] has one [Panel] for each run of an episode, usually one for each
// policy, below a common title and on a common time axis. A panel shows a lane
// for every executor, with what it ran in the colour of the job, then how many
// executors ran, and how many jobs were there. Hovering over a run shows what
// it is, and where else its job runs.
//
// Equal charts give equal bytes.
package gantt
