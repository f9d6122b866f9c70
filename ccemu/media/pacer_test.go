package media

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
)

// TestPacing: packets of video leave one by one at 2.5 times the rate, the
// first of a frame when it is captured, and audio whenever it is made.
func TestPacing(t *testing.T) {
	f := Flow{StartKbps: 1000, Video: Video{SizeDeviation: -1, RateError: -1, KeyRatio: 1}}
	c := newChannel(f, 1, 0)
	var leavesAt, audioAt time.Duration
	video, behind := 0, 0
	c.onSent = func(now time.Duration, p *Packet) {
		if p.Kind == feedback.Audio {
			if now != audioAt || p.SizeBytes != 134 || p.Media != -1 || p.Frame != -1 {
				t.Fatalf("audio at %v, want %v: %+v", now, audioAt, p)
			}
			audioAt += 20 * time.Millisecond
			return
		}
		video++
		want := leavesAt
		if p.Index == 0 {
			want = max(want, p.Captured)
		}
		if now != want {
			t.Fatalf("packet %d of frame %d leaves at %v, want %v", p.Index, p.Frame, now, want)
		}
		leavesAt = now + time.Duration(float64(p.SizeBytes)*8e9/2.5e6)
		if !p.AppLimited {
			behind++
		} else if p.Index != p.Count-1 {
			t.Fatalf("packet %d of %d has nothing behind it", p.Index, p.Count)
		}
	}
	c.run(10 * time.Second)
	// Of the last frame, only the first packet has left.
	if frames := int(c.sender.frame) - 1; video < 1000 || behind != video-frames {
		t.Errorf("%d of %d packets of %d frames had something behind them", behind, video, frames)
	}
	if audioAt != 10020*time.Millisecond {
		t.Errorf("the last audio packet left before %v", audioAt)
	}
}

// TestPacerRate: a new rate counts from the moment it is set.
func TestPacerRate(t *testing.T) {
	var p pacer
	p.setRate(0, 1e6)
	p.addFrame(pending{captured: 0}, 2*1242, 1188)
	c, _ := p.take()
	p.left(0, c.bytes)
	if want := 9936 * time.Microsecond; p.next != want {
		t.Fatalf("the next packet leaves at %v, want %v", p.next, want)
	}
	// 4,000 bits are sent; the other 5,936 take half as long.
	p.setRate(4*time.Millisecond, 2e6)
	if want := 4*time.Millisecond + 2968*time.Microsecond; p.next != want {
		t.Errorf("the next packet leaves at %v, want %v", p.next, want)
	}
	if p.bytes != 1242 || p.delay() != 4968*time.Microsecond {
		t.Errorf("%d bytes wait for %v", p.bytes, p.delay())
	}
}

// TestRepeatsFirst: what is repeated leaves before video, once, under a number
// of its own.
func TestRepeatsFirst(t *testing.T) {
	f := (&Flow{StartKbps: 1000, Audio: Audio{RateKbps: -1}}).WithDefaults()
	var s Sender
	s.Start(&f, 1)
	var first, p Packet
	if !s.Emit(0, &first) || first.Count < 3 || !first.Key {
		t.Fatalf("%+v", first)
	}
	before := s.pacer.bytes
	for range 3 {
		s.OnMessage(0, &Message{Missing: []int64{-1, 0, 1, 1 << 40}}, nil)
	}
	if s.pacer.bytes != before+int(first.SizeBytes) {
		t.Errorf("%d bytes wait, before %d", s.pacer.bytes, before)
	}
	at := s.NextAt()
	if s.Emit(at-1, &p) || !s.Emit(at, &p) {
		t.Fatal("nothing left")
	}
	want := first
	want.Kind, want.Sequence, want.At = feedback.Retransmission, 1, at
	if p != want {
		t.Errorf("repeated as %+v, want %+v", p, want)
	}
	at = s.NextAt()
	if !s.Emit(at, &p) || p.Kind != feedback.Video || p.Media != 1 || p.Sequence != 2 {
		t.Errorf("followed by %+v", p)
	}
}

// TestOldRepeats: what is too old can't be repeated, and costs nothing.
func TestOldRepeats(t *testing.T) {
	c := newChannel(Flow{}, 1, 0)
	c.run(60 * time.Second)
	before := c.sender.pacer.bytes
	c.sender.OnMessage(c.now, &Message{Missing: []int64{0, 1, 2}}, nil)
	if c.sender.pacer.bytes != before {
		t.Error("packets of a minute ago were repeated")
	}
	if n := c.sender.repeatable.items.n; n > 256 {
		t.Errorf("%d packets of 300 kbps are kept for %v", n, repeatWindow)
	}
}

// TestFrameSkipping: where the rate falls, the encoder lets frames out until
// what waits has gone down.
func TestFrameSkipping(t *testing.T) {
	c := newChannel(Flow{StartKbps: 8000, Audio: Audio{RateKbps: -1}}, 1, 0)
	c.run(4990 * time.Millisecond)
	// A key frame is captured, and the rate falls a hundredfold.
	c.run(5 * time.Second)
	c.sender.SetTarget(c.now, 80_000)
	var st feedback.Sender
	c.sender.State(c.now, &st)
	if st.PacerDelay < 2*time.Second || st.PacerBytes == 0 {
		t.Fatalf("%+v", st)
	}
	frames := c.sender.frame
	c.run(c.now + st.PacerDelay - maxPacerDelay - 100*time.Millisecond)
	if c.sender.frame != frames {
		t.Errorf("frame %d was captured while more than %v waited", c.sender.frame, maxPacerDelay)
	}
	bytes := 0
	from := c.now + 10*time.Second
	c.run(from)
	c.onSent = func(_ time.Duration, p *Packet) { bytes += int(p.SizeBytes) }
	for c.now < from+60*time.Second {
		c.run(c.now + 10*time.Millisecond)
		if c.sender.State(c.now, &st); st.PacerDelay > maxPacerDelay {
			t.Fatalf("%v wait at %v", st.PacerDelay, c.now)
		}
	}
	if got := float64(bytes) * 8 / 60; math.Abs(got/80_000-1) > 0.05 {
		t.Errorf("%v bits/s after that, want 80,000", got)
	}
}

// TestGigabit: frames of thousands of packets.
func TestGigabit(t *testing.T) {
	c := newDirect(1e6, 1<<62)
	c.run(1<<62, 10*time.Second)
	if got := float64(c.packets) * 1242 * 8 / 10; math.Abs(got/1e9-1) > 0.05 {
		t.Errorf("%v bits/s", got)
	}
	played := c.receiver.Playback(10 * time.Second)
	if played.Frames < 298 || played.Stalls != [3]int{} {
		t.Errorf("%+v", played)
	}
}

// TestLateCalls: callers that come late, as in real time, still get the rate.
func TestLateCalls(t *testing.T) {
	f := (&Flow{StartKbps: 4000, PacingFactor: 1, Video: Video{SizeDeviation: -1, RateError: -1}, Audio: Audio{RateKbps: -1}}).WithDefaults()
	var s Sender
	s.Start(&f, 1)
	bytes, most := 0, 0
	var p Packet
	for now := time.Duration(0); now < 60*time.Second; now += 7 * time.Millisecond {
		burst := 0
		for s.Emit(now, &p) {
			bytes += int(p.SizeBytes)
			burst++
		}
		most = max(most, burst)
	}
	if got := float64(bytes) * 8 / 60; math.Abs(got/4e6-1) > 0.02 {
		t.Errorf("%v bits/s", got)
	}
	// 10 ms at 4 Mbps, the packet that is due, and rounding.
	if most > 6 {
		t.Errorf("%d packets at once", most)
	}
}

// TestConservation: what leaves is what was captured, in order and whole, and
// what has not left yet waits.
func TestConservation(t *testing.T) {
	c := newChannel(Flow{StartKbps: 1500}, 4, 30*time.Millisecond)
	n := 0
	c.forward = func(time.Duration, *Packet) time.Duration {
		if n++; n%17 == 0 {
			return schedule.Never
		}
		return 30 * time.Millisecond
	}
	repeated, asked := 0, 0
	media, sequence := int64(0), int64(0)
	var frame, count int32
	original := map[int64]Packet{}
	c.onMessage = func(_ time.Duration, m *Message) { asked += len(m.Missing) }
	c.onSent = func(now time.Duration, p *Packet) {
		if p.Sequence != sequence || p.At != now {
			t.Fatalf("%+v, want sequence %d", p, sequence)
		}
		sequence++
		switch p.Kind {
		case feedback.Video:
			if p.Media != media || p.Frame != frame || p.Index != count || p.Captured > now {
				t.Fatalf("%+v, want media %d, frame %d, index %d", p, media, frame, count)
			}
			original[media] = *p
			if first := original[media-int64(p.Index)]; p.SizeBytes > first.SizeBytes || p.SizeBytes < first.SizeBytes-1 {
				t.Fatalf("%+v is in a frame with %+v", p, first)
			}
			media++
			if count++; count == p.Count {
				frame, count = frame+1, 0
			}
		case feedback.Retransmission:
			want := original[p.Media]
			want.Sent = p.Sent
			if *p != want || p.SizeBytes != original[p.Media].SizeBytes || p.Frame != original[p.Media].Frame {
				t.Fatalf("%+v repeats %+v", p, original[p.Media])
			}
			repeated++
		case feedback.Probe, feedback.Audio:
			if p.Media != -1 || p.Frame != -1 {
				t.Fatalf("%+v", p)
			}
		}
	}
	for second := range 60 {
		if second%7 == 3 {
			c.sender.Probe(c.now, 3e6)
			c.sender.SetTarget(c.now, 2e6/float64(second))
		}
		c.run(time.Duration(second) * time.Second)
		waits := 0
		for i := range c.sender.pacer.repeats.n {
			waits += int(c.sender.pacer.repeats.at(i).bytes)
		}
		for i := range c.sender.pacer.frames.n {
			f := c.sender.pacer.frames.at(i)
			for k := int(f.index); k < int(f.count); k++ {
				waits += (f.payload+int(f.count)-1-k)/int(f.count) + HeaderBytes
			}
		}
		if waits != c.sender.pacer.bytes {
			t.Fatalf("%d bytes wait, counted as %d", waits, c.sender.pacer.bytes)
		}
		if want := c.sender.frame; frame > want || int(want-frame) > c.sender.pacer.frames.n {
			t.Fatalf("%d frames have left of %d", frame, want)
		}
	}
	if repeated < 100 || repeated > asked {
		t.Errorf("%d packets were repeated, %d asked for", repeated, asked)
	}
}
