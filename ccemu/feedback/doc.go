// Package feedback is what the sender of a real-time media flow can know: the
// packets that it sent, the reports that came back, and its own state. Features
// and controllers see the network through these types only, so that nothing
// from inside the emulator can reach them.
//
// Its nouns: a [Sent] packet; a [Report] with a [Result] for each packet it
// covers; the [Sender]'s own state; a [Listener] that
// follows all of it; a [Controller] that closes the loop with [Decision]s.
//
// Reports are those of transport-wide congestion control (RTP header extension
// draft-holmer-rmcat-transport-wide-cc-extensions): for every packet by its
// transport-wide sequence number, whether it arrived, and when by the
// receiver's clock.
//
// All times are durations since the session began. Times of the sender's and
// of the receiver's clock differ by an unknown constant: their difference is
// no delay, but its changes are.
package feedback
