package link_test

import (
	"testing"
	"time"

	"trailblazer/ccemu/link"
)

func mahimahi(bytes int, atMs ...int64) link.Path {
	return link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: atMs, OpportunityBytes: bytes, Queue: unlimited}}
}

// TestMahimahiRate is A9: the file "1" and packets of 1,500 bytes.
func TestMahimahiRate(t *testing.T) {
	for _, test := range []struct {
		bytes int
		want  float64 // Mbps
	}{{1500, 12}, {1504, 12.032}} {
		p := mahimahi(test.bytes, 1)
		var l link.Link
		l.Start(&p, time.Minute, 1)
		for range 20_000 {
			l.Send(0, link.Packet{Bytes: 1500})
		}
		var e link.Event
		for l.Poll(10*time.Second, &e) {
		}
		c := l.Counts()
		if mbps := float64(c.Arrived.Bytes) * 8 / 10e6; mbps < test.want-0.0012 || mbps > test.want {
			t.Errorf("opportunities of %d bytes: %.4f Mbps, want %.3f", test.bytes, mbps, test.want)
		}
		if got := l.CapacityBps(0, 10*time.Second); got != test.want*1e6 {
			t.Errorf("opportunities of %d bytes: capacity %v, want %v Mbps", test.bytes, got, test.want)
		}
	}
}

// TestMahimahiByHand follows mm-link over a file of 2, 5, 5, 10.
func TestMahimahiByHand(t *testing.T) {
	us := func(n int) time.Duration { return time.Duration(n) * time.Microsecond }
	for _, test := range []struct {
		name     string
		bytes    int
		arrivals []arrival
		want     []int // ms of departure
	}{
		{"one each", 1500, []arrival{{0, link.Packet{Bytes: 1500}}, {0, link.Packet{Bytes: 1500}}, {0, link.Packet{Bytes: 1500}}, {0, link.Packet{Bytes: 1500}}, {0, link.Packet{Bytes: 1500}}}, []int{2, 5, 5, 10, 12}},
		{"several in one", 1500, []arrival{{0, link.Packet{Bytes: 500}}, {0, link.Packet{Bytes: 1000}}, {0, link.Packet{Bytes: 1}}}, []int{2, 2, 5}},
		{"over two", 1500, []arrival{{0, link.Packet{Bytes: 1000}}, {0, link.Packet{Bytes: 1000}}, {0, link.Packet{Bytes: 1000}}, {0, link.Packet{Bytes: 1000}}}, []int{2, 5, 5, 5}},
		{"over three", 500, []arrival{{0, link.Packet{Bytes: 1500}}, {0, link.Packet{Bytes: 1500}}}, []int{5, 15}},
		{"the rest is lost with an empty queue", 1504, []arrival{{0, link.Packet{Bytes: 1500}}, {us(3000), link.Packet{Bytes: 4}}}, []int{2, 5}},
		{"too late for the millisecond", 1500, []arrival{{us(2000), link.Packet{Bytes: 100}}}, []int{5}},
		{"just in time", 1500, []arrival{{us(1999), link.Packet{Bytes: 100}}}, []int{2}},
		{"late beside another that leaves", 1500, []arrival{{us(0), link.Packet{Bytes: 100}}, {us(2000), link.Packet{Bytes: 100}}}, []int{2, 5}},
		{"late for the second of one millisecond", 1500, []arrival{{us(4000), link.Packet{Bytes: 100}}, {us(5000), link.Packet{Bytes: 100}}}, []int{5, 10}},
		{"wasted ones", 1500, []arrival{{us(11_000), link.Packet{Bytes: 1500}}, {us(11_000), link.Packet{Bytes: 1500}}}, []int{12, 15}},
		{"at the end of a period", 1500, []arrival{{us(9999), link.Packet{Bytes: 1500}}, {us(10_000), link.Packet{Bytes: 1500}}}, []int{10, 12}},
		{"after many periods", 1500, []arrival{{us(1_000_003_000), link.Packet{Bytes: 1500}}}, []int{1_000_005}},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := mahimahi(test.bytes, 2, 5, 5, 10)
			for i, e := range play(t, &p, 1, test.arrivals) {
				if want := time.Duration(test.want[i]) * ms; e.Fate != link.Arrived || e.At != want {
					t.Errorf("packet %d leaves at %v, want %v", i, e.At, want)
				}
			}
		})
	}
}
