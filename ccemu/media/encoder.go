package media

import (
	"math"
	"time"

	"trailblazer/internal/draw"
)

const (
	// minKeyGap is the least time from any key frame to one on request, and
	// between requests. A request that comes earlier waits. (libwebrtc takes no
	// more than one in 300 ms.)
	minKeyGap = 300 * time.Millisecond
	// minFrameBytes is the size of the smallest frame on the wire.
	minFrameBytes = HeaderBytes + 10
)

// The streams of random numbers that are drawn from a flow's seed.
const (
	sizeStream = iota
	errorStream
)

// encoder decides how large frames are. Its mean rate is what it is told:
// what key frames take more is saved on the others. To that end it keeps an
// account of how much it is ahead of frames of even size (debt), whose normal
// course is a rise with a key frame and a straight fall until the next; what
// exceeds that, by key frames on request, it pays off within about a second.
type encoder struct {
	fps      float64
	gain     float64 // of the lag, for a frame
	minBps   float64
	keyRatio float64
	keyEvery int     // frames from one key frame to the next
	share    float64 // of the mean size that frames other than key frames have
	err      float64 // the largest relative error
	sizes    lognormal
	errors   draw.Draws
	perS     int // frames in a second

	frames   int     // since the start, skipped ones too
	rate     float64 // that it has reached, bits/s
	factor   float64 // the current error
	sinceKey int     // frames since the last key frame, with it
	keyAt    time.Duration
	wanted   bool    // whether a key frame was asked for
	debt     float64 // in frames of mean size
	carry    float64 // bytes that rounding left over
}

func newEncoder(v *Video, seed uint64) encoder {
	e := encoder{
		fps:      v.FPS,
		gain:     1 - exp(-1000/(v.FPS*v.LagMs)),
		minBps:   v.MinKbps * 1000,
		keyRatio: v.KeyRatio,
		keyEvery: max(1, int(math.Round(v.KeyMs*v.FPS/1000))),
		err:      max(0, v.RateError),
		sizes:    newLognormal(v.SizeDeviation, draw.New(seed, sizeStream)),
		errors:   draw.New(seed, errorStream),
		perS:     max(1, int(math.Round(v.FPS))),
	}
	e.share = float64(e.keyEvery) / (float64(e.keyEvery-1) + e.keyRatio)
	return e
}

// encode returns the size of the frame of this moment on the wire, while the
// encoder may use bps.
func (e *encoder) encode(now time.Duration, bps float64) (bytes int, key bool) {
	e.follow(bps)
	key = e.frames == 0 || e.sinceKey >= e.keyEvery || e.wanted && now-e.keyAt >= minKeyGap
	if key {
		e.sinceKey, e.keyAt, e.wanted = 0, now, false
	}
	share := max(e.share/4, e.share-(e.debt-e.planned())/float64(e.perS))
	if key {
		share *= e.keyRatio
	}
	e.debt += share - 1
	e.sinceKey++
	e.frames++

	mean := e.rate / 8 / e.fps
	size := float64(mean*share*e.factor*e.sizes.next()) + e.carry
	bytes = max(minFrameBytes, int(size))
	e.carry = max(size-float64(bytes), -mean)
	return bytes, key
}

// skip lets the frame of this moment out. What it would have taken is not
// made up for later.
func (e *encoder) skip(bps float64) {
	e.follow(bps)
	e.sinceKey++
	e.frames++
	e.debt = max(e.debt-1, e.planned())
}

// follow moves the rate to a new one, by a frame.
func (e *encoder) follow(bps float64) {
	goal := max(bps, e.minBps)
	if e.frames == 0 {
		e.rate = goal
	}
	e.rate += float64(e.gain * (goal - e.rate))
	if e.frames%e.perS == 0 {
		e.factor = e.errors.Between(1-e.err, 1+e.err)
	}
}

// planned is the debt in the normal course of things.
func (e *encoder) planned() float64 {
	if e.sinceKey == 0 || e.sinceKey >= e.keyEvery {
		return 0
	}
	return float64(float64(e.keyEvery-e.sinceKey) * (1 - e.share))
}
