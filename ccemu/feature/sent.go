package feature

import (
	"sort"
	"time"

	"trailblazer/ccemu/feedback"
)

// fate is what became of a packet, as far as reports told.
type fate uint8

const (
	unknown fate = iota
	missing
	received
)

// sentPacket is what is remembered of a packet.
type sentPacket struct {
	at time.Duration
	// bytes and limited count those of all packets before this one, and the
	// app-limited ones.
	bytes, limited int64
	// bytesM are those that left in the window M that ended with this one.
	bytesM int64
	fate   fate
}

// sentLog remembers the packets that left, until reports and time have settled
// what became of them. Packets are found by their sequence numbers.
type sentLog struct {
	packets ring[sentPacket]
	// base is the first in packets, reported the last that was reported on.
	base, reported int64
	// begun is false until the first packet of the session, which left at
	// first.
	begun bool
	first time.Duration
	// bytes and limited count those of all packets.
	bytes, limited int64
	// startM is the first packet of the window M that ended with the last one.
	startM int64
}

func (l *sentLog) reset() {
	l.packets.clear()
	*l = sentLog{packets: l.packets}
}

// next is the packet that has not left.
func (l *sentLog) next() int64 { return l.base + int64(l.packets.len()) }

func (l *sentLog) packet(sequence int64) *sentPacket { return l.packets.at(int(sequence - l.base)) }

func (l *sentLog) add(p *feedback.Sent) {
	if !l.begun {
		l.begun, l.first = true, p.At
		l.base, l.reported, l.startM = p.Sequence, p.Sequence-1, p.Sequence
	}
	l.forget(l.base-1, p.At-windowH)
	sent := l.packets.push()
	*sent = sentPacket{at: p.At, bytes: l.bytes, limited: l.limited}
	l.bytes += int64(max(p.SizeBytes, 0))
	if p.AppLimited {
		l.limited++
	}
	l.startM = max(l.startM, l.base)
	for l.startM < p.Sequence && l.packet(l.startM).at <= p.At-windowM {
		l.startM++
	}
	sent.bytesM = l.bytesFrom(l.startM)
}

// forget drops the packets up to one, and those that left up to a time.
func (l *sentLog) forget(sequence int64, until time.Duration) {
	for l.packets.len() > 0 && (l.base <= sequence || l.packets.front().at <= until) {
		l.packets.popFront()
		l.base++
	}
}

// after returns the first packet that left after a time.
func (l *sentLog) after(at time.Duration) int64 {
	return l.base + int64(sort.Search(l.packets.len(), func(i int) bool { return l.packets.at(i).at > at }))
}

// bytesFrom counts those of a packet and of all after it.
func (l *sentLog) bytesFrom(sequence int64) int64 {
	if sequence >= l.next() {
		return 0
	}
	return l.bytes - l.packet(sequence).bytes
}

// limitedShare is that of app-limited packets among a packet and all after it.
// There has to be one.
func (l *sentLog) limitedShare(sequence int64) float64 {
	return float64(l.limited-l.packet(sequence).limited) / float64(l.next()-sequence)
}
