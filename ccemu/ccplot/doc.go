// Package ccplot draws how flows fared under congestion control, as an SVG.
//
// A [Chart] has one [Panel] for each run of an episode, usually one for each
// policy, on common axes. A panel shows the rates of its flows: what was
// available, requested, aimed at and received; below them the queueing delay,
// when the video stood still, and how much was lost. What a [Flow] shows are
// curves of steps, of any number: where several lie in one column of pixels,
// the least and the greatest are drawn.
//
// Equal charts give equal bytes.
package ccplot
