package testbed

import (
	"encoding/binary"
	"time"

	"trailblazer/internal/draw"
)

// shot is a packet of the open loop: when it is to leave, and its size on the
// wire.
type shot struct {
	at    time.Duration
	bytes int32
}

// replaySender is the node that sends shots, and notes when they left.
type replaySender struct {
	shots    []shot
	left     []time.Duration
	datagram [1 << 16]byte
}

// NextAt implements node.
func (s *replaySender) NextAt() time.Duration {
	if len(s.left) == len(s.shots) {
		return never
	}
	return s.shots[len(s.left)].at
}

// Act implements node.
func (s *replaySender) Act(c conn) error {
	for {
		now := c.Now()
		if s.NextAt() > now {
			return nil
		}
		i := len(s.left)
		s.left = append(s.left, now)
		binary.BigEndian.PutUint64(s.datagram[:], uint64(i))
		if err := c.Send(s.datagram[:s.shots[i].bytes-datagramOverhead]); err != nil {
			return err
		}
	}
}

// Receive implements node.
func (s *replaySender) Receive(time.Duration, []byte) error { return errDatagram }

// replayReceiver notes when shots arrived; never for those that have not.
type replayReceiver struct{ arrived []time.Duration }

func newReplayReceiver(n int) *replayReceiver {
	r := &replayReceiver{arrived: make([]time.Duration, n)}
	for i := range r.arrived {
		r.arrived[i] = never
	}
	return r
}

// NextAt implements node.
func (r *replayReceiver) NextAt() time.Duration { return never }

// Act implements node.
func (r *replayReceiver) Act(conn) error { return nil }

// Receive implements node.
func (r *replayReceiver) Receive(at time.Duration, datagram []byte) error {
	if len(datagram) < 8 {
		return errDatagram
	}
	i := binary.BigEndian.Uint64(datagram)
	if i >= uint64(len(r.arrived)) || r.arrived[i] != never {
		return errDatagram
	}
	r.arrived[i] = at
	return nil
}

// load is what is offered in each cycle of about loadCycle: parts of the time,
// and rates relative to the capacity. Each fills the queue and lets it run
// empty, so that what disturbs the machine for a moment is soon over. What is
// left of the time nothing leaves: the bucket is full when the rate changes,
// because the kernel fills it then, and the emulator does not.
var load = []struct{ share, rate float64 }{{0.15, 0.5}, {0.4, 2}, {0.1, 0.9}, {0.25, 0.3}}

const loadCycle = 2500 * time.Millisecond

// shots draws the packets of a repeat of the open loop: of three sizes, with
// gaps that vary by half around what the rate asks for.
func (p *Plan) shots(repeat int) []shot {
	draws := draw.New(p.repeatSeed(repeat), shotStream)
	var list []shot
	for i, kbps := range p.CapacityKbps {
		length := p.segmentAt(i+1) - p.segmentAt(i)
		cycles := max(length/loadCycle, 1)
		for cycle := range cycles {
			begin := p.segmentAt(i) + cycle*length/cycles
			for _, part := range load {
				end := begin + time.Duration(part.share*float64(length/cycles))
				for at := begin; at < end; {
					bytes := [...]int32{1242, 1242, 1242, 642, 142}[draws.Below(5)]
					list = append(list, shot{at, bytes})
					at += time.Duration(float64(bytes) * 8e6 / (part.rate * kbps) * draws.Between(0.5, 1.5))
				}
				begin = end
			}
		}
	}
	return list
}
