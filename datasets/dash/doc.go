// Package dash reads the sizes of a video's segments from an MPEG-DASH manifest
// (ISO/IEC 23009-1) and the files beside it.
//
// The nouns:
//
//   - [Manifest]: what an MPD says: adaptation sets and their representations.
//   - [AdaptationSet]: one content at several bitrates, the ladder.
//   - [Index]: a Segment Index Box (ISO/IEC 14496-12, 8.16.3), which lists the
//     subsegments of a file.
//
// [Load] makes a [trace.Video] of them. It knows SegmentTemplate, SegmentList
// and SegmentBase; it opens files below the manifest's directory only, and
// downloads nothing.
package dash
