// Package ccemu emulates real-time media sessions over a bottleneck, packet by
// packet, in simulated time.
//
// Its nouns: a [Session] describes paths, media and cross traffic; an
// [Emulator] plays it and tells listeners of package feedback what the sender
// sees.
package ccemu
