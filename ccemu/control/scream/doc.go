// Package scream is SCReAM, Self-Clocked Rate Adaptation for Multimedia, of
// RFC 8298.
//
// A [Controller] has two parts. The network congestion control moves a
// congestion window so that the queuing delay stays near a target, as LEDBAT
// (RFC 6817) does, and as fast as data is acknowledged until the delay's trend
// says that congestion is coming. The media rate control then moves the target
// bitrate: up at a bounded speed, down on loss and where packets would have to
// wait for the window.
//
// Senders here follow a rate and gate no packet. What a window would have held
// back is therefore on its way; it counts as waiting, and the rate is never
// more than what keeps the window full.
package scream
