// Package abrsim simulates a video player that downloads chunk by chunk over
// a link with recorded bandwidth and chooses a bitrate level for each: the
// adaptive bitrate (ABR) problem.
//
// The nouns:
//
//   - [Link]: an endless view of one bandwidth trace; a [Cursor] is a place
//     on it.
//   - [World]: a link, a video and the rules ([Config]); immutable.
//   - [State]: where a playback stands, a small value. [World.Step] is a pure
//     function from state and level to state and [Chunk], so that planners can
//     branch; it allocates nothing.
//   - [Player]: a state that moves, for those who just play.
//   - [QoE]: the metric that turns a chunk into a [Reward].
//   - [Order]: the layout of a trace set that the reference draws.
//
// Sources: the simulator of Mao et al., "Neural Adaptive Video Streaming with
// Pensieve" (SIGCOMM 2017), in the form that Genet (SIGCOMM 2022) and NetLLM
// (SIGCOMM 2024) evaluate with, which is called the reference here.
//
// # Profiles
//
// The paper profile equals the reference bit for bit, quirks included. The
// default profile is what one would expect without having read its code:
//
//	                       paper                          default
//	sample i of a trace    holds up to its stamp, so      holds from its stamp on;
//	                       that the first is never used   every sample is used
//	second pass            starts at time 0, even where   follows the last sample
//	                       the first stamp is later       without a gap
//	round trip             is added to the delay; the     passes on the link too
//	                       link's clock stands still
//	noise factor           multiplies the delay; the      multiplies the bytes on the
//	                       link's clock ignores it        wire: clock and delay agree
//	pause (Chunk.SleepMs)  only the part spent in the     the whole pause
//	                       last segment reached
//	sizes after the end    those of chunk 0               0
//	chunks played          48                             all in the file
//	where playback starts  at a start pointer drawn in    anywhere: [Link.At]
//	                       the reference's order
//
// In the default profile the link's clock advances by exactly DelayMs plus
// SleepMs each step.
//
// # Numbers
//
// Everything is float64 in the reference's order of operations. Go may fuse a
// product with a sum, even across statements, on processors that can; an
// explicit conversion forbids it. That is why products here stand in
// float64(...): they round as the reference rounds, on every processor.
package abrsim
