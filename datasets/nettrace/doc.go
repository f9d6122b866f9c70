// Package nettrace reads and writes recordings of network paths, for the
// emulation of congestion control.
//
// The nouns:
//
//   - [Trace]: what a file says of a path: of each [Direction] its bandwidth,
//     delay and loss over time. All formats become one.
//   - [Format]: how it was written; [Parse] tells by the content.
//   - [Playback], [Genet], [OpenNetLab]: what files of these formats hold, to
//     read and to write. A mahimahi file is a list of milliseconds, a text of
//     seconds and Mbit/s a [trace.Trace].
//   - [Digest]: the SHA-256 content hash by which a scenario pins its data.
//
// [Direction.Cooked] and [Opportunities] turn recordings into what a video player
// reads, and back, without losing bytes.
//
// [Cellular] generates traces where there are no recordings.
//
// Everything that parses refuses what an emulator could not play, with a
// [*FormatError] that names the file, the line, the field, the value and the
// remedy.
package nettrace
