// Package policy holds rules that choose the bitrate of video chunks, from
// fixed levels to model predictive control, for environment
// trailblazer/ABR-v0 and for the bare simulator.
//
// The nouns:
//
//   - [Rule]: a decision rule without environment. It sees a [View] of the
//     player and the [Video]'s manifest. One file holds one rule, with its
//     source.
//   - [New] makes the env.Policy of a name, which lets a rule act in an
//     environment; [Descriptions] lists the names.
//   - [Worlds]: what privileged policies need to know the future.
//   - [NewExperts] makes those of them that label the states of others, as an
//     env.Expert.
//
// # Names
//
// A policy's name may carry parameters:
//
//	name[:parameter,…]   where parameter is value or key=value
//
// Values are numbers. Those without a key come first, in the order of
// [Description.Parameters]; what is left out has its default. So "bba",
// "bba:5,15", "bba:low=5,high=15" and "bba:high=15" all mean the same.
//
// # Forced first chunk
//
// Before the first chunk nothing is known of the link. Rules that go by
// throughput then choose the lowest level, those that go by the buffer see an
// empty one. The reference downloads the first chunk at the lowest level
// without asking.
//
// Sources are named with each rule; "the reference" is the evaluation code of
// NetLLM (SIGCOMM 2024) and Trailblazer.
package policy
