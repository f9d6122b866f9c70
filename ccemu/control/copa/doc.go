// Package copa is Copa, of Arun and Balakrishnan, "Copa: Practical Delay-Based
// Congestion Control for the Internet" (NSDI 2018).
//
// A [Controller] moves its window towards the rate 1/(δ·dq) packets per second,
// where dq is the queuing delay, by v/(δ·window) packets with each packet that
// is acknowledged; its velocity v doubles while the direction stays. That keeps
// about 1/δ packets in the queue. Where the queue is never nearly empty,
// somebody else keeps it full, and 1/δ itself grows and halves as TCP's window
// does.
package copa
