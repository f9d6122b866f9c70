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
// A state's value is the sum of the rewards of the chunks still to come.
//
// Sources: label-setting search with dominance after Desrochers and Soumis, "A
// Generalized Permanent Labelling Algorithm for the Shortest Path Problem with
// Time Windows" (INFOR 1988); the idea of an offline optimum for this problem
// is from Mao et al., "Neural Adaptive Video Streaming with Pensieve"
// (SIGCOMM 2017), section 5.
package optimal
