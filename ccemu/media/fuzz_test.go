package media

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

// FuzzEnds gives both ends what no other end would send, as testbeds might
// receive it. They need not make sense of it, but go on, and stay bounded.
func FuzzEnds(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11})
	f.Add([]byte{0, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 1, 17, 18, 19, 20, 21, 22, 23, 24, 25})
	f.Add([]byte("0\x8b\x8c\x05\xee\xef0010000000000000")) // the largest media number
	f.Fuzz(func(t *testing.T, data []byte) {
		next := func() byte {
			if len(data) == 0 {
				return 0
			}
			b := data[0]
			data = data[1:]
			return b
		}
		number := func() int64 {
			switch n := int64(next()); {
			case n < 200:
				return n - 20
			case n < 210:
				return n * 100
			case n < 220:
				return math.MaxInt32 - (219 - n)
			case n < 230:
				return math.MinInt32 + n - 220
			case n < 240:
				return math.MaxInt64 - (239 - n)
			case n < 250:
				return math.MinInt64 + n - 240
			default:
				return n << 33
			}
		}
		d := newDirect(500, 1<<62)
		var m Message
		messages := 0
		for now := time.Duration(0); len(data) > 0; now += time.Duration(next()) * time.Millisecond {
			d.run(1<<62, now)
			switch next() % 4 {
			case 0:
				d.receiver.OnPacket(now, &Packet{
					Sent:  feedback.Sent{Sequence: number(), Frame: int32(number()), Kind: feedback.Kind(next() % 6), SizeBytes: int32(number())},
					Media: number(), Index: int32(number()), Count: int32(number()), Key: next()%2 == 0, Captured: time.Duration(number()),
				})
			case 1:
				m = Message{Report: next()%2 == 0, Base: number(), KeyFrame: next()%2 == 0}
				for range next() % 4 {
					m.Arrivals = append(m.Arrivals, time.Duration(number()))
					m.Late = append(m.Late, LateArrival{number(), time.Duration(number())})
					m.Missing = append(m.Missing, number())
				}
				d.sender.OnMessage(now, &m, nothing{})
			case 2:
				d.sender.Probe(now, float64(number())*1000)
			case 3:
				d.sender.SetTarget(now, float64(number())*1000)
			}
			for d.receiver.Poll(now, &m) {
				if messages++; len(m.Arrivals)+len(m.Late) > maxReported || len(m.Missing) > maxRequested {
					t.Fatalf("%+v", m)
				}
			}
			d.receiver.Playback(now)
			if n := d.receiver.playout.frames.n; n > maxFrames || len(d.receiver.absent.list) > maxAbsent {
				t.Fatalf("%d frames and %d packets are waited for", n, len(d.receiver.absent.list))
			}
			if at := d.sender.NextAt(); at < now {
				t.Fatalf("the sender wants to be called at %v, it is %v", at, now)
			}
		}
	})
}
