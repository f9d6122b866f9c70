// Package scenario has the named sets of sessions on which controllers are
// trained and compared.
//
// Its nouns: a [Set] of sessions, which seeds draw or which are fixed; the
// [Data] of recordings that some of them play; a [File] of sessions of one's
// own, which may be recordings too.
//
// The drawn sets follow a table of distributions: training and test are one
// distribution with seeds that have nothing in common; each set out of
// distribution has one parameter where training never is, and all others,
// seed by seed, as in the test. Drawing uses numbers that are the same on every
// platform, so that a set, a seed and the data say what a session is.
package scenario
