package measure

import "trailblazer/ccemu/feedback"

const (
	// lateness is by how many packets a lost one may be late and still count
	// as received.
	lateness = 256
	// mostPackets are followed; when more are on their way, the oldest are
	// given up.
	mostPackets = 1 << 17
)

// News is what a result tells of a packet that was not known before.
type News uint8

// The kinds of news.
const (
	// Nothing new: the packet's fate was known, or it is not followed.
	Nothing News = iota
	// Lost says that a packet is missing.
	Lost
	// Received says that a packet has arrived.
	Received
	// Late says that a packet has arrived after all that was lost before.
	Late
)

// Flight follows packets from their sending until a report tells what became
// of them. Each carries a note of the controller's.
type Flight[T any] struct {
	packets ring[packet[T]]
	base    int64 // the sequence number of the first packet that is followed
	next    int64 // the one after the newest
	told    int64 // the one after the newest that a report has told of
	sent    int64 // bytes of all packets
	past    int64 // bytes of all packets up to the newest told of
}

type packet[T any] struct {
	sum  int64 // bytes of all packets up to this one
	fate News
	note T
}

// Reset forgets all packets.
func (f *Flight[T]) Reset() {
	f.packets.clear()
	f.base, f.next, f.told, f.sent, f.past = 0, 0, 0, 0, 0
}

// OnSent follows a packet.
func (f *Flight[T]) OnSent(p *feedback.Sent, note T) {
	if f.packets.len() == 0 {
		f.base, f.next = p.Sequence, p.Sequence
	}
	if p.Sequence != f.next {
		return
	}
	if f.packets.len() == mostPackets {
		f.packets.popFront()
		f.base++
	}
	f.next++
	f.sent += int64(p.SizeBytes)
	f.packets.push(packet[T]{sum: f.sent, note: note})
}

// OnResult takes what a report says of a packet and returns what of it is new,
// with the packet's note.
func (f *Flight[T]) OnResult(r *feedback.Result) (news News, note T) {
	if r.Sequence < f.base || r.Sequence >= f.next {
		return Nothing, note
	}
	p := f.packets.at(int(r.Sequence - f.base))
	switch {
	case !r.Received && p.fate == Nothing:
		p.fate, news = Lost, Lost
	case r.Received && p.fate == Nothing:
		p.fate, news = Received, Received
	case r.Received && p.fate == Lost:
		p.fate, news = Received, Late
	}
	note = p.note
	if r.Sequence >= f.told {
		f.told, f.past = r.Sequence+1, p.sum
	}
	f.forget()
	return news, note
}

// forget drops packets from the front of which nothing new can come.
func (f *Flight[T]) forget() {
	for f.packets.len() > 0 && f.base < f.told && (f.packets.at(0).fate == Received || f.told-f.base > lateness) {
		f.packets.popFront()
		f.base++
	}
}

// Bytes are on their way: those sent after the newest packet that a report has
// told of.
func (f *Flight[T]) Bytes() int64 { return f.sent - f.past }

// ToldBytes are those of all packets up to the newest that a report has told
// of, lost ones included.
func (f *Flight[T]) ToldBytes() int64 { return f.past }

// Told is the number of the newest packet that a report has told of, plus 1.
func (f *Flight[T]) Told() int64 { return f.told }

// Next is the number of the next packet to be sent.
func (f *Flight[T]) Next() int64 { return f.next }

// PacketBytes is the size of a full packet, in which windows are counted: that
// of usual RTP packets on the wire.
const PacketBytes = 1200
