// Package rl teaches a model by playing: it collects what a model does in many
// environments at once, and learns from it by reinforcement (PPO, A2C) or by
// imitation of experts that label the states the model comes through (DAgger).
//
// Its nouns:
//
//   - [World]: environments to play in, here or over the wire, and the experts
//     of their states. [Episodes] says how the episodes of a run begin.
//   - [Actor]: a model that decides for all environments of a world.
//   - [Collector]: plays an actor in a world; one call of Collect returns an
//     [Experience].
//   - [Learner]: changes the model by an experience; a [Replay] keeps the last
//     ones to imitate.
//
// # What is random
//
// What an environment does follows from the episode that Episodes draws; what
// is sampled in it, from the run's seed, the number of the episode and the place
// of the environment among the copies that play the same one. So the same seed
// gives the same experience to the bit, however many cores there are.
package rl
