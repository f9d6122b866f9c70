// Package optimal plans a video for a player that knows the link's future: it
// finds what any policy could have reached at most, and what each choice in
// any state would have cost. It knows only the simulator, package abrsim,
// without noise.
//
// The nouns:
//
//   - [Plan]: a level for every chunk that is left, its value, and a bound
//     that no plan exceeds.
//   - [Search] finds the best plan and proves it; [Beam] finds a good one with
//     a bounded effort.
//   - [Table]: the value of every state of a world on a grid, which gives
//     Q*(s, a) and the advantage of every level for any state at once.
//
// A state's value is the sum of the rewards of the chunks still to come, for a
// player who knows the link: V*(s), the "QoE-to-go" of sequence models, and
// max Q*(s, a). It is that of a world without noise.
//
// # Noise
//
// In a world with noise nobody knows the factors of downloads to come, so the
// most that can be expected is less than the proven optimum without them: about
// 1 % less under the reference's training noise of 0.9 to 1.1. A [Table] of the
// default grid falls short of the noise-free optimum by as much, as it
// interpolates, and so tells well what its player reaches on average there:
// off by 0.02 on average over 240 states of training playbacks that are worth 42,
// and by 0.14 in a single one. A finer grid is nearer to the noise-free
// optimum, and overestimates under noise. DESIGN.md has the numbers.
//
// Sources: label-setting search with dominance after Desrochers and Soumis, "A
// Generalized Permanent Labelling Algorithm for the Shortest Path Problem with
// Time Windows" (INFOR 1988); the idea of an offline optimum for this problem
// is from Mao et al., "Neural Adaptive Video Streaming with Pensieve"
// (SIGCOMM 2017), section 5.
package optimal
