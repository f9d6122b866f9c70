// Package replay plays recorded episodes again, and proves them exact or says
// where they part.
//
// [Verify] begins each episode as it began (with its seed and reset options, or
// from the state that was saved), does what was done, and compares all that the
// environment shows: observations, masks, rewards, flags, infos and the last
// observation, bit for bit. A [Result] counts the episodes and has a
// [Difference] for each one that parts: the first step and the first column.
//
// Verify also asks policies again, if told to: whether they choose what was
// recorded as theirs.
//
// A [Checker] does the same with one episode after the other, for who reads
// them.
//
// The scenario is made here by its name and configuration. Episodes of one whose
// content hash is another one here are not played, since they would part for no
// fault of the data set's: they are counted apart, as [Unverifiable].
package replay
