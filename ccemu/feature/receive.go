package feature

import (
	"math"
	"time"

	"trailblazer/ccemu/feedback"
)

// slopeSpan is the least span of arrivals that has a slope.
const slopeSpan = 10 * time.Millisecond

// measureArrivals measures what has to do with packets that arrived.
func (t *Tracker) measureArrivals() {
	l, p := &t.arrivals, &t.path
	n, inS, inM := l.packets.len(), l.after(windowS), l.after(windowM)
	t.measureRates(inS, inM)
	t.set(recvPacketsS, float64(n-inS))
	if p.count > 1 {
		t.set(rfc3550Jitter, p.jitter)
	}
	if trend, known := p.trend.value(); known {
		t.set(gccTrend, trend)
	}
	if n > 0 {
		t.measureL()
	}
	if n > inM {
		t.measureM(inM)
	}
	if n > inS {
		t.measureS(inS)
	}
}

// measureRates measures rates over the windows that begin at the given places.
func (t *Tracker) measureRates(inS, inM int) {
	l, p := &t.arrivals, &t.path
	age := l.until - p.start // of no account before anything arrives
	rateS, rateM := bps(l.bytesFrom(inS), windowS, age), bps(l.bytesFrom(inM), windowM, age)
	p.rates.add(l.until, -rateS)
	p.rates.forget(l.until - window2s)
	t.set(recvRateS, rateS/1000)
	t.set(recvRateM, rateM/1000)
	t.set(recvRateL, bps(l.bytesFrom(0), windowL, age)/1000)
	t.set(recvMax2s, -p.rates.value()/1000)
	if t.sentBpsM > 0 {
		t.set(recvSendRatioM, rateM/t.sentBpsM)
	}
}

// meanDelay is the mean one-way delay of the packets from a place on, in ms.
func (t *Tracker) meanDelay(from int) float64 {
	return ms(t.arrivals.delaysFrom(from)) / float64(t.arrivals.packets.len()-from)
}

// setQueue sets a queue delay from a one-way delay in ms.
func (t *Tracker) setQueue(feature int, delay float64) {
	if t.path.least.len() > 0 {
		t.set(feature, max(delay-ms(t.path.least.value()), 0))
	}
}

func (t *Tracker) measureS(from int) {
	l := &t.arrivals
	n := l.packets.len()
	largest := l.packets.at(from).delay
	var gaps, changes, longest time.Duration
	followers := 0
	for i := from; i < n; i++ {
		a := l.packets.at(i)
		largest = max(largest, a.delay)
		if a.follows {
			followers++
			gaps += a.gap
			longest = max(longest, a.gap)
			changes += a.change
		}
	}
	mean := t.meanDelay(from)
	t.set(owdMeanS, mean)
	t.set(owdMaxS, ms(largest))
	t.setQueue(qdMeanS, mean)
	t.setQueue(qdMaxS, ms(largest))
	t.set(meanSizeS, float64(l.bytesFrom(from))/float64(n-from))
	if followers > 0 {
		t.set(iaMeanS, ms(gaps)/float64(followers))
		t.set(iaMaxS, ms(longest))
		t.set(delayChangeMeanS, ms(changes)/float64(followers))
	}
}

func (t *Tracker) measureM(from int) {
	l := &t.arrivals
	n := l.packets.len()
	first := l.packets.at(from)
	late, audio := 0, 0
	var x, y float64 // sums of arrival and delay, in ms since the first's
	gaps, followers := time.Duration(0), 0
	t.scratch = t.scratch[:0]
	for i := from; i < n; i++ {
		a := l.packets.at(i)
		if a.sequence < a.highest {
			late++
		}
		if a.kind == feedback.Audio {
			audio++
		}
		x += ms(a.at - first.at)
		y += ms(a.delay - first.delay)
		if a.follows {
			gaps += a.gap
			followers++
		}
		t.scratch = append(t.scratch, a.delay)
	}
	count := float64(n - from)
	t.set(reorderM, float64(late)/count)
	t.set(audioM, float64(audio)/count)
	t.setQueue(qdMeanM, t.meanDelay(from))

	x, y = x/count, y/count
	gap := ms(gaps) / float64(max(followers, 1))
	var xx, xy, spread float64 // sums of squared deviations
	for i := from; i < n; i++ {
		a := l.packets.at(i)
		dx := ms(a.at-first.at) - x
		xx += float64(dx * dx)
		xy += float64(dx * (ms(a.delay-first.delay) - y))
		if a.follows {
			spread += float64((ms(a.gap) - gap) * (ms(a.gap) - gap))
		}
	}
	if l.packets.back().at-first.at >= slopeSpan {
		t.set(owdSlopeM, 1000*xy/xx)
	}
	if followers > 1 {
		t.set(iaStdM, math.Sqrt(spread/float64(followers)))
	}
	t.set(owdP95M, ms(ninetyFifth(t.scratch)))
}

func (t *Tracker) measureL() {
	l := &t.arrivals
	n := l.packets.len()
	least := l.packets.front().delay
	frame := int32(-1)
	var last, complete time.Duration // last arrival of a frame, and of the one before
	frames := 0
	t.scratch = t.scratch[:0]
	for i := range n {
		a := l.packets.at(i)
		least = min(least, a.delay)
		if a.kind != feedback.Video || a.frame < frame {
			continue
		}
		if a.frame > frame {
			if frames > 1 {
				t.scratch = append(t.scratch, last-complete)
			}
			frames++
			frame, complete = a.frame, last
		}
		last = a.at
	}
	t.set(owdMinL, ms(least))
	t.setQueue(qdMeanL, t.meanDelay(0))
	if len(t.scratch) > 1 {
		t.set(frameArrivalStdL, deviation(t.scratch))
	}
}

// deviation is the standard deviation of times, in ms.
func deviation(times []time.Duration) float64 {
	sum := time.Duration(0)
	for _, d := range times {
		sum += d
	}
	mean := ms(sum) / float64(len(times))
	squares := 0.0
	for _, d := range times {
		squares += float64((ms(d) - mean) * (ms(d) - mean))
	}
	return math.Sqrt(squares / float64(len(times)))
}
