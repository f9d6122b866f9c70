// Package feature has what policies are shown of a media flow: 52 numbers in
// the nine categories of the paper's Extended Data Fig. 4. [Table] lists them;
// a [Tracker] follows a flow's packets and reports and measures them.
//
// # Clocks and windows
//
// What the sender does itself is measured up to the moment of the observation.
// What it learns from the receiver can only be as new as the last report, and
// is measured when that comes:
//
//   - loss and round-trip times over the reports of the last so many
//     milliseconds, by the sender's clock: what is lost has no arrival;
//   - all that has to do with arrivals over the packets that arrived in the
//     last so many milliseconds before the report left, by the receiver's
//     clock. Reports come in lumps, and their way back has jitter and queues
//     of its own, so that a rate over what was reported in 100 ms would be
//     that of 50, 100 or 150 ms of arrivals.
//
// Windows exclude their beginning and include their end. There are S of 100
// ms, M of 500 ms, L of 1 s and H of 10 s. In a session that is younger than a
// rate's window, the rate is that since the first packet, but over no less
// than 100 ms.
//
// # Missing values
//
// A value is present if a report came within its window (M for those without
// one), and if that report allowed to measure it. Otherwise it is carried
// forward from the last report that did, and is 0 before the first. Watching
// does not change what is seen: values do not depend on when others were
// observed, except that the application's request is only learned by
// observing.
//
// # Packets that are late
//
// Packets that were reported as missing and are reported as arrived later
// count as received from then on. What is said of a packet is ignored once it,
// or one sent after it, was first reported 1 s ago, or once it was sent 10 s
// ago.
package feature
