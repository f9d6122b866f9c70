// Package tcp has the sender of a TCP connection without bytes: cross traffic
// for the emulator. A [Sender] is a state machine in simulated time; its
// [Algorithm] is CUBIC (RFC 9438, with the slow start of HyStart++, RFC 9406) or
// BBR (version 1, draft-cardwell-iccrg-bbr-congestion-control-00).
//
// A [Sender] sends segments. Each transmission of one has a number of its own,
// as in QUIC, and acknowledgments name it, one for each transmission that
// arrives: what selective acknowledgments and timestamps tell a TCP sender
// together. There are no handshake, no receive window, no delayed
// acknowledgments, and acknowledgments are not lost.
//
// A transmission is lost when three later ones have arrived (the threshold of
// RFC 5681), or when the retransmission timeout of RFC 6298 passes. The window
// is reduced once for each window of transmissions. Spurious timeouts are not
// undone, and there are no tail loss probes.
package tcp
