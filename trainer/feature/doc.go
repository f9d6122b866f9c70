// Package feature stands between environments and a model: it turns what an
// environment shows into a model's inputs, and a model's decision into an
// action.
//
// Its nouns:
//
//   - Config: which numbers a model is shown, and on what scale; a run stores
//     it beside its model. [Default] makes one for a spec, a [Fitter] measures
//     its scales in data.
//   - Adapter: a Config bound to the spec of an environment or a data set.
//   - Recorded: rows of a data set, shown as a live environment shows them.
//     Whatever reads one reads the other, with the same code.
//   - Episode: one episode that is being played: its step and what is left of
//     its goal.
//   - Shape: how many numbers of which kind a model gets.
//
// # Inputs
//
// A model sees an observation alone, never info. Of a Box, or a Dict of them,
// each input is an element by its feature's name ([Number]). Of the cluster of
// trailblazer/CJS-v0 the inputs are those of package sparksim/policy's rules,
// by stage, by job and of the whole ([NodeFeatures], [JobFeatures],
// [GlobalFeatures]); the first five of a stage are Decima's.
//
// An input x of mean m and standard deviation s is shown as (x-m)/s. Elements
// of one row, which differ only in the index at the end of their name, share m
// and s, so that a convolution over them sees one scale.
//
// # Actions
//
// One Discrete is a choice. A Dict of "stage" and "executors" is a place in the
// list of schedulable stages and a number; with the node input "wait", and where
// waiting is safe, the place after the last stands for leaving the executors
// idle. A Box whose element is called "bandwidth", or that has one element, is a
// real number, on a logarithmic scale where it is a rate: the squared error is
// then one of ratios.
package feature
