// Package measure has what controllers measure with: the least or greatest
// value of a sliding [Window], a [Meter] of rates, an [RTT] estimator, the
// [Flight] of packets that are on their way, the [Pace] of reports and
// decisions, the [Rounds] of the loop that both close, and the [Bound]s of what
// is decided.
//
// Nothing here allocates once its buffers have grown.
package measure
