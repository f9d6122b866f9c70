package nada

import (
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/draw"
)

// intervals is how many loss intervals count, weighted as RFC 5348 (TFRC),
// section 5.4, does.
const intervals = 8

var weights = [intervals]float64{1, 1, 1, 1, 0.8, 0.6, 0.4, 0.2}

// losses has the smoothed loss ratio and the intervals between loss events.
type losses struct {
	all, lost measure.Meter // packets of LOGWIN
	ratio     float64       // p_loss
	// lengths of the intervals between loss events in packets, first the one
	// under way; known of them have begun with an event.
	lengths [intervals + 1]float64
	known   int
	// event is when the packet was sent that began the last loss event.
	event time.Duration
}

func newLosses() losses {
	return losses{all: measure.NewMeter(logwin), lost: measure.NewMeter(logwin)}
}

func (l *losses) reset() {
	l.all.Reset()
	l.lost.Reset()
	*l = losses{all: l.all, lost: l.lost}
}

// add takes a result. Losses of packets sent within a round trip are one loss
// event (RFC 5348, section 5.2).
func (l *losses) add(now time.Duration, p *feedback.Result, news measure.News, rtt time.Duration) {
	switch news {
	case measure.Nothing:
		return
	case measure.Late:
		l.lost.Add(now, -1)
		return
	case measure.Lost:
		l.lost.Add(now, 1)
		if l.known == 0 || p.At > l.event+rtt {
			l.event = p.At
			copy(l.lengths[1:], l.lengths[:])
			l.lengths[0] = 0
			l.known = min(l.known+1, len(l.lengths))
		}
	}
	l.all.Add(now, 1)
	l.lengths[0]++
}

// recent is the number of packets that were lost within LOGWIN.
func (l *losses) recent(now time.Duration) int64 { return max(l.lost.Sum(now), 0) }

// smooth takes the loss ratio of LOGWIN into the smoothed one, gapMs after the
// last time: ALPHA is for reports that come every DELTA.
func (l *losses) smooth(now time.Duration, gapMs float64) {
	if all := l.all.Sum(now); all > 0 {
		ratio := min(float64(l.recent(now))/float64(all), 1)
		weight := 1 - draw.Exp(gapMs/delta*draw.Log(1-alpha))
		l.ratio += float64(weight * (ratio - l.ratio))
	}
}

// average is the weighted average of the loss intervals, loss_int. The one
// that is under way does not count: with it, as RFC 5348 would have it, seven
// averages could never pass.
func (l *losses) average() float64 {
	var sum, weight float64
	for i := range l.known - 1 {
		sum += float64(weights[i] * l.lengths[i+1])
		weight += weights[i]
	}
	return max(sum/weight, 1)
}

// expired says how much of the warping is over, from 0 to 1: it takes
// MULTILOSS average loss intervals without a loss, and one more to fade. One
// loss event alone is not enough for an interval.
func (l *losses) expired() float64 {
	if l.known < 2 {
		return 1
	}
	average := l.average()
	return min(max(l.lengths[0]-multiloss*average, 0)/average, 1)
}

// forget ends the warping. It is called when neither loss nor delay has been
// seen for LOGWIN: nobody else keeps the queue full, so that the losses were
// this flow's own, or random.
func (l *losses) forget() { l.known = 0 }
