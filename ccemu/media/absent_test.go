package media

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// bench is a receiver that is fed by hand with packets of one frame without
// end.
type bench struct {
	*testing.T
	Receiver
	sequence int64
	m        Message
}

func newBench(t *testing.T, retries int) *bench {
	b := &bench{T: t}
	f := (&Flow{Retries: retries}).WithDefaults()
	b.Start(&f, time.Hour, 0)
	b.packet(0, feedback.Probe, -1)
	b.Poll(0, &b.m) // a report
	return b
}

func (b *bench) packet(now time.Duration, kind feedback.Kind, media int64) {
	p := Packet{Sent: feedback.Sent{Sequence: b.sequence, Kind: kind}, Media: media, Index: int32(media), Count: 1 << 20, Key: true}
	b.sequence++
	b.OnPacket(now, &p)
}

// asks expects the receiver to ask next at a time, and for what.
func (b *bench) asks(at time.Duration, keyFrame bool, numbers ...int64) {
	b.Helper()
	if got := b.NextAt(); got != at {
		b.Fatalf("it asks next at %v, want %v", got, at)
	}
	if b.Poll(at-1, &b.m) || !b.Poll(at, &b.m) {
		b.Fatalf("it does not ask at %v", at)
	}
	if b.m.Report || b.m.KeyFrame != keyFrame || !slices.Equal(b.m.Missing, numbers) {
		b.Fatalf("it asks for %v, key frame %v, want %v, %v", b.m.Missing, b.m.KeyFrame, numbers, keyFrame)
	}
	if b.Poll(at, &b.m) {
		b.Fatalf("it asks twice at %v: %+v", at, b.m)
	}
}

func (b *bench) isContent() {
	b.Helper()
	// The report of its packets is due in an hour.
	if at := b.NextAt(); at != time.Hour {
		b.Fatalf("it wants something at %v", at)
	}
}

const ms = time.Millisecond

func TestAsking(t *testing.T) {
	b := newBench(t, 1)
	b.packet(0, feedback.Video, 0)
	b.packet(ms, feedback.Video, 1)
	b.isContent()
	b.packet(2*ms, feedback.Video, 5)
	b.asks(2*ms, false, 2, 3, 4)
	// The first repeated packets are waited for for half a second.
	if b.NextAt() != 502*ms {
		t.Errorf("it acts at %v", b.NextAt())
	}
	b.packet(42*ms, feedback.Retransmission, 3)
	b.packet(42*ms, feedback.Retransmission, 3) // a duplicate
	b.packet(42*ms, feedback.Retransmission, 2)
	// The last can't be repeated: a key frame is to help, and again after 300
	// ms. The number of a frame's first packet is 0.
	b.asks(502*ms, true)
	b.asks(802*ms, true)
	// What was given up may arrive all the same.
	b.packet(900*ms, feedback.Retransmission, 4)
	b.Poll(1102*ms, &b.m)
	b.isContent()
	// Repeated packets took 40, 40 and 898 ms: by RFC 6298, a mean of 147.25
	// and a deviation of 225.75.
	b.packet(2000*ms, feedback.Video, 8)
	b.asks(2000*ms, false, 6, 7)
	if want := 3050250 * time.Microsecond; b.NextAt() != want {
		t.Errorf("it waits until %v, want %v", b.NextAt(), want)
	}
}

func TestAskingAgain(t *testing.T) {
	b := newBench(t, 3)
	b.packet(0, feedback.Video, 1)
	b.asks(0, false, 0)
	b.asks(500*ms, false, 0)
	b.packet(600*ms, feedback.Video, 3)
	b.asks(600*ms, false, 2)
	b.asks(1000*ms, false, 0)
	b.packet(1050*ms, feedback.Retransmission, 0)
	b.asks(1100*ms, false, 2)
	b.packet(1110*ms, feedback.Retransmission, 2)
	if b.NextAt() > 1600*ms || b.Poll(1600*ms, &b.m) {
		t.Errorf("it asks for %+v", b.m)
	}
	b.isContent()
	// Which of several requests a packet answers is not known.
	if b.absent.mean != 0 {
		t.Errorf("repeated packets are thought to take %v", b.absent.mean)
	}
}

func TestNeverAsking(t *testing.T) {
	b := newBench(t, -1)
	b.packet(0, feedback.Video, 1)
	b.asks(0, true)
}

// TestOutOfOrder: where packets have come out of order, a gap has 10 ms to
// close.
func TestOutOfOrder(t *testing.T) {
	b := newBench(t, 1)
	b.packet(0, feedback.Video, 1)
	b.asks(0, false, 0)
	b.packet(3*ms, feedback.Video, 0)
	b.packet(4*ms, feedback.Retransmission, 0)
	b.packet(5*ms, feedback.Video, 3)
	b.packet(14*ms, feedback.Video, 2)
	b.packet(20*ms, feedback.Video, 5)
	b.packet(25*ms, feedback.Video, 7)
	if b.Poll(29*ms, &b.m) {
		t.Fatalf("it asks for %v", b.m.Missing)
	}
	b.asks(30*ms, false, 4)
	b.asks(35*ms, false, 6)
}

// TestManyMissing: what is too much is given up, and a key frame asked for;
// requests are no larger than media packets.
func TestManyMissing(t *testing.T) {
	b := newBench(t, 1)
	b.packet(0, feedback.Video, 0)
	b.packet(7*ms, feedback.Video, 1002)
	b.asks(7*ms, true)
	b.asks(507*ms, true)

	b = newBench(t, 1)
	b.packet(0, feedback.Video, 0)
	for media := int64(2); media <= 1200; media += 2 {
		b.packet(0, feedback.Video, media)
	}
	next := int64(1)
	for b.Poll(0, &b.m) {
		for _, media := range b.m.Missing {
			if media != next || b.m.SizeBytes > 1242 {
				t.Fatalf("it asks for %d in %d bytes, want %d", media, b.m.SizeBytes, next)
			}
			next += 2
		}
	}
	if next != 1201 {
		t.Errorf("it asks for what is below %d", next)
	}
}

func TestRequestSize(t *testing.T) {
	for _, c := range []struct {
		message Message
		want    int32
	}{
		{Message{KeyFrame: true}, 54},
		{Message{Missing: []int64{0}}, 58},
		{Message{Missing: []int64{3, 4, 19}}, 58},
		{Message{Missing: []int64{3, 4, 20}}, 62},
		{Message{Missing: []int64{3, 20, 36, 37}, KeyFrame: true}, 42 + 24 + 12},
	} {
		if got := requestSize(&c.message); got != c.want {
			t.Errorf("%+v has %d bytes, want %d", c.message, got, c.want)
		}
	}
}

// TestRetries: whatever is lost, no packet is repeated more often than the
// flow allows, and with a retry most of what is lost arrives.
func TestRetries(t *testing.T) {
	for _, retries := range []int{-1, 1, 3} {
		for _, reorder := range []bool{false, true} {
			t.Run(fmt.Sprintf("%d/reorder %v", retries, reorder), func(t *testing.T) {
				c := newChannel(Flow{Retries: retries, StartKbps: 1000}, 1, 0)
				d := draw.New(3, 3)
				c.forward = func(time.Duration, *Packet) time.Duration {
					if d.Unit() < 0.05 {
						return schedule.Never
					}
					if reorder {
						return time.Duration(d.Between(30e6, 60e6))
					}
					return 30 * ms
				}
				c.back = func(time.Duration, *Message) time.Duration {
					if d.Unit() < 0.05 {
						return schedule.Never
					}
					return 30 * ms
				}
				times, arrived := map[int64]int{}, map[int64]bool{}
				c.onSent = func(_ time.Duration, p *Packet) {
					if p.Media >= 0 {
						if times[p.Media]++; (p.Kind == feedback.Video) != (times[p.Media] == 1) {
							t.Fatalf("%+v is sent for the %dth time", p, times[p.Media])
						}
					}
				}
				c.onArrival = func(_ time.Duration, p *Packet) { arrived[p.Media] = true }
				c.run(60 * time.Second)
				most, lost := 0, 0
				for media, n := range times {
					most = max(most, n)
					if !arrived[media] {
						lost++
					}
				}
				if most > 1+max(retries, 0) || retries > 0 && most < 2 {
					t.Errorf("packets were sent up to %d times", most)
				}
				share := float64(lost) / float64(len(times))
				// 1 in 20 is lost, and so are requests.
				if retries < 0 && (share < 0.04 || share > 0.06) || retries > 0 && share > 0.012 {
					t.Errorf("%v of the packets never arrived", share)
				}
			})
		}
	}
}

// TestKeyFrameRoundTrip: a packet that is lost twice freezes the video until a
// key frame has come on request.
func TestKeyFrameRoundTrip(t *testing.T) {
	c := newChannel(Flow{StartKbps: 1000, Audio: Audio{RateKbps: -1}, Video: Video{SizeDeviation: -1, RateError: -1}}, 1, 30*ms)
	const lost = 200
	var askedAt, keyAskedAt, keySentAt time.Duration
	c.forward = func(now time.Duration, p *Packet) time.Duration {
		if p.Media == lost {
			return schedule.Never
		}
		return 30 * ms
	}
	var keys []int32
	c.onSent = func(now time.Duration, p *Packet) {
		if p.Key && p.Index == 0 {
			if keys = append(keys, p.Frame); keyAskedAt > 0 && keySentAt == 0 {
				keySentAt = now
			}
		}
	}
	c.onMessage = func(now time.Duration, m *Message) {
		if len(m.Missing) > 0 {
			if fmt.Sprint(m.Missing) != fmt.Sprint([]int64{lost}) || askedAt != 0 {
				t.Errorf("it asks for %v", m.Missing)
			}
			askedAt = now
		}
		if m.KeyFrame {
			if keyAskedAt != 0 {
				t.Error("it asks for two key frames")
			}
			keyAskedAt = now
		}
	}
	c.run(10 * time.Second)
	// No packet was ever repeated: half a second's patience.
	if keyAskedAt != askedAt+500*ms {
		t.Errorf("it asks for packets at %v, for a key frame at %v", askedAt, keyAskedAt)
	}
	if wait := keySentAt - keyAskedAt; wait < 30*ms || wait > 30*ms+time.Second/30+10*ms {
		t.Errorf("the key frame leaves %v after it was asked for", wait)
	}
	if len(keys) != 3 || keys[2] != keys[1]+150 {
		t.Errorf("frames %v are key frames", keys)
	}
	// Frozen until the key frame is there: 500 ms and a round trip, some 25 of
	// 300 frames.
	played := c.receiver.Playback(c.now)
	if frozen := played.Stalled[2]; played.Stalls != [3]int{1, 1, 1} || frozen < 550*ms || frozen > 700*ms {
		t.Errorf("%+v", played)
	}
	if missing := 298 - played.Frames; missing < 15 || missing > 25 {
		t.Errorf("%d frames were shown", played.Frames)
	}
}
