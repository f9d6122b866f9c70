// Package record makes episodes of what vectors do, and adds them to data sets.
//
// Its one noun: a [Recorder] implements env.Recorder, and is what a server
// records its sessions with. Each environment of a vector makes episodes of its
// own, whatever the autoreset mode:
//
//   - An episode that the environment ended is complete. One that a reset, a
//     restore or the vector's end cuts off is kept as an incomplete one, if it
//     has a step.
//   - An episode that begins with a seed says so. One that goes on with the
//     environment's own random stream (after an autoreset, a reset without
//     seeds, a restore) holds the state that the environment began in, so that
//     it can be played again too; unless the environment can't save its state.
//   - An episode that grows beyond 256 MiB (less in vectors of more than four
//     environments, which share 1 GiB) is cut: what there is becomes an
//     incomplete episode, and the next goes on from the state that it ended in.
//
// Info of differing length is not kept, but for masks: the packets that the
// setting "packets" shows in congestion control are not in the data set.
//
// An episode is with the data set's writer before the step that ended it is
// answered. If it can't be written, it is kept in memory, and the vector makes
// no further step until it is.
package record
