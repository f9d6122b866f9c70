package testbed

import (
	"encoding/binary"
	"errors"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/media"
)

// datagramOverhead is what UDP, IPv4 and Ethernet add to a datagram.
const datagramOverhead = 8 + 20 + 14

// A datagram with a packet begins with what the receiver needs of it, as
// varints, and is filled up to the packet's size.

// appendPacket appends the datagram of a packet. It is larger than the packet
// in the rare case that so little was left of a frame that the fields take
// more.
func appendPacket(b []byte, p *media.Packet) []byte {
	begin, flags := len(b), uint64(p.Kind)<<1
	if p.Key {
		flags |= 1
	}
	b = binary.AppendUvarint(b, flags)
	b = binary.AppendUvarint(b, uint64(p.Sequence))
	for _, x := range [...]int64{p.Media, int64(p.Frame), int64(p.Index), int64(p.Count), int64(p.Captured)} {
		b = binary.AppendVarint(b, x)
	}
	for len(b)-begin < int(p.SizeBytes)-datagramOverhead {
		b = append(b, 0)
	}
	return b
}

// errDatagram is of a datagram that neither end has sent.
var errDatagram = errors.New("testbed: a datagram is damaged")

// reader reads varints; short says that there were too few.
type reader struct {
	rest  []byte
	short bool
}

func (r *reader) uvarint() uint64 { return take(r, binary.Uvarint) }
func (r *reader) varint() int64   { return take(r, binary.Varint) }

func take[T uint64 | int64](r *reader, parse func([]byte) (T, int)) T {
	x, n := parse(r.rest)
	if n <= 0 {
		r.short = true
		return 0
	}
	r.rest = r.rest[n:]
	return x
}

// count reads the length of a list whose items take at least a byte.
func (r *reader) count() int {
	n := r.uvarint()
	if n > uint64(len(r.rest)) {
		r.short = true
		return 0
	}
	return int(n)
}

// readPacket reads what the receiver needs of a packet; the rest is zero.
func readPacket(datagram []byte, p *media.Packet) error {
	r := reader{rest: datagram}
	flags := r.uvarint()
	*p = media.Packet{Sent: feedback.Sent{
		Kind: feedback.Kind(flags >> 1), Sequence: int64(r.uvarint()), SizeBytes: int32(len(datagram) + datagramOverhead),
	}}
	p.Key = flags&1 == 1
	p.Media, p.Frame = r.varint(), int32(r.varint())
	p.Index, p.Count = int32(r.varint()), int32(r.varint())
	p.Captured = time.Duration(r.varint())
	if r.short || flags>>1 >= feedback.Kinds || p.Sequence < 0 || p.Index < 0 || p.Index >= p.Count {
		return errDatagram
	}
	return nil
}

const (
	reportFlag = 1 << iota
	keyFrameFlag
)

// appendMessage appends the datagram of a message. Arrivals are relative to
// the departure, and 0 for none.
func appendMessage(b []byte, m *media.Message) []byte {
	flags := uint64(0)
	if m.Report {
		flags |= reportFlag
	}
	if m.KeyFrame {
		flags |= keyFrameFlag
	}
	b = binary.AppendUvarint(b, flags)
	for _, x := range [...]int64{int64(m.SizeBytes), int64(m.Departure), int64(m.JitterBuffer), int64(m.Stalled), m.Base} {
		b = binary.AppendVarint(b, x)
	}
	b = binary.AppendUvarint(b, uint64(len(m.Arrivals)))
	for _, at := range m.Arrivals {
		if at == media.NotArrived {
			b = binary.AppendUvarint(b, 0)
		} else {
			b = binary.AppendUvarint(b, uint64(m.Departure-at)+1)
		}
	}
	b = binary.AppendUvarint(b, uint64(len(m.Late)))
	for _, l := range m.Late {
		b = binary.AppendVarint(b, l.Sequence)
		b = binary.AppendVarint(b, int64(m.Departure-l.Arrival))
	}
	b = binary.AppendUvarint(b, uint64(len(m.Missing)))
	for _, number := range m.Missing {
		b = binary.AppendVarint(b, number)
	}
	return b
}

func readMessage(datagram []byte, m *media.Message) error {
	r := reader{rest: datagram}
	flags := r.uvarint()
	*m = media.Message{Report: flags&reportFlag != 0, KeyFrame: flags&keyFrameFlag != 0, SizeBytes: int32(r.varint())}
	m.Departure, m.JitterBuffer, m.Stalled = time.Duration(r.varint()), time.Duration(r.varint()), time.Duration(r.varint())
	m.Base = r.varint()
	for range r.count() {
		at := media.NotArrived
		if ago := r.uvarint(); ago > 0 {
			at = m.Departure - time.Duration(ago-1)
		}
		m.Arrivals = append(m.Arrivals, at)
	}
	for range r.count() {
		l := media.LateArrival{Sequence: r.varint()}
		l.Arrival = m.Departure - time.Duration(r.varint())
		m.Late = append(m.Late, l)
	}
	for range r.count() {
		m.Missing = append(m.Missing, r.varint())
	}
	if r.short || flags > reportFlag|keyFrameFlag || len(r.rest) > 0 {
		return errDatagram
	}
	return nil
}
