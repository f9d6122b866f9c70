// Package link has one direction of a network path, as a state machine with an
// explicit clock: a bottleneck with its queue, then random loss, then
// propagation.
//
// Its nouns: a [Path] describes one, a [Link] plays it. Packets are sizes with
// a tag; [Event]s say what became of them.
package link
