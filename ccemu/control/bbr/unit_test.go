package bbr

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

const ms = time.Millisecond

func packet(sent, arrival time.Duration, size int32) *feedback.Result {
	return &feedback.Result{Sent: feedback.Sent{At: sent, SizeBytes: size}, Received: true, Arrival: arrival}
}

// TestDelivery has samples by hand: packets of 1,250 bytes, sent every 5 ms,
// that arrive every 10 ms.
func TestDelivery(t *testing.T) {
	const clock = time.Hour
	var d delivery
	early := d.stamp(false)
	if _, ok := d.deliver(packet(0, clock+50*ms, 1250), early); ok {
		t.Error("a sample of a packet that left before anything had arrived")
	}
	stamp := d.stamp(true) // knows of the packet sent at 0
	d.deliver(packet(5*ms, clock+60*ms, 1250), early)
	d.deliver(packet(10*ms, clock+70*ms, 1250), early)
	// Sent at 70 ms, arrived at 130: since 50 ms, three packets in 80 ms; their
	// sending took 70.
	s, ok := d.deliver(packet(70*ms, clock+130*ms, 1250), stamp)
	if !ok || s.bps != 3*1250*8/0.080 || s.limited {
		t.Errorf("sample %+v, %v; want %v, as the network has set it", s, ok, 3*1250*8/0.080)
	}
	// As fast as it was sent: the application has set it.
	stamp = d.stamp(true)
	if s, _ := d.deliver(packet(170*ms, clock+230*ms, 1250), stamp); s.bps != 100_000 || !s.limited {
		t.Errorf("sample %+v, want 100 kbps by the application", s)
	}
	// Packets that the network let pass together do not hide how long their
	// sending took.
	stamp = d.stamp(false)
	if s, _ := d.deliver(packet(270*ms, clock+231*ms, 1250), stamp); s.bps != 100_000 || s.limited {
		t.Errorf("sample %+v, want 100 kbps", s)
	}
	// Late ones do not turn back the clock.
	stamp = d.stamp(false)
	d.deliver(packet(20*ms, clock+80*ms, 1250), early)
	if s, _ := d.deliver(packet(280*ms, clock+251*ms, 1250), stamp); s.bps != 2*1250*8/0.020 {
		t.Errorf("sample %+v after a late packet", s)
	}
}

// TestBandwidthFilter: the greatest of ten rounds, in which the application's
// rates count only if they are greater.
func TestBandwidthFilter(t *testing.T) {
	m := newModel()
	for _, c := range []struct {
		round   int64
		bps     float64
		limited bool
		want    float64
	}{
		{0, 100, true, 100},
		{1, 500, false, 500},
		{2, 400, false, 500},
		{5, 450, true, 500},
		{10, 300, false, 500},
		{11, 300, false, 400}, // the one of round 1 has left
		{12, 350, false, 350}, // and that of round 2, while that of 5 never counted
		{30, 200, true, 350},  // nothing leaves for what the application limits
		{31, 600, true, 600},  // but it may be greater
		{33, 100, false, 600},
		{41, 100, false, 100},
	} {
		m.sample(c.round, sample{c.bps, c.limited})
		if got := m.bps(); got != c.want {
			t.Errorf("round %d: %v, want %v", c.round, got, c.want)
		}
	}
	m.restart(42, 50)
	if m.bps() != 50 {
		t.Errorf("%v after a restart with 50", m.bps())
	}
}

// TestRoundTripFilter: the least one holds for 10 s.
func TestRoundTripFilter(t *testing.T) {
	m := newModel()
	for _, c := range []struct {
		at, rtt  time.Duration
		least    time.Duration
		outdated bool
	}{
		{0, 50 * ms, 50 * ms, false},
		{time.Second, 40 * ms, 40 * ms, false},
		{5 * time.Second, 60 * ms, 40 * ms, false},
		{6 * time.Second, 40 * ms, 40 * ms, false}, // seen again
		{16 * time.Second, 45 * ms, 40 * ms, false},
		{16*time.Second + 1, 45 * ms, 45 * ms, true},
		{17 * time.Second, 50 * ms, 45 * ms, false},
	} {
		if got := m.roundTrip(c.at, c.rtt); got != c.outdated || m.least != c.least {
			t.Errorf("at %v: least %v, outdated %v; want %v, %v", c.at, m.least, got, c.least, c.outdated)
		}
	}
}

// TestFullPipe: startup ends when three rounds have brought less than a
// quarter more, or on loss, but never because of the application.
func TestFullPipe(t *testing.T) {
	f := fullPipe{}
	for i, bps := range []float64{100, 200, 249, 250, 300, 312, 312} {
		f.turn(bps, round{})
		// 249 is less than 1.25 times 200, and the last three than 1.25 times
		// 250.
		if f.found != (i == 6) {
			t.Errorf("round %d at %v: found %v", i, bps, f.found)
		}
	}
	f = fullPipe{}
	for range 10 {
		f.turn(100, round{limited: true})
	}
	if f.found {
		t.Error("found while the application limited the rate")
	}
	f.turn(100, round{told: 400, lost: 8})
	if f.found {
		t.Error("found at 2 % loss")
	}
	f.turn(200, round{told: 399, lost: 8})
	if !f.found {
		t.Error("not found at more than 2 % loss")
	}
}

// TestCycle: a phase takes a round, and the gains are BBR's.
func TestCycle(t *testing.T) {
	c := New()
	c.phase = probeBandwidth
	c.model.sample(0, sample{bps: 1e6})
	want := []float64{1, 1, 1, 1, 1, 1, 1.25, 0.75, 1, 1}
	for i, gain := range want {
		if got := c.gain(); got != gain {
			t.Errorf("phase %d has the gain %v, want %v", i, got, gain)
		}
		c.turn()
	}
	for p, gain := range map[phase]float64{startup: 2.885, drain: 1 / 2.885, probeRTT: 1} {
		c.phase = p
		if got := c.gain(); got != gain {
			t.Errorf("phase %d has the gain %v, want %v", p, got, gain)
		}
	}
}

// TestOverload: a round that loses more than a fifth is the network's word on
// the bandwidth.
func TestOverload(t *testing.T) {
	c := New()
	c.model.sample(0, sample{bps: 2e6})
	c.drain.Bps = 600e3
	c.round = round{told: 100, lost: 20}
	c.turn()
	if c.model.bps() != 2e6 {
		t.Error("a fifth is what probing may lose")
	}
	c.round = round{told: 100, lost: 21}
	c.turn()
	if c.model.bps() != 600e3 {
		t.Errorf("bandwidth %v, want the delivery rate", c.model.bps())
	}
}
