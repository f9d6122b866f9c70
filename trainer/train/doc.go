// Package train fits a model to recorded steps.
//
// Its nouns:
//
//   - Config: all that decides what comes out, beside the data: the network,
//     what each Task learns of which data, the optimizer, how models are
//     chosen. [Overlay] lays a user's choices over the defaults.
//   - Feed: batches to learn from, with a cursor. HeldOut are those of episodes
//     that nothing is learned from.
//   - Evaluator: plays a model, for a score that says more than a loss.
//   - Course: takes a run from its first step to its last, whatever it learns
//     from: it logs, validates, keeps the best weights, and saves what it needs
//     to go on.
//   - Loop: the Course that learns batch after batch of a Feed.
//
// # The same bits
//
// The same config, data and backend give the same weights and the same metrics
// but for times, whatever the number of workers, and however often a run was
// stopped or killed between. All randomness is drawn from the seed and the
// number of a step.
package train
