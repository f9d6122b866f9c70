// Package traj keeps what agents did: trajectories, as Parquet files that any
// data-frame library reads, and back as flat arrays for a trainer.
//
// The nouns:
//
//   - Schema: the fields of a step (Field), and the columns that each becomes.
//     It follows from an environment's spec.
//   - Frame: rows of steps in memory, one flat array per field.
//   - Episode: one episode's steps, its last observation and where it came
//     from. A Builder makes one from what an environment shows.
//   - Writer: adds episodes to a data set, safely against being killed. Merge
//     and Split write new data sets of old ones.
//   - Validation: what is wrong with a data set, and how it was repaired.
//   - Set: a data set opened for reading: its Info, Headers of its episodes, and
//     its steps by row group or by column.
//
// DESIGN.md says how a data set lies on disk, and why.
package traj
