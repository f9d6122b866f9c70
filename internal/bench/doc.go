// Package bench plays the papers' comparisons and says what came of them: every
// scenario with every policy and every seed, all in pairs of the same episode.
//
// Its nouns: a [Suite] is what is played for one environment, with the floor
// and the ceiling between which scores lie; [Run] plays it, together with what
// was recorded elsewhere (each episode played again first, so that none counts
// for more than it was), and returns a [Report]. A report is JSON as it is,
// and is printed as tables ([WriteText], [WriteMarkdown]) and as a page of HTML
// with figures ([WriteHTML]). A [Statement] is a number that a paper states,
// beside which ours stand.
//
// The same command gives the same bytes, however many cores there are.
package bench
