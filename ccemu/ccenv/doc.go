// Package ccenv is the environment trailblazer/CC-v0: an agent predicts the
// bandwidth that is there for a real-time video session, every 100 ms, on an
// emulated network (package ccemu).
//
// Its nouns: an [Env] plays sessions, made by a [Factory] from a [Config]; a
// [Library] holds the scenarios and the data that some of them play.
//
// # Observation
//
// A Box of 52 features of what the sender knows (package feature): losses,
// round-trip times, rates of sender and receiver, one-way delays, queueing
// delays, packets, jitter and the request rate. With several flows it has one
// row for each. What is not known yet has its last value; info's
// "observation_present" says which.
//
// # Action
//
// A Box of one number per flow, kbps: the bandwidth that is predicted, at
// which the sender then sends, up to what the application requests. With the
// setting "probes" a second number is the rate of a probe cluster to send, in
// kbps, or 0 for none.
//
// # Reward
//
// throughput − delay − loss − stall, of all flows in the mean: the share of the
// request that arrived, probes apart, and penalties in proportion to the queueing delay, the
// share of packets lost and the share of time in which the video stood still
// (see [Reward]). Info has the four parts.
//
// # Info
//
// What no sender can know is in info: bottleneck_kbps is the bandwidth that the
// next action ought to predict, which is the expert's action, and ape the
// relative error of the last. With the setting "packets" info also has every
// packet sent and every report that came, for controllers that look at packets.
//
// # Seeds
//
// A seed draws a session and all that happens by chance in it. Without one, an
// environment goes on with seeds of its own; a scenario of fixed sessions plays
// them in their order.
package ccenv
