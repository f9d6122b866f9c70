// Package shown translates between the environment trailblazer/CJS-v0 and
// schedulers: a [Reader] turns what the environment shows into a
// [sparksim.View], a [Writer] a decision into an action. Both need a spec and
// a batch only, so they work on environments of another machine too.
package shown
