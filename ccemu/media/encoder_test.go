package media

import (
	"fmt"
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feedback"
	"trailblazer/internal/draw"
)

func TestExp(t *testing.T) {
	for x := -20.0; x < 20; x += 0.37 {
		if got, want := exp(x), math.Exp(x); math.Abs(got/want-1) > 1e-12 {
			t.Errorf("exp(%v) = %v, want %v", x, got, want)
		}
	}
	if exp(0) != 1 || exp(-1e6) != 0 {
		t.Errorf("exp(0) = %v, exp(-1e6) = %v", exp(0), exp(-1e6))
	}
}

func TestLognormal(t *testing.T) {
	for _, deviation := range []float64{-1, 0.3, 1} {
		l := newLognormal(deviation, draw.New(5, 0))
		const n = 400_000
		sum, squares := 0.0, 0.0
		for range n {
			x := l.next()
			if !(x > 0) {
				t.Fatal(x)
			}
			sum += x
			squares += math.Log(x) * math.Log(x)
		}
		want := max(deviation, 0)
		if mean := sum / n; math.Abs(mean-1) > 0.006*max(want, 0) {
			t.Errorf("deviation %v: mean %v", deviation, mean)
		}
		// The logarithm's mean is -σ²/2.
		if got := math.Sqrt(squares/n - want*want*want*want/4); math.Abs(got-want) > 0.01 {
			t.Errorf("deviation %v: %v of the logarithm", deviation, got)
		}
	}
}

// TestMeanRate: the rate on the wire is the target, over a long time, whatever
// the frame rate, and also where key frames are asked for all the time.
func TestMeanRate(t *testing.T) {
	for _, fps := range []float64{15, 30, 60} {
		for _, kbps := range []float64{50, 100, 300, 1000, 2500, 8000} {
			for _, audio := range []float64{-1, 32} {
				for _, ask := range []time.Duration{0, 2 * time.Second} {
					total := kbps
					if audio > 0 {
						total += 53.6
					}
					t.Run(fmt.Sprintf("%vfps/%vkbps/audio%v/ask%v", fps, kbps, audio, ask), func(t *testing.T) {
						f := (&Flow{Video: Video{FPS: fps}, Audio: Audio{RateKbps: audio}, StartKbps: total}).WithDefaults()
						f.RequestKbps.Values[0] = 10_000
						var s Sender
						s.Start(&f, 3)
						bytes := int64(0)
						const duration = 300 * time.Second
						var p Packet
						asked := time.Duration(0)
						for s.NextAt() < duration {
							now := s.NextAt()
							if ask > 0 && now-asked >= ask {
								s.OnMessage(now, &Message{KeyFrame: true}, nil)
								asked = now
							}
							for s.Emit(now, &p) {
								bytes += int64(p.SizeBytes)
							}
						}
						got := float64(bytes) * 8 / duration.Seconds() / 1000
						if math.Abs(got/total-1) > 0.02 {
							t.Errorf("%v kbps, want %v", got, total)
						}
					})
				}
			}
		}
	}
}

// TestRateLimits: the media rate is the target, the application's request or
// the encoder's least.
func TestRateLimits(t *testing.T) {
	for _, c := range []struct {
		name                    string
		target, request, lowest float64
		want                    float64
	}{
		{"target", 500, 4000, 50, 500},
		{"request", 4000, 500, 50, 500},
		{"least", 10, 4000, 200, 200 + 53.6},
		{"least of the request", 4000, 0, 200, 200 + 53.6},
	} {
		f := (&Flow{StartKbps: c.target, Video: Video{MinKbps: c.lowest, RateError: -1}}).WithDefaults()
		f.RequestKbps.Values[0] = c.request
		if err := f.Validate("flow"); err != nil {
			t.Fatal(err)
		}
		ch := newChannel(f, 1, 0)
		bytes := 0
		ch.onSent = func(_ time.Duration, p *Packet) { bytes += int(p.SizeBytes) }
		ch.run(200 * time.Second)
		if got := float64(bytes) * 8 / 200e3; math.Abs(got/c.want-1) > 0.02 {
			t.Errorf("%s: %v kbps, want %v", c.name, got, c.want)
		}
	}
}

// TestFrames: key frames come first and in time, are larger as they should be,
// and all packets of a frame fill it.
func TestFrames(t *testing.T) {
	f := Flow{Video: Video{SizeDeviation: -1, RateError: -1}, StartKbps: 2000, Audio: Audio{RateKbps: -1}}
	ch := newChannel(f, 1, 0)
	var sizes []int
	var keys []int
	next := int32(0)
	ch.onSent = func(now time.Duration, p *Packet) {
		if p.Index == 0 {
			if p.Frame != int32(len(sizes)) || next != 0 && next != -1 {
				t.Fatalf("frame %d begins", p.Frame)
			}
			if want := time.Duration(math.Round(float64(p.Frame) * 1e9 / 30)); p.Captured != want || now < want {
				t.Fatalf("frame %d was captured at %v", p.Frame, p.Captured)
			}
			sizes = append(sizes, 0)
			if p.Key {
				keys = append(keys, int(p.Frame))
			}
			next = 0
		}
		if p.Index != next || p.Kind != feedback.Video || p.SizeBytes > 1242 || p.SizeBytes < minFrameBytes {
			t.Fatalf("packet %d of %d of frame %d: %+v", p.Index, p.Count, p.Frame, p)
		}
		sizes[p.Frame] += int(p.SizeBytes)
		if next++; next == p.Count {
			next = -1
		}
	}
	ch.run(20*time.Second - 1)
	if want := []int{0, 150, 300, 450}; fmt.Sprint(keys) != fmt.Sprint(want) {
		t.Errorf("key frames are %v, want %v", keys, want)
	}
	// 150 frames of a mean 2,000,000/8/30 bytes: 149 and one four times as
	// large.
	other := 2_000_000. / 8 / 30 * 150 / 153
	for i, size := range sizes[:599] {
		want := other
		if i%150 == 0 {
			want *= 4
		}
		if math.Abs(float64(size)-want) > 1.01 {
			t.Fatalf("frame %d has %d bytes, want %v", i, size, want)
		}
	}
}

// TestLag: the encoder follows a step of its rate as a first-order lag does.
func TestLag(t *testing.T) {
	e := newEncoder(&Video{FPS: 100, KeyMs: 1e6, KeyRatio: 1, SizeDeviation: -1, RateError: -1, LagMs: 100, MinKbps: 50}, 0)
	e.encode(0, 1e6)
	for i := 1; i <= 30; i++ {
		bytes, _ := e.encode(time.Duration(i)*10*time.Millisecond, 2e6)
		want := (2e6 - 1e6*math.Exp(-float64(i)/10)) / 800
		if math.Abs(float64(bytes)-want) > 1.01 {
			t.Errorf("frame %d has %d bytes, want %v", i, bytes, want)
		}
	}
}

// TestKeyFrameSpacing: requests bring key frames, but not too close together.
func TestKeyFrameSpacing(t *testing.T) {
	e := newEncoder(&Video{FPS: 30, KeyMs: 5000, KeyRatio: 4, SizeDeviation: -1, RateError: -1, LagMs: 100, MinKbps: 50}, 0)
	interval := time.Second / 30
	last := time.Duration(-1)
	bytes := 0
	for i := range 3000 {
		now := time.Duration(i) * interval
		e.wanted = true
		n, key := e.encode(now, 1e6)
		bytes += n
		if key {
			if last >= 0 && (now-last < minKeyGap || now-last > minKeyGap+2*interval) {
				t.Fatalf("key frames at %v and %v", last, now)
			}
			last = now
		}
	}
	if got := float64(bytes) * 8 / 100; math.Abs(got/1e6-1) > 0.02 {
		t.Errorf("%v bits/s with key frames on request, want 1e6", got)
	}
}
