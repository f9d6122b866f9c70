// Package genet is the policy that a neural network learned by reinforcement in
// "Genet: Automatic Curriculum Generation for Learning Adaptation in
// Networking" (Xia et al., SIGCOMM 2022), with the weights that Trailblazer
// ships: the teacher of NetLLM's and Trailblazer's experience pools.
//
// Its nouns: a [Network] holds the weights, [Load]ed once and shared; [New]
// makes a policy.Rule of it that chooses in one [Mode].
//
// The network moves by one level at a time: its three scores are for a level
// down, the same and a level up, and at the ends of the ladder one of them
// changes nothing. What it sees is the matrix that package abrenv describes, of
// six chunks: the bitrate of the last one, the buffer, six throughputs and
// download times, the sizes of the next chunk at six levels, and the share of
// chunks that remain. So it plays any ladder of six levels; it was trained on
// 300 to 4300 kbit/s and chunks of 4 s.
//
// All numbers are float32, products are rounded before they are added and sums
// have one order, so that decisions are the same on every platform.
package genet
