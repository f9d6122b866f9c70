// Package convert brings traces and videos of other formats into those that
// scenarios read.
//
// The nouns:
//
//   - [Source]: a file of bandwidths in any [Format], told by its content.
//   - [Imported]: what became of one.
//   - [Folder]: a directory of imported traces and videos, with the
//     configuration of abr/custom that plays them.
//
// Two readings of a text of seconds and Mbit/s exist. Here it is the video
// player's, of Pensieve's data sets: a sample is the mean of the time that ends
// at its stamp. Emulators of networks read recordings by [nettrace.MbpsTrace],
// where it holds until the next stamp; for them import to mahimahi's format,
// which both read alike.
package convert
