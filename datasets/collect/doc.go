// Package collect fills a data set with what policies do in a scenario.
//
// Its nouns: [Options] say what is to be collected, which is a sequence of
// episodes; [Run] plays them on all cores and adds them to a data set
// (package traj) in their order; an [Expert] labels the states that they come
// through.
//
// # What is random
//
// Episode k, from 0, is reset with the seed s+k, where s is Options.Seed, and
// in a scenario of fixed order with k; its policies get s+k, as in package
// rollout. Which policy is drawn, when another one takes over and where
// exploration acts follows from s+k alone. So what is collected depends neither
// on the number of workers nor on how often the run was interrupted, and
// episodes 0 to 199 of seed 0 are episodes 0 to 99 of seed 0 and of seed 100.
//
// # Exploration
//
// With probability Epsilon an action replaces the policy's. A choice is drawn
// evenly from those that are legal: where info has a mask for it
// ("action_mask", or "stage_mask" for the action's "stage") from what it allows.
// A number between bounds is drawn evenly too, but for one that cannot be
// negative, such as a rate: evenly between 0 and its bound almost all rates
// would be far too high. It is multiplied with a factor from 1/2 to 2, evenly
// drawn by its logarithm.
package collect
