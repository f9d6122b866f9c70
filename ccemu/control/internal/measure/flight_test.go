package measure

import (
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
)

func send(f *Flight[int], n int) {
	for range n {
		s := f.Next()
		f.OnSent(&feedback.Sent{Sequence: s, SizeBytes: 100}, int(s))
	}
}

func result(sequence int64, received bool) *feedback.Result {
	return &feedback.Result{Sent: feedback.Sent{Sequence: sequence, SizeBytes: 100}, Received: received}
}

func TestFlight(t *testing.T) {
	var f Flight[int]
	send(&f, 10)
	if f.Bytes() != 1000 {
		t.Errorf("%d bytes in flight of 1,000 sent", f.Bytes())
	}
	for _, c := range []struct {
		sequence int64
		received bool
		want     News
		bytes    int64
	}{
		{2, true, Received, 700}, // what is below was not told of
		{0, false, Lost, 700},
		{1, false, Lost, 700},
		{0, false, Nothing, 700},
		{2, true, Nothing, 700},
		{2, false, Nothing, 700}, // it has arrived
		{0, true, Late, 700},
		{0, true, Nothing, 700},
		{5, false, Lost, 400},
		{9, true, Received, 0},
		{10, true, Nothing, 0}, // not sent
		{-1, true, Nothing, 0},
	} {
		news, note := f.OnResult(result(c.sequence, c.received))
		if news != c.want || f.Bytes() != c.bytes {
			t.Errorf("packet %d, received %v: news %d and %d bytes in flight, want %d and %d", c.sequence, c.received, news, f.Bytes(), c.want, c.bytes)
		}
		if news != Nothing && note != int(c.sequence) {
			t.Errorf("packet %d has the note of %d", c.sequence, note)
		}
	}
	if f.Told() != 10 || f.ToldBytes() != 1000 {
		t.Errorf("told of %d packets and %d bytes", f.Told(), f.ToldBytes())
	}
	f.Reset()
	send(&f, 1)
	if f.Bytes() != 100 || f.Told() != 0 {
		t.Errorf("after Reset: %d bytes in flight, told of %d packets", f.Bytes(), f.Told())
	}
}

// TestFlightMemory: what has arrived is forgotten, what is lost after a while,
// and no flood of packets is kept.
func TestFlightMemory(t *testing.T) {
	var f Flight[int]
	for i := range int64(20_000) {
		send(&f, 1)
		f.OnResult(result(i, i%7 != 0))
	}
	if n := f.packets.len(); n > lateness+1 {
		t.Errorf("%d packets are kept", n)
	}
	if n := len(f.packets.items); n > 1024 {
		t.Errorf("memory for %d packets is kept", n)
	}
	send(&f, mostPackets+10)
	if n := f.packets.len(); n != mostPackets {
		t.Errorf("%d packets are kept of a flood", n)
	}
	if got := f.Bytes(); got != 100*(mostPackets+10) {
		t.Errorf("%d bytes in flight", got)
	}
	if news, _ := f.OnResult(result(20_005, true)); news != Nothing {
		t.Error("news of a packet that was given up")
	}
}

func TestDrain(t *testing.T) {
	d := NewDrain()
	p := feedback.Result{Received: true, Sent: feedback.Sent{SizeBytes: 1250}}
	for i := range 51 { // 1 Mbps: a packet every 10 ms
		p.Arrival = time.Duration(i) * 10 * time.Millisecond
		d.OnArrival(&p)
	}
	d.OnReport(490*time.Millisecond, 12_500)
	if d.Takes != 0 {
		t.Error("known before 500 ms have passed")
	}
	d.OnReport(500*time.Millisecond, 12_500)
	if d.Bps != 1e6 || d.Takes != 100*time.Millisecond {
		t.Errorf("%v bps and %v, want 1 Mbps and 12,500 bytes in 100 ms", d.Bps, d.Takes)
	}
	d.OnReport(time.Hour, 1e6)
	if d.Takes != longestDrain {
		t.Errorf("%v when nothing arrives", d.Takes)
	}
}

// TestAllocations: steady traffic with loss allocates nothing.
func TestAllocations(t *testing.T) {
	var f Flight[int]
	d, w := NewDrain(), Least[time.Duration, time.Duration](time.Second)
	now := time.Duration(0)
	step := func() {
		for range 20 {
			now += 10 * time.Millisecond
			s := f.Next()
			f.OnSent(&feedback.Sent{Sequence: s, SizeBytes: 1200}, 0)
			r := feedback.Result{Sent: feedback.Sent{Sequence: s, SizeBytes: 1200}, Received: s%5 != 0, Arrival: now}
			f.OnResult(&r)
			d.OnArrival(&r)
			w.Add(now, now%97)
		}
		d.OnReport(now, f.Bytes())
	}
	for range 100 {
		step()
	}
	if got := testing.AllocsPerRun(100, step); got != 0 {
		t.Errorf("%v allocations in 20 packets", got)
	}
}
