// Package sample makes batches of a data set: what a trainer reads, from files
// here or from a server, which uses this package too. The same query over the
// same files gives the same bytes, whoever reads.
//
// The nouns:
//
//   - Query: which episodes (Filter), cut into windows of what length, in what
//     order, how many to a batch.
//   - Batch: windows one after another, as a traj.Frame, with the places where
//     each begins.
//   - Source: batches one after another, and a cursor to go on from. A Reader
//     is the Source that reads files; package pull has one that asks a server.
//
// # Windows
//
// An episode of T steps has one window, the whole of it, where T is at most the
// window's length w, or w is 0. Otherwise it has 1 + ceil((T-w)/stride) windows
// of w steps each: window k begins at step k·stride, except that the last one
// begins at T-w, so that it ends with the episode. No window straddles
// episodes, and none but those of short episodes is shorter than w. With a
// stride of at most w every step is in some window.
//
// # Order
//
// Without shuffling, windows come in the order of the files. With it, the row
// groups of the files that hold selected episodes are put into an order drawn
// from (seed, epoch), and gathered in this order into pools: a pool takes row
// groups until the next one would bring its selected steps above PoolSteps. The
// windows of a pool, taken in the order of the files, are permuted by an order
// drawn from (seed, epoch, number of the pool). Batches are cut from the pools
// one after another, across their borders. So a data set that fits into one
// pool is shuffled as a whole, and a larger one in two stages, in memory that
// PoolSteps bounds: at most two pools, the one that is handed out and the next.
//
// Of several workers, worker k gets the batches whose number in the epoch is k
// modulo the number of workers.
package sample
