package media

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

// nothing is a listener that does nothing.
type nothing struct{}

func (nothing) OnSent(*feedback.Sent)     {}
func (nothing) OnReport(*feedback.Report) {}

// direct joins a sender and a receiver without delay, but with a loss every so
// many packets, and allocates nothing itself.
type direct struct {
	sender   Sender
	receiver Receiver
	packet   Packet
	message  Message
	packets  int
	lose     int
}

func newDirect(kbps float64, lose int) *direct {
	f := (&Flow{StartKbps: kbps}).WithDefaults()
	f.RequestKbps.Values[0] = kbps
	d := &direct{lose: lose}
	d.sender.Start(&f, 1)
	d.receiver.Start(&f, 50*time.Millisecond, 0)
	return d
}

// run plays until a number of packets were sent, or a time.
func (d *direct) run(packets int, until time.Duration) {
	for d.packets < packets {
		now := min(d.sender.NextAt(), d.receiver.NextAt())
		if now > until {
			return
		}
		for d.sender.Emit(now, &d.packet) {
			if d.packets++; d.packets%d.lose != 0 {
				d.receiver.OnPacket(now, &d.packet)
			}
		}
		for d.receiver.Poll(now, &d.message) {
			d.sender.OnMessage(now, &d.message, nothing{})
		}
	}
}

// BenchmarkBothEnds is the cost of a packet for both ends together, with 1 % of
// loss.
func BenchmarkBothEnds(b *testing.B) {
	for _, rate := range []struct {
		name string
		kbps float64
	}{{"2Mbps", 2e3}, {"100Mbps", 1e5}, {"1Gbps", 1e6}} {
		b.Run(rate.name, func(b *testing.B) {
			d := newDirect(rate.kbps, 100)
			// As long as it takes for the buffers to have grown.
			d.run(1<<62, 25*time.Second)
			d.packets = 0
			b.ReportAllocs()
			b.ResetTimer()
			d.run(b.N, 1<<62)
		})
	}
}

// TestNoAllocations: once the buffers have grown, packets allocate nothing.
func TestNoAllocations(t *testing.T) {
	d := newDirect(2000, 100)
	until := 30 * time.Second
	d.run(1<<62, until)
	if n := testing.AllocsPerRun(20, func() {
		until += time.Second
		d.sender.Probe(d.sender.NextAt(), 4e6)
		d.sender.SetTarget(d.sender.NextAt(), 2e6)
		d.run(1<<62, until)
	}); n != 0 {
		t.Errorf("%v allocations in a second of 2 Mbps", n)
	}
}

// TestRestart: what a sender and a receiver did before changes nothing.
func TestRestart(t *testing.T) {
	f := (&Flow{}).WithDefaults()
	used := newDirect(3000, 7)
	used.run(1<<62, 20*time.Second)
	used.sender.Probe(20*time.Second, 1e6)
	used.sender.Probe(20*time.Second, 1e6)
	used.sender.Start(&f, 9)
	used.receiver.Start(&f, 50*time.Millisecond, 0)
	used.packets, used.lose = 0, 30
	fresh := &direct{lose: 30}
	fresh.sender.Start(&f, 9)
	fresh.receiver.Start(&f, 50*time.Millisecond, 0)
	for until := time.Duration(0); until < 20*time.Second; until += time.Second {
		used.run(1<<62, until)
		fresh.run(1<<62, until)
		if used.packet != fresh.packet || used.packets != fresh.packets {
			t.Fatalf("at %v: packet %d is %+v, want %d, %+v", until, used.packets, used.packet, fresh.packets, fresh.packet)
		}
		if a, b := used.receiver.Playback(until), fresh.receiver.Playback(until); a != b {
			t.Fatalf("at %v: %+v, want %+v", until, a, b)
		}
	}
}
