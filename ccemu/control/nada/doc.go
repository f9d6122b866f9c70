// Package nada is the congestion control of RFC 8698, Network-Assisted Dynamic
// Adaptation (NADA), run by the sender alone: transport-wide reports tell it
// all that the RFC has the receiver aggregate.
//
// The congestion signal is the queuing delay, in milliseconds, warped where
// losses show a loss-based competitor, plus a penalty for loss. A [Controller]
// ramps up while there is none, and otherwise moves its rate a step against
// the signal's offset from equilibrium and its change, report by report. There
// is no ECN here, so the RFC's markings are left out, as is its rate-shaping
// buffer: senders pace by themselves.
package nada
