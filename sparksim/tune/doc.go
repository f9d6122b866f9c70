// Package tune finds the numbers of parametric scheduling rules by the
// cross-entropy method: it plays candidates drawn from normal distributions,
// and moves the distributions towards the best of them.
//
// The nouns:
//
//   - [Problem]: the numbers that are looked for, and what they cost in an
//     episode. [Scheduling] makes one of a rule and the clusters that it is to
//     be good for; [Named] knows those of package policy.
//   - [Search] runs the method with [Options] and returns a [Result].
//   - [State] is a search after some of its generations, to save and resume.
//
// Within a generation all candidates play the same episodes, so that luck with
// easy ones helps none; every generation plays new ones, so that none are
// learnt by heart. The last means of the distributions are then compared on
// episodes that no generation has seen.
//
// Source: Rubinstein, "The cross-entropy method for combinatorial and
// continuous optimization" (1999); Szita and Lőrincz, "Learning Tetris using
// the noisy cross-entropy method" (2006), for the floor under deviations.
package tune
