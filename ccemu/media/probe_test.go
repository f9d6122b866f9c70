package media

import (
	"fmt"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

// TestProbe: clusters have the least packets that are both 5 and 15 ms at the
// rate, spaced at it, media first.
func TestProbe(t *testing.T) {
	for _, bps := range []float64{1e5, 3e5, 9e5, 1.8e6, 5e6, 1e8, 1e9} {
		for _, audio := range []float64{-1, 32} {
			t.Run(fmt.Sprintf("%vbps/audio%v", bps, audio), func(t *testing.T) {
				c := newChannel(Flow{Audio: Audio{RateKbps: audio}}, 1, 0)
				var packets []Packet
				c.onSent = func(now time.Duration, p *Packet) {
					if p.Cluster != 0 {
						packets = append(packets, *p)
					} else if n := len(packets); p.Kind != feedback.Audio && n > 0 && now < c.sender.probe.next {
						t.Fatalf("%+v leaves at %v, within the cluster", p, now)
					}
				}
				// 12 ms after a frame something waits in the pacer.
				c.run(3012 * time.Millisecond)
				begin, waits := c.now, c.sender.pacer.bytes
				c.sender.Probe(begin, bps)
				c.run(4 * time.Second)
				due, bytes, padding := begin, 0.0, false
				for i, p := range packets {
					if i >= 5 && bytes*8 >= bps*0.015 {
						t.Fatalf("%d packets of %v bytes were enough", i, bytes)
					}
					if p.Cluster != 1 || p.AppLimited {
						t.Errorf("packet %d: %+v", i, p)
					}
					if p.Kind != feedback.Audio && p.At != due {
						t.Errorf("packet %d leaves at %v, want %v", i, p.At, due)
					}
					if p.Kind == feedback.Probe {
						padding = true
						if p.SizeBytes != 1242 || p.Media != -1 || p.Frame != -1 {
							t.Errorf("packet %d: %+v", i, p)
						}
					} else if p.Kind == feedback.Video && padding && packets[i-1].Kind == feedback.Probe && p.Captured <= packets[i-1].At {
						t.Errorf("packet %d is media that waited while others were sent for nothing", i)
					}
					bytes += float64(p.SizeBytes)
					due += time.Duration(float64(p.SizeBytes) * 8e9 / bps)
				}
				if len(packets) < 5 || bytes*8 < bps*0.015 {
					t.Errorf("%d packets of %v bytes are too few", len(packets), bytes)
				}
				if waits > 0 && packets[0].Kind == feedback.Probe {
					t.Error("media waits while the probe begins with a packet for nothing")
				}
			})
		}
	}
}

// TestProbeNumbers: a probe waits for the one before it; a third takes the
// place of the second; all have their numbers.
func TestProbeNumbers(t *testing.T) {
	c := newChannel(Flow{Audio: Audio{RateKbps: -1}}, 1, 0)
	count := map[int32]int{}
	var at []time.Duration
	c.onSent = func(now time.Duration, p *Packet) {
		if count[p.Cluster]++; p.Cluster == 3 {
			at = append(at, now)
		}
	}
	c.run(time.Second)
	for _, bps := range []float64{math.NaN(), -1, 0, 500e3, 600e3, 700e3} {
		c.sender.Probe(c.now, bps)
	}
	c.run(2 * time.Second)
	if count[1] < 5 || count[2] != 0 || count[3] < 5 || len(count) != 3 {
		t.Errorf("clusters have %v packets", count)
	}
	c.sender.Probe(c.now, math.Inf(1))
	c.run(c.now + time.Millisecond)
	if count[4] < 5 {
		t.Errorf("clusters have %v packets", count)
	}
}

// TestProbeBeforeStart: a flow that has not begun sends nothing.
func TestProbeBeforeStart(t *testing.T) {
	c := newChannel(Flow{StartMs: 2500}, 1, 0)
	c.sender.Probe(0, 900e3)
	c.sender.SetTarget(0, 500e3)
	first := time.Duration(-1)
	c.onSent = func(now time.Duration, p *Packet) {
		if first < 0 {
			first = now
		}
		if p.Cluster > 1 {
			t.Errorf("%+v", p)
		}
	}
	c.run(5 * time.Second)
	if first != 2500*time.Millisecond {
		t.Errorf("the first packet left at %v", first)
	}
}
