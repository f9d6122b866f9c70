package testbed

import (
	"time"

	"trailblazer/ccemu/media"
	"trailblazer/internal/draw"
)

// mediaReceiver is the node that receives a media flow, after the propagation
// delay and the random loss of the way there.
type mediaReceiver struct {
	receiver media.Receiver
	delay    time.Duration
	loss     float64
	draws    draw.Draws
	held     held[media.Packet]
	last     time.Duration // the last time that receiver was told
	message  media.Message
	datagram []byte
}

// newMediaReceiver makes a node of a flow that is valid and has its defaults,
// which reports every so often.
func newMediaReceiver(flow *media.Flow, report, delay time.Duration, loss float64, seed uint64) *mediaReceiver {
	r := &mediaReceiver{delay: delay, loss: loss, draws: draw.New(seed, 0)}
	r.receiver.Start(flow, report, 0)
	return r
}

// NextAt implements node.
func (r *mediaReceiver) NextAt() time.Duration { return min(r.held.nextAt(), r.receiver.NextAt()) }

// Receive implements node.
func (r *mediaReceiver) Receive(at time.Duration, datagram []byte) error {
	var p media.Packet
	if err := readPacket(datagram, &p); err != nil {
		return err
	}
	if r.draws.Unit() >= r.loss {
		r.held.add(at+r.delay, p)
	}
	return nil
}

// Act implements node. Everything happens at the time at which it was due,
// however late this node wakes up.
func (r *mediaReceiver) Act(c conn) error {
	for now := c.Now(); ; {
		packetAt, messageAt := r.held.nextAt(), r.receiver.NextAt()
		if min(packetAt, messageAt) > now {
			return nil
		}
		r.last = max(r.last, min(packetAt, messageAt))
		if packetAt <= messageAt {
			p := r.held.take()
			r.receiver.OnPacket(r.last, &p)
			continue
		}
		for r.receiver.Poll(r.last, &r.message) {
			r.datagram = appendMessage(r.datagram[:0], &r.message)
			if err := c.Send(r.datagram); err != nil {
				return err
			}
		}
	}
}
