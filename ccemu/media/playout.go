package media

import "time"

const (
	// maxPlayoutWait is after what time of the flow playback counts as begun
	// although no frame has come.
	maxPlayoutWait = time.Second
	// maxFrames is the most frames that wait; of more, the oldest are lost.
	maxFrames = 4096
)

// stallThresholds are what gaps count from, in each of Playback.Stalled.
var stallThresholds = [3]time.Duration{100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond}

// Playback is what a receiver has played since the start.
type Playback struct {
	// Played is for how long it has played, stalls included. Playback begins
	// with the first frame, or 1 s after the flow, whichever is first.
	Played time.Duration
	// Stalled is for how much longer than the time between frames it showed
	// nothing new, in stalls that were at least 100, 200 and 500 ms longer;
	// Stalls is the number of those. One that lasts is counted so far.
	Stalled [3]time.Duration
	Stalls  [3]int
	// Frames were shown. JitterBuffer is how long the last one was held back
	// after it was complete.
	Frames       int
	JitterBuffer time.Duration
	// Bytes that arrived, headers included, by the kind of their packets.
	VideoBytes, AudioBytes, RetransmissionBytes, ProbeBytes int64
}

// incoming is a frame of which something may have arrived.
type incoming struct {
	captured, complete time.Duration
	media              int64 // the number of its first packet
	count, got         int32 // count is 0 where nothing arrived
	key                bool
}

func (f *incoming) whole() bool { return f.count > 0 && f.got == f.count }

// playout puts frames together and shows them. Each depends on all since the
// last key frame, and is shown when it is due, when it is complete, or after
// the last of those, whichever is latest. Where that last one is not complete,
// a key frame that is takes its place when it is due.
//
// Its clock moves in advance, which has to be called before anything else
// happens.
type playout struct {
	start, interval time.Duration
	frames          queue[incoming] // those after the last that was shown
	first           int32           // the number of frames[0]
	broken          bool            // whether frames[0] has to be a key frame to be shown
	keyFrame        int32           // the first complete key frame; -1 for none

	hold     hold
	begun    bool
	beganAt  time.Duration
	shownAt  time.Duration // when the last frame was shown; beganAt if none was
	captured time.Duration // when that frame was
	media    int64         // the first number after it
	total    Playback      // until then
}

func (p *playout) begin(start, interval time.Duration) {
	p.frames.clear()
	*p = playout{start: start, interval: interval, frames: p.frames, broken: true, keyFrame: -1}
}

// add takes a packet of video that is new.
func (p *playout) add(now time.Duration, packet *Packet) {
	i := int(packet.Frame) - int(p.first)
	if i < 0 {
		return
	}
	if excess := i + 1 - maxFrames; excess > 0 {
		p.drop(excess)
		p.broken = true
		i -= excess
	}
	for p.frames.n <= i {
		p.frames.push(incoming{})
	}
	f := p.frames.at(i)
	f.captured, f.media, f.count, f.key = packet.Captured, packet.Media-int64(packet.Index), packet.Count, packet.Key
	if f.got++; f.whole() {
		f.complete = now
		p.hold.measure(now, now-f.captured)
		if f.key && (p.keyFrame < 0 || packet.Frame < p.keyFrame) {
			p.keyFrame = packet.Frame
		}
	}
}

// drop removes the first frames.
func (p *playout) drop(frames int) {
	p.frames.drop(min(frames, p.frames.n))
	p.first += int32(frames)
	if p.keyFrame < 0 || p.keyFrame >= p.first {
		return
	}
	p.keyFrame = -1
	for i := range p.frames.n {
		if f := p.frames.at(i); f.key && f.whole() {
			p.keyFrame = p.first + int32(i)
			return
		}
	}
}

// advance shows what is to be shown until a time.
func (p *playout) advance(now time.Duration) {
	for p.frames.n > 0 {
		i := 0
		if f := p.frames.at(0); !f.whole() || p.broken && !f.key {
			if p.keyFrame < 0 {
				return
			}
			i = int(p.keyFrame - p.first)
		}
		f := *p.frames.at(i)
		due := f.captured + p.hold.delay
		at := max(due, f.complete, p.shownAt)
		if at > now {
			return
		}
		p.drop(i + 1)
		p.show(&f, due, at)
	}
}

// show shows a frame.
func (p *playout) show(f *incoming, due, at time.Duration) {
	if !p.begun {
		p.begun, p.beganAt = true, min(at, p.start+maxPlayoutWait)
		p.shownAt, p.captured = p.beganAt, f.captured
	}
	p.total.gap(at - p.shownAt - p.interval)
	p.total.Frames++
	p.total.JitterBuffer = at - f.complete
	p.hold.follow(f.captured-p.captured, at-due)
	p.shownAt, p.captured, p.media, p.broken = at, f.captured, f.media+int64(f.count), false
}

// until returns what was played until a time, to which it has advanced.
func (p *playout) until(now time.Duration) Playback {
	t, began, shown := p.total, p.beganAt, p.shownAt
	if !p.begun {
		began = p.start + maxPlayoutWait
		shown = began
	}
	if now > began {
		t.Played = now - began
		t.gap(now - shown - p.interval)
	}
	return t
}

// gap counts for how much longer than it should nothing new was shown.
func (t *Playback) gap(excess time.Duration) {
	for i, threshold := range stallThresholds {
		if excess >= threshold {
			t.Stalled[i] += excess
			t.Stalls[i]++
		}
	}
}
