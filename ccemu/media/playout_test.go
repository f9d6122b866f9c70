package media

import (
	"testing"
	"time"

	"trailblazer/internal/draw"
)

// screen is a playout that is fed by hand. Frames have two packets.
type screen struct {
	*testing.T
	playout
}

// interval is the time between frames, at 25 in a second.
const interval = 40 * ms

func newScreen(t *testing.T) *screen {
	s := &screen{T: t}
	s.begin(0, interval)
	return s
}

// packet makes half of a frame arrive, which was captured after its number of
// intervals. Every hundredth is a key frame.
func (s *screen) packet(now time.Duration, frame, index int32) {
	s.advance(now)
	s.add(now, &Packet{Media: int64(2*frame + index), Index: index, Count: 2, Key: frame%100 == 0, Captured: time.Duration(frame) * interval, Sent: sent(frame)})
}

// frame makes all of it arrive.
func (s *screen) frame(now time.Duration, frame int32) {
	s.packet(now, frame, 0)
	s.packet(now, frame, 1)
}

// steady makes frames arrive 10 ms after their capture.
func (s *screen) steady(from, to int32) {
	for i := from; i < to; i++ {
		s.frame(time.Duration(i)*interval+10*ms, i)
	}
}

// shows expects what was played until a time.
func (s *screen) shows(now time.Duration, frames int, stalled ...time.Duration) {
	s.Helper()
	s.advance(now)
	got := s.until(now)
	var want [3]time.Duration
	copy(want[:], stalled)
	if got.Frames != frames || got.Stalled != want {
		s.Errorf("at %v: %d frames, stalled for %v, want %d, %v", now, got.Frames, got.Stalled, frames, want)
	}
}

// TestPlayoutSteady: frames that come evenly are shown evenly, 20 ms after
// they are complete.
func TestPlayoutSteady(t *testing.T) {
	s := newScreen(t)
	s.steady(0, 10)
	s.shows(9*interval+30*ms-1, 9)
	s.shows(9*interval+30*ms, 10)
	if got := s.until(400 * ms); got.Played != 370*ms || got.JitterBuffer != 20*ms || got.Stalls != [3]int{} {
		t.Errorf("%+v", got)
	}
}

// TestStallThresholds: a gap counts where it exceeds the time between frames
// by just as much as a threshold, for as long as it exceeds that time.
func TestStallThresholds(t *testing.T) {
	for _, c := range []struct {
		gap     time.Duration
		stalled [3]time.Duration
	}{
		{interval + 100*ms - 1, [3]time.Duration{}},
		{interval + 100*ms, [3]time.Duration{100 * ms}},
		{interval + 200*ms - 1, [3]time.Duration{200*ms - 1}},
		{interval + 200*ms, [3]time.Duration{200 * ms, 200 * ms}},
		{interval + 500*ms - 1, [3]time.Duration{500*ms - 1, 500*ms - 1}},
		{interval + 500*ms, [3]time.Duration{500 * ms, 500 * ms, 500 * ms}},
		{interval + 3*time.Second, [3]time.Duration{3 * time.Second, 3 * time.Second, 3 * time.Second}},
	} {
		s := newScreen(t)
		s.steady(0, 10)
		const lastShown = 9*interval + 30*ms
		// While the gap is open it counts so far.
		s.shows(lastShown+interval+100*ms-1, 10)
		if c.gap > interval+100*ms {
			s.shows(lastShown+interval+100*ms, 10, 100*ms)
		}
		at := lastShown + c.gap
		s.frame(at, 10)
		s.shows(at, 11, c.stalled[:]...)
		s.shows(at+interval, 11, c.stalled[:]...)
	}
}

// TestDeadLink: from the first frame on, or after a second, nothing is a
// stall.
func TestDeadLink(t *testing.T) {
	s := newScreen(t)
	s.start = 2 * time.Second
	s.shows(3*time.Second, 0)
	s.shows(3*time.Second+140*ms-1, 0)
	s.shows(3*time.Second+140*ms, 0, 100*ms)
	s.shows(10*time.Second, 0, 6960*ms, 6960*ms, 6960*ms)
	if got := s.until(10 * time.Second); got.Played != 7*time.Second || got.Stalls != [3]int{1, 1, 1} {
		t.Errorf("%+v", got)
	}
	if got := s.until(2500 * ms); got != (Playback{}) {
		t.Errorf("before the beginning: %+v", got)
	}
	// The first frame comes in the end; another never.
	s.frame(12*time.Second, 0)
	s.shows(12*time.Second+20*ms, 1, 8980*ms, 8980*ms, 8980*ms)
	s.shows(13*time.Second+60*ms, 1, 9980*ms, 9980*ms, 9980*ms)

	s = newScreen(t)
	s.steady(0, 10)
	s.shows(9*interval+30*ms+interval+time.Hour, 10, time.Hour, time.Hour, time.Hour)
	if got := s.until(2 * time.Hour); got.Played != 2*time.Hour-30*ms {
		t.Errorf("%+v", got)
	}
}

// TestRepeatedInTime: a frame that is completed by a repeated packet before it
// is due is as good as any.
func TestRepeatedInTime(t *testing.T) {
	s := newScreen(t)
	s.steady(0, 5)
	s.packet(5*interval+10*ms, 5, 0)
	s.packet(5*interval+28*ms, 5, 1)
	s.steady(6, 10)
	s.shows(10*interval+70*ms, 10)
}

// TestRepeatedLate: one that comes too late makes all wait that depend on it,
// and is followed by them at once where they are due.
func TestRepeatedLate(t *testing.T) {
	s := newScreen(t)
	s.steady(0, 5)
	s.packet(5*interval+10*ms, 5, 0)
	s.frame(6*interval+10*ms, 6)
	s.frame(7*interval+10*ms, 7)
	s.frame(8*interval+10*ms, 8)
	s.shows(8*interval+39*ms, 5, 129*ms)
	// It was due at 230 ms, and comes 130 ms later, 170 ms after the last.
	s.packet(360*ms, 5, 1)
	s.shows(360*ms, 8, 130*ms)
	if got := s.until(360 * ms); got.JitterBuffer != 70*ms || got.Stalls != [3]int{1, 0, 0} {
		t.Errorf("%+v", got)
	}
	// Frame 5 took 160 ms, 150 more than the others: their mean is now 10 and
	// 150/16, their deviation 150/16.
	if want := 10*ms + 5*150*ms/16; s.hold.delay != want {
		t.Errorf("the delay is %v, want %v", s.hold.delay, want)
	}
	s.shows(8*interval+s.hold.delay-1, 8, 130*ms)
	s.shows(8*interval+s.hold.delay, 9, 130*ms)
}

// TestLostFrame: a frame that never comes stops the video until the next key
// frame is due.
func TestLostFrame(t *testing.T) {
	s := newScreen(t)
	s.steady(0, 90)
	s.packet(90*interval+10*ms, 90, 0)
	s.steady(91, 100)
	s.shows(100*interval, 90, 370*ms, 370*ms)
	s.steady(100, 101)
	s.shows(100*interval+30*ms-1, 90, 400*ms-1, 400*ms-1)
	s.steady(101, 105)
	// Frame 90 was due a gap before; frame 100 is shown when it is due, those
	// in between never.
	s.shows(104*interval+30*ms, 95, 400*ms, 400*ms)
	s.packet(105*interval, 90, 1)
	s.shows(105*interval, 95, 400*ms, 400*ms)
	if s.first != 105 || s.media != 210 {
		t.Errorf("frame %d is next, packet %d", s.first, s.media)
	}
}

// TestCompletedBeforeKeyFrame: as long as the key frame is not due, frames
// before it may still be shown.
func TestCompletedBeforeKeyFrame(t *testing.T) {
	s := newScreen(t)
	s.steady(0, 97)
	s.packet(97*interval+10*ms, 97, 0)
	s.steady(98, 101)
	s.packet(100*interval+20*ms, 97, 1)
	s.shows(100*interval+20*ms, 100, 110*ms)
	s.shows(100*interval+60*ms, 101, 110*ms)
}

// TestNoFirstFrame: without the first frame nothing can be shown before the
// next key frame.
func TestNoFirstFrame(t *testing.T) {
	s := newScreen(t)
	s.packet(10*ms, 0, 0)
	s.steady(1, 100)
	s.shows(3900*ms, 0, 2860*ms, 2860*ms, 2860*ms)
	s.steady(100, 110)
	s.shows(109*interval+30*ms, 10, 2990*ms, 2990*ms, 2990*ms)
}

// TestManyFrames: frames that wait for ever are bounded.
func TestManyFrames(t *testing.T) {
	s := newScreen(t)
	s.begin(0, interval)
	for i := int32(1); i < 10_000; i++ {
		if i%100 != 0 {
			s.frame(time.Duration(i)*interval, i)
		}
	}
	if s.frames.n > maxFrames || len(s.frames.ring) > maxFrames {
		t.Errorf("%d frames wait", s.frames.n)
	}
	s.frame(10_000*interval, 10_000)
	s.shows(10_001*interval, 1, 398_980*ms, 398_980*ms, 398_980*ms)
	s.add(10_001*interval, &Packet{Count: 1, Sent: sent(1 << 30)})
	if s.frames.n > maxFrames {
		t.Errorf("%d frames wait", s.frames.n)
	}
}

// TestShownFrames: over channels that lose and reorder, what is shown is
// complete and depends on nothing that was not, and how often somebody looks
// changes nothing.
func TestShownFrames(t *testing.T) {
	for seed := range uint64(20) {
		d := draw.New(seed, 4)
		loss, spread := d.From([]float64{0, 0.02, 0.2}), d.From([]float64{0, 0, 100e6})
		var s, other playout
		s.begin(0, interval)
		other.begin(0, interval)
		type arrival struct {
			at     time.Duration
			packet Packet
		}
		var arrivals []arrival
		keys := map[int32]bool{}
		for frame := range int32(2000) {
			keys[frame] = frame%40 == 0
			for index := range int32(3) {
				at := time.Duration(frame)*interval + time.Duration(index)*ms + time.Duration(d.Between(0, spread))
				if d.Unit() < loss {
					at += time.Duration(d.Between(50e6, 500e6))
					if d.Unit() < 0.2 {
						continue
					}
				}
				arrivals = append(arrivals, arrival{at, Packet{Media: int64(frame*3 + index), Index: index, Count: 3, Key: keys[frame], Captured: time.Duration(frame) * interval, Sent: sent(frame)}})
			}
		}
		// By time; insertion keeps what is equal in order.
		for i := range arrivals {
			for k := i; k > 0 && arrivals[k].at < arrivals[k-1].at; k-- {
				arrivals[k], arrivals[k-1] = arrivals[k-1], arrivals[k]
			}
		}
		got := map[int32]int{}
		last := int32(-1)
		look := func(now time.Duration) {
			s.advance(now)
			shown := s.first - 1
			if shown < last || s.shownAt > now {
				t.Fatalf("seed %d: frame %d after %d, at %v", seed, shown, last, s.shownAt)
			}
			// From the last one, or a key frame, each was complete.
			for f := shown; f > last; f-- {
				if got[f] != 3 {
					t.Fatalf("seed %d: frame %d was shown after %d, but %d is not complete", seed, shown, last, f)
				}
				if keys[f] {
					break
				}
			}
			last = shown
		}
		for _, a := range arrivals {
			for now := max(s.shownAt, a.at-50*ms); now <= a.at; now += 3 * ms {
				look(now)
			}
			look(a.at)
			s.add(a.at, &a.packet)
			other.advance(a.at)
			other.add(a.at, &a.packet)
			got[a.packet.Frame]++
		}
		end := arrivals[len(arrivals)-1].at + 10*time.Second
		s.advance(end)
		other.advance(end)
		if a, b := s.until(end), other.until(end); a != b {
			t.Errorf("seed %d: %+v, but %+v if nobody looks", seed, a, b)
		}
		if loss == 0 && s.total.Frames != 2000 || s.total.Frames < 200 {
			t.Errorf("seed %d: %d frames were shown", seed, s.total.Frames)
		}
	}
}
