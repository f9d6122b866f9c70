// Package naive is a second, slow simulator of the cluster in
// trailblazer/sparksim, for tests to compare with. It is written from the
// description of the rules alone, shares no code with the fast one, and
// derives whatever it can from its entities whenever it is asked: clarity
// counts, speed does not.
//
// Its nouns: a [Model] runs one episode; in it executors stand in pools, or
// move between them, because commitments say so, and events move the clock.
package naive
