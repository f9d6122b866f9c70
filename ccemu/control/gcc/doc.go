// Package gcc has Google Congestion Control for media flows.
//
// Its nouns: a [Controller] with the parts and constants of libwebrtc; a
// [Prod], which is a Controller made fit for production (DESIGN.md says how); a
// [Draft], as draft-ietf-rmcat-gcc-02 describes it; their [Config]s. All
// implement feedback.Controller.
//
// All work on the same idea. The one-way delay of groups of packets grows as
// long as more is sent than the path carries: that is over-use, and the rate
// falls below what arrives. Otherwise the rate grows. Losses lower it too. One
// file holds one part of that.
//
// Sources: draft-ietf-rmcat-gcc-02; Carlucci, De Cicco, Holmer, Mascolo,
// "Analysis and Design of the Google Congestion Control for WebRTC" (MMSys
// 2016); libwebrtc's modules/congestion_controller/goog_cc, whose names of
// constants the comments give.
package gcc
