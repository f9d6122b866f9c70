// Package trace holds what network simulations take in: bandwidth traces and
// the chunk sizes of videos, with parsers, seeded generators and content
// hashes.
//
// The nouns:
//
//   - [Trace]: bandwidth over time, one link's recording.
//   - [Video]: a bitrate ladder and the size of every chunk at every level.
//   - start pointers: where in each trace of a set playback begins, a list of
//     sample numbers kept beside the set.
//   - [Overlap]: which traces of a set also occur in another one.
//   - [Digest]: the SHA-256 content hash by which a scenario pins its data.
//
// File formats are those of the public Pensieve, Genet and NetLLM
// repositories: a trace is text with "seconds<whitespace>Mbit/s" on each
// line, a video is a directory with one file video_size_<level> per level and
// one chunk size in bytes on each line. Logs of HSDPA networks and tables with a
// header become traces too: [ParseHSDPA], [ParseCSV].
//
// Everything that parses refuses what a simulator could not play, with a
// [*FormatError] that names the file, the line, the field, the value and the
// remedy.
package trace
