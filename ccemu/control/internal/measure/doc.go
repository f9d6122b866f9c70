// Package measure has what controllers measure with: the least or greatest
// value of a sliding [Window], a [Meter] of amounts, an [RTT] estimator, the
// [Flight] of packets until reports tell of them, the [Drain] of what is on its
// way, the [Pace] of reports and decisions and the [Rounds] of the loop that
// both close; a [Loop] of all these, for windows that become rates; and the
// [Bound] of decisions.
//
// Nothing here allocates once its buffers have grown.
package measure
