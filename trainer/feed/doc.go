// Package feed makes batches for a trainer of recorded steps.
//
// Its nouns:
//
//   - Data: a data set, in files here ([OpenSet]) or on a server.
//   - Task: what is read for one task of a model, from one or more data sets,
//     each with a Filter.
//   - Feed: batches without end, prepared ahead. Its cursor is where it stands:
//     a Feed that is opened with it goes on with the same bits.
//   - HeldOut: batches of episodes that nothing is learned from.
//
// # Order
//
// Batch n, from 0, is of a task that is drawn by the tasks' odds from (seed, n).
// Each of its windows is of a data set that is drawn by the weights of the
// task's data sets from (seed, n, place in the batch), and is the next of that
// data set's windows, which package sample shuffles by (seed, task, data set).
// A batch without any step to learn from is passed over: batch n is then of the
// windows after it.
//
// # Memory
//
// A feed holds two pools of steps to shuffle for each data set of each task, of
// PoolBytes at most and of no more steps than package sample takes, beside a few
// row groups that are being read and the batches that are prepared ahead. Small
// data sets are held as a whole. Of the three environments' data sets, with the
// default of 128 MB, all pools together take about 300 MB; what else a training
// takes, the tape of its largest batch for the most part, comes on top.
//
// # What is held out
//
// Episodes of a split called "valid" or "validation" are held out, and those of
// one called "test" are never read, unless a Filter names these splits. Where a
// data set has no such split, a hash of what was played draws the share that is
// held out: of the name of the trace, where the scenario tells names, of its
// number, or of the seed, as [Holdout] says. What is held out of one data set of
// a task is not learned from another either.
package feed
