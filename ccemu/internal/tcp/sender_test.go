package tcp

import (
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/schedule"
)

// leave takes what leaves now and returns the numbers.
func leave(s *Sender, now time.Duration) (numbers []int64) {
	for {
		number, _, ok := s.Next(now)
		if !ok {
			return numbers
		}
		numbers = append(numbers, number)
	}
}

func TestTimeoutEstimate(t *testing.T) {
	var e timeout
	for _, step := range []struct {
		rtt, want time.Duration
	}{
		{100 * time.Millisecond, 300 * time.Millisecond}, // 100 + 4·50
		{100 * time.Millisecond, 300 * time.Millisecond}, // the least is 200 more
		{500 * time.Millisecond, 662500 * time.Microsecond},
	} {
		e.sample(step.rtt)
		if got := e.wait(); got != step.want {
			t.Errorf("after a round-trip time of %v the timeout is %v, want %v", step.rtt, got, step.want)
		}
	}
}

// TestBackOff: nothing comes back; the timeout doubles up to two minutes, and
// one segment leaves each time.
func TestBackOff(t *testing.T) {
	for a := range BBR + 1 {
		var s Sender
		s.Start(0, a, 1000, 0)
		if got := len(leave(&s, 0)); got != 10 {
			t.Errorf("%d segments leave at first", got)
		}
		now := time.Duration(0)
		for _, wait := range []time.Duration{1, 2, 4, 8, 16, 32, 64, 120, 120} {
			now += wait * time.Second
			if got := s.NextAt(); got != now {
				t.Fatalf("the timeout is at %v, want %v", got, now)
			}
			if got := leave(&s, now-1); got != nil {
				t.Errorf("%v leave before the timeout", got)
			}
			if got := leave(&s, now); len(got) != 1 || s.InFlight() != 1000 {
				t.Errorf("%v leave at the timeout, %d bytes are in flight", got, s.InFlight())
			}
		}
		// One arrival, and the timeout is that of its round-trip time.
		s.OnAck(now+40*time.Millisecond, s.sent.next-1)
		leave(&s, now+40*time.Millisecond)
		if got, want := s.NextAt(), now+(40+40+200)*time.Millisecond; a == Cubic && got != want {
			t.Errorf("the timeout is at %v, want %v", got, want)
		}
	}
}

// TestRecovery: a window with three losses is reduced once, what is lost leaves
// again before anything new, and a loss in the next window reduces again.
func TestRecovery(t *testing.T) {
	const ms = time.Millisecond
	var s Sender
	s.Start(0, Cubic, 1000, 0)
	acked := func(now time.Duration, numbers ...int64) (left []int64) {
		for _, n := range numbers {
			s.OnAck(now, n)
			left = append(left, leave(&s, now)...)
		}
		return left
	}
	leave(&s, 0)
	acked(100*ms, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9) // 10 to 29 leave
	if s.Cwnd() != 20_000 || s.InFlight() != 20_000 {
		t.Fatalf("the window is %d, %d in flight", s.Cwnd(), s.InFlight())
	}
	acked(200*ms, 10, 11, 13, 14) // 12 is late
	if s.Cwnd() != 24_000 || s.recovering {
		t.Errorf("two later arrivals make a loss: the window is %d", s.Cwnd())
	}
	left := acked(200*ms, 16) // 12 is lost
	near(t, "the window", s.cubic.cwnd, 16.8, 1e-9)
	if len(left) != 0 || s.InFlight() != 22_000 {
		t.Errorf("%d in flight, %v left", s.InFlight(), left)
	}
	left = acked(200*ms, 17, 18, 19, 21, 22) // 15 is lost
	if len(left) != 0 || s.InFlight() != 16_000 {
		t.Errorf("%d in flight, %v left", s.InFlight(), left)
	}
	left = acked(200*ms, 23, 24, 25, 26, 27, 28, 29) // 20 is lost
	near(t, "the window after three losses", s.cubic.cwnd, 16.8, 1e-9)
	if s.DeliveredBytes() != 27_000 || len(left) < 4 {
		t.Fatalf("%d delivered, %v left", s.DeliveredBytes(), left)
	}
	for i, segment := range []int64{12, 15, 20, 38} {
		if got := s.sent.at(left[i]).segment; got != segment {
			t.Errorf("segment %d leaves, want %d", got, segment)
		}
	}
	acked(300*ms, 30, 31, 32, 33) // They left before the loss was known.
	near(t, "the window in recovery", s.cubic.cwnd, 16.8, 1e-9)
	acked(300*ms, left[0])
	if s.recovering {
		t.Error("still recovering")
	}
	before := s.Cwnd()
	acked(310*ms, left[0]+2, left[0]+3, left[0]+4) // left[1] is lost once more
	if got, want := s.Cwnd(), int64(0.7*float64(before)); got < want || got > want+300 {
		t.Errorf("the next window's loss changes %d to %d", before, got)
	}
}

// TestLateArrival: what was taken for lost and arrives is not sent again, and
// counts once.
func TestLateArrival(t *testing.T) {
	var s Sender
	s.Start(0, Cubic, 1000, 10_000)
	leave(&s, 0)
	for n := range int64(4) {
		s.OnAck(time.Second/10, 9-n) // 0 to 6 may be lost
	}
	if s.InFlight() != 0 || s.DeliveredBytes() != 4000 {
		t.Fatalf("%d in flight, %d delivered", s.InFlight(), s.DeliveredBytes())
	}
	s.OnAck(time.Second/10, 0)
	s.OnAck(time.Second/10, 0)
	s.OnAck(time.Second/10, 9)
	s.OnAck(time.Second/10, 99)
	left := leave(&s, time.Second/10)
	if len(left) != 5 || s.sent.at(left[0]).segment != 1 {
		t.Fatalf("%v left", left)
	}
	s.OnAck(time.Second/5, 1) // its repetition is under way
	s.OnAck(time.Second/5, left[0])
	if s.DeliveredBytes() != 6000 || s.Done() {
		t.Errorf("%d delivered", s.DeliveredBytes())
	}
	for _, n := range left[1:] {
		s.OnAck(time.Second/5, n)
	}
	if !s.Done() || s.DeliveredBytes() != 10_000 {
		t.Errorf("done is %v with %d bytes", s.Done(), s.DeliveredBytes())
	}
}

// TestLateArrivalOfARepeatedSegment: the first transmission of a segment
// arrives after its repetition was lost, too. It is not sent a third time.
func TestLateArrivalOfARepeatedSegment(t *testing.T) {
	var s Sender
	s.Start(0, Cubic, 1000, 0)
	leave(&s, 0)
	now := time.Second / 10
	for _, n := range []int64{9, 8, 7} { // 0 to 6 are lost
		s.OnAck(now, n)
	}
	leave(&s, now) // their repetitions as 10 to 16, and a new one as 17
	s.OnAck(now, 3)
	s.OnAck(2*now, 10)
	s.OnAck(2*now, 17)
	left := leave(&s, 2*now)
	for _, n := range left[:2] { // 11 to 16 are lost
		s.OnAck(3*now, n)
	}
	var segments []int64
	for _, n := range leave(&s, 3*now) {
		segments = append(segments, s.sent.at(n).segment)
	}
	if want := []int64{1, 2, 4}; len(segments) < 3 || !slices.Equal(segments[:3], want) {
		t.Errorf("segments %v leave, want %v first", segments, want)
	}
}

func TestIdle(t *testing.T) {
	var s Sender
	if _, _, ok := s.Next(0); ok || s.NextAt() != schedule.Never || s.Done() {
		t.Error("a sender that was not started is not idle")
	}
	s.OnAck(0, 0)
	s.Start(5*time.Second, BBR, 1000, 2500)
	sizes := []int32{}
	for {
		_, bytes, ok := s.Next(5 * time.Second)
		if !ok {
			break
		}
		sizes = append(sizes, bytes)
	}
	if len(sizes) != 3 || sizes[0] != 1000 || sizes[2] != 500 {
		t.Errorf("a transfer of 2500 bytes is %v", sizes)
	}
}

// BenchmarkSegment plays a millisecond in which a segment arrives and about one
// leaves.
func BenchmarkSegment(b *testing.B) {
	for a, name := range []string{"cubic", "bbr"} {
		b.Run(name, func(b *testing.B) {
			l := newLoop(Algorithm(a))
			b.ReportAllocs()
			for b.Loop() {
				l.step()
			}
		})
	}
}

func TestAllocations(t *testing.T) {
	for a := range BBR + 1 {
		l := newLoop(a)
		if got := testing.AllocsPerRun(10_000, l.step); got != 0 {
			t.Errorf("%v allocations per segment", got)
		}
		restart := func() { l.s.Start(l.now, a, 1000, 0) }
		if got := testing.AllocsPerRun(100, restart); got != 0 {
			t.Errorf("%v allocations per start", got)
		}
	}
}

// loop is a path of 50 ms on which every 100th segment is lost, and a
// millisecond between arrivals.
type loop struct {
	s       Sender
	now     time.Duration
	flying  [1 << 16]parcel
	in, out int
}

func newLoop(a Algorithm) *loop {
	l := new(loop)
	l.s.Start(0, a, 1000, 0)
	for range 20_000 {
		l.step()
	}
	return l
}

func (l *loop) step() {
	for {
		number, _, ok := l.s.Next(l.now)
		if !ok {
			break
		}
		if number%100 != 99 {
			l.flying[l.in%len(l.flying)] = parcel{number: number, at: l.now + 50*time.Millisecond}
			l.in++
		}
	}
	l.now += time.Millisecond
	if first := l.flying[l.out%len(l.flying)]; l.in > l.out && first.at <= l.now {
		l.s.OnAck(l.now, first.number)
		l.out++
	}
}
