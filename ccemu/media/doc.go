// Package media has both ends of a real-time media flow, without a network: a
// [Sender] that encodes, paces and repeats, and a [Receiver] that reports, asks
// for what is missing, and plays out. Emulators move their [Packet]s and
// [Message]s in simulated time, testbeds over real sockets.
//
// A [Flow] describes one. Both ends are state machines with an explicit clock:
// NextAt says when they want to be asked, and the same calls bring the same
// answers, on every platform. They allocate nothing once their buffers have
// grown.
//
// They do what WebRTC does, simplified: packets are RTP's (RFC 3550) in size,
// reports those of transport-wide congestion control
// (draft-holmer-rmcat-transport-wide-cc-extensions-01), requests the NACK and
// PLI of RFC 4585; probing, pacing and playout follow libwebrtc where their
// constants say so.
package media
