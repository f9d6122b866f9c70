package media

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// maxLateness is how much of a delay of its calls a pacer catches up with, for
// callers in real time. In simulated time there is none.
const maxLateness = 10 * time.Millisecond

// pacer lets packets out one by one, at no more than a rate: repeated ones
// first, then the frames in their order.
type pacer struct {
	frames  queue[pending]
	repeats queue[carried]
	bytes   int // that wait, headers included
	bps     float64
	next    time.Duration // when the next packet may leave
	media   int64         // the next media number
}

// pending is a frame that is not all sent.
type pending struct {
	captured     time.Duration
	payload      int
	number       int32
	index, count int32 // of the next packet
	key          bool
}

// carried is what a video packet carries.
type carried struct {
	media               int64
	captured            time.Duration
	frame, index, count int32
	bytes               int32
	repeats             int32
	key                 bool
}

func (p *pacer) clear() {
	p.frames.clear()
	p.repeats.clear()
	*p = pacer{frames: p.frames, repeats: p.repeats}
}

// setRate changes the rate; what is left of the current packet's time is
// stretched accordingly.
func (p *pacer) setRate(now time.Duration, bps float64) {
	if wait := p.next - now; wait > 0 {
		p.next = now + time.Duration(float64(wait)*(p.bps/bps))
	}
	p.bps = bps
}

// addFrame queues a frame of a number of bytes on the wire, as packets of even
// size.
func (p *pacer) addFrame(f pending, bytes, maxPayload int) {
	count := (bytes + maxPayload + HeaderBytes - 1) / (maxPayload + HeaderBytes)
	f.payload, f.count = bytes-count*HeaderBytes, int32(count)
	p.wake(f.captured, bytes)
	p.frames.push(f)
}

// repeat queues a packet for another time.
func (p *pacer) repeat(now time.Duration, c carried) {
	p.wake(now, int(c.bytes))
	p.repeats.push(c)
}

// wake counts what is added; time that passed while nothing waited is not made
// up for.
func (p *pacer) wake(now time.Duration, bytes int) {
	if p.bytes == 0 {
		p.next = max(p.next, now)
	}
	p.bytes += bytes
}

// take removes the packet that is next. There is one.
func (p *pacer) take() (c carried, kind feedback.Kind) {
	if p.repeats.n > 0 {
		c, kind = *p.repeats.at(0), feedback.Retransmission
		p.repeats.drop(1)
	} else {
		f := p.frames.at(0)
		bytes := f.payload / int(f.count)
		if int(f.index) < f.payload%int(f.count) {
			bytes++
		}
		c = carried{
			media: p.media, captured: f.captured, frame: f.number, index: f.index, count: f.count,
			bytes: int32(bytes) + HeaderBytes, key: f.key,
		}
		p.media++
		if f.index++; f.index == f.count {
			p.frames.drop(1)
		}
	}
	p.bytes -= int(c.bytes)
	return c, kind
}

// left accounts for a packet that leaves at the pacer's rate.
func (p *pacer) left(now time.Duration, bytes int32) {
	p.next = max(p.next, now-maxLateness) + airtime(float64(bytes), p.bps)
}

// delay is how long it takes until all that waits has left.
func (p *pacer) delay() time.Duration { return airtime(float64(p.bytes), p.bps) }

// airtime is how long bytes take at a rate.
func airtime(bytes, bps float64) time.Duration { return time.Duration(bytes * 8e9 / bps) }
