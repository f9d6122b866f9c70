// Package media has both ends of a real-time media flow, without a network: a
// [Sender] that encodes, paces and repeats, and a [Receiver] that reports, asks
// for what is missing, and plays out. Emulators move their [Packet]s and
// [Message]s in simulated time, testbeds over real sockets.
//
// A [Flow] describes one. Both ends are state machines with an explicit clock:
// NextAt says when they want to be asked, and the same calls bring the same
// answers. They allocate nothing once their buffers have grown.
package media
