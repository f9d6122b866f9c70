// Package workload says what runs on a simulated Spark cluster: which kinds of
// jobs there are, and which of them arrive when.
//
// Kinds of jobs come from
//
//   - [LoadTPCH]: the 22 queries of TPC-H at 7 sizes, measured by the authors
//     of Decima (SIGCOMM 2019) and published with their simulators;
//   - [Synthetic]: a seeded generator of kinds like these, so that everything
//     runs with no data;
//   - [File]: a workload of one's own, as JSON;
//   - [ReadEventLog]: the event log of a real Spark application.
//
// Arrivals are drawn ([Poisson]) or written down ([ReadSequence]). Kinds and
// arrivals make a sparksim.Workload: [Generated], [Fixed] or [Published].
//
// Everything that parses refuses what a cluster could not run, with a
// [*FormatError] that names the file, the line or the field, the value and
// the remedy.
package workload
