// Package dense is float32 arithmetic for small networks that gives the same
// bits on every platform: products are rounded before they are added, sums
// have one order, and exponentials are its own.
//
// Its nouns: a [Layer] is an affine map of rows. [Largest] and [Draw] choose by
// the scores that a network gives, with [Exp] and [Exp2].
package dense
