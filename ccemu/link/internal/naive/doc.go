// Package naive has slow models of bottlenecks, for comparisons. Where package
// link carries a state from one event to the next, these compute each
// packet's fate anew from all packets before it and from the work that the
// link could have done: formulas of fluids, in whole numbers of any size.
//
// Its nouns: a [Rate], the [Packet]s that come, a [Limit] of what may wait, and
// an [Outcome] for each packet.
package naive
