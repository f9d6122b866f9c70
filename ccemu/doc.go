// Package ccemu emulates real-time media sessions over a bottleneck, packet by
// packet, in simulated time.
//
// Its nouns: a [Session] describes paths, media and cross traffic; an
// [Emulator] plays it, and tells listeners of package feedback what the sender
// sees. Between two calls of [Emulator.Advance] a controller may change what
// the sender sends; [Emulator.Truth] is what no sender can know.
//
// The path is media sender, bottleneck with its queue, random loss, propagation
// and receiver; reports go back on a path of their own (packages media and
// link). Other traffic shares the bottleneck.
//
// Time is in whole nanoseconds. Whatever happens at the same time happens in a
// fixed order, and every random quantity has a stream of its own, so that the
// same session, seed and decisions bring the same packets.
package ccemu
