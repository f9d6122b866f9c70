// Package abrenv is the adaptive bitrate environment, trailblazer/ABR-v0: a
// video player of package abrsim behind the contract of package env.
//
// Its nouns:
//
//   - [Config]: everything about the environment that a user may set.
//   - [Data]: the traces, start pointers and videos it plays on.
//   - [Factory]: a Config on Data; it makes environments that share both, and
//     shows its worlds and episodes to planners that may know the future.
//   - [Env]: one environment. An action is the level of the next chunk, the
//     reward the chunk's quality of experience.
//   - [Library]: the known data sets, real or generated, and the scenarios
//     that the papers evaluate on.
//   - [Manifest]: what an agent may know of the videos, in the spec's metadata.
//
// # Observation
//
// The matrix layout is the state of Pensieve, Genet and NetLLM, float32 of
// shape (6, history), newest column last, rolled left by one with each chunk
// and zero where nothing has happened yet:
//
//	row  feature                               unit
//	0    bitrate of the chunk                  share of the highest bitrate (of
//	                                           videos that are not generated)
//	1    buffer after the chunk                10 s
//	2    throughput of the chunk               MB/s
//	3    download time of the chunk            10 s
//	4    sizes of the next chunk, one a level  MB, in the first columns; the rest 0
//	5    chunks remaining                      share of the chunks played
//
// Before the first chunk it is all zeros in the paper profile; the default
// profile shows the first chunk's sizes. After the last chunk row 4 holds what
// [abrsim.World.AppendNextSizes] says. The dict layout names the same
// quantities, in plain units.
//
// # Episodes
//
// An episode is one video; it ends terminated after the last chunk. Where the
// first chunk is forced, reset downloads chunk 0 at the initial level, as the
// reference does: what reset shows, info included, is the state after it.
//
// # Training
//
// So that an agent learns no single video and no single set of links by heart, a
// config may add generated videos and scaled traces ([RandomiseConfig]), and
// traces over a space of parameters from which resets choose
// ([GeneratorConfig]). All are in the manifest, so that planners see them like
// any other. [FutureConfig] shows a critic what the link will carry. All of it
// is off unless it is asked for.
//
// Sources: Mao et al., "Neural Adaptive Video Streaming with Pensieve"
// (SIGCOMM 2017), and the simulator that NetLLM (SIGCOMM 2024) and Trailblazer
// evaluate with.
package abrenv
