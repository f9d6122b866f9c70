// Package online trains a model on what it does itself: reinforcement and
// interactive imitation, in environments that run here or elsewhere.
//
// Its nouns:
//
//   - Config: all that decides what comes out: what is played, the network, what
//     it is shown, and Stages in their order. [Preset] has those of the papers'
//     specialists and of stronger ones.
//   - Stage: some iterations of one algorithm. Each plays for a while, and then
//     learns from what was played.
//   - Curriculum: which episodes are played as training goes on.
//   - Setup: a Config with whoever makes its environments and experts.
//   - Trainer: a run in its directory (package checkpoint).
//
// # The same bits
//
// The same config, environments and backend give the same weights and metrics
// but for times, whatever the number of workers, and however often a run was
// stopped or killed between. All randomness is drawn from the seed and numbers
// of iterations and episodes.
package online
