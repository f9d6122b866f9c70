// Package kernel is the arithmetic of networks: matrices of float32, the
// operations that models are made of, forward and backward side by side, and
// the optimizer's step. It is the one package (with gemm and vec below it) that
// knows a numeric backend.
//
// Its nouns:
//
//   - Compute: where arithmetic is done: the backend of matrix products and the
//     workers that share them.
//   - Param: a learned array with its gradient; a Set is all of a model's.
//   - Tape: the operations of one forward pass, in order, so that Backward can
//     go through them in reverse. A Var is a matrix on it.
//   - Layout: which tokens of packed sequences of differing length may see which.
//   - Cache: what attention needs of a sequence that is being played.
//   - Levels: the nodes of graphs by height, up which messages pass.
//   - Optimizer: AdamW's steps, at the rates of a Schedule.
//
// # Shapes
//
// A Var is a row-major matrix: one row for each token, stage, job or sequence.
// Ragged batches are packed: the rows of all sequences one after another, with
// offsets; nothing is padded. The weight of a linear map has the shape
// [out, in], as PyTorch and published checkpoints have it.
//
// # Errors
//
// Shapes that don't fit together are errors of the program: they panic, as in
// other packages of matrices, and say which operation was given what. What
// comes from data is reported by Tape.Err (a target out of range), by ClipNorm
// (numbers that are not finite) and by NewLevels (graphs with cycles).
//
// # The same bits
//
// For one backend results don't depend on the number of workers: work is cut
// into pieces whose sizes don't depend on it either, and sums over pieces are
// added in the order of the pieces.
package kernel
