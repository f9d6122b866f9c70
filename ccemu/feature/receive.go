package feature

import (
	"cmp"
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
	rateS, rateM := bps(l.from(inS).bytes, windowS, age), bps(l.from(inM).bytes, windowM, age)
	p.rates.add(l.until, -rateS)
	p.rates.forget(l.until - window2s)
	t.set(recvRateS, rateS/1000)
	t.set(recvRateM, rateM/1000)
	t.set(recvRateL, bps(l.from(0).bytes, windowL, age)/1000)
	t.set(recvMax2s, -p.rates.value()/1000)
	if t.sentBpsM > 0 {
		t.set(recvSendRatioM, rateM/t.sentBpsM)
	}
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
	followers, last := 0, l.previous(from)
	for i := from; i < n; i++ {
		a := &l.packets.at(i).arrival
		largest = max(largest, a.delay)
		if last != nil {
			gap := a.at - last.at
			gaps += gap
			longest = max(longest, gap)
			changes += max(a.delay-last.delay, last.delay-a.delay)
			followers++
		}
		last = a
	}
	sum := l.from(from)
	mean := ms(sum.delay) / float64(n-from)
	t.set(owdMeanS, mean)
	t.set(owdMaxS, ms(largest))
	t.setQueue(qdMeanS, mean)
	t.setQueue(qdMaxS, ms(largest))
	t.set(meanSizeS, float64(sum.bytes)/float64(n-from))
	if followers > 0 {
		t.set(iaMeanS, ms(gaps)/float64(followers))
		t.set(iaMaxS, ms(longest))
		t.set(delayChangeMeanS, ms(changes)/float64(followers))
	}
}

func (t *Tracker) measureM(from int) {
	l := &t.arrivals
	n := l.packets.len()
	count := n - from
	first, newest, sum := &l.packets.at(from).arrival, l.packets.back(), l.from(from)
	t.set(reorderM, float64(sum.late)/float64(count))
	t.set(audioM, float64(sum.audio)/float64(count))
	t.setQueue(qdMeanM, ms(sum.delay)/float64(count))

	// Means, from the first on, and sums of squared deviations from them, all in
	// nanoseconds.
	at := float64(sum.at-time.Duration(count)*first.at) / float64(count)
	delay := float64(sum.delay-time.Duration(count)*first.delay) / float64(count)
	followers, last := count, l.previous(from)
	if last == nil {
		followers = count - 1
	}
	gap := float64(newest.at-cmp.Or(last, first).at) / float64(max(followers, 1))
	var slope, spread, gaps float64
	t.largest.reset(count - ninetyFifth(count) + 1)
	for i := from; i < n; i++ {
		a := &l.packets.at(i).arrival
		x := float64(a.at-first.at) - at
		spread += float64(x * x)
		slope += float64(x * (float64(a.delay-first.delay) - delay))
		if last != nil {
			between := float64(a.at-last.at) - gap
			gaps += float64(between * between)
		}
		last = a
		t.largest.add(a.delay)
	}
	if newest.at-first.at >= slopeSpan {
		t.set(owdSlopeM, 1000*slope/spread)
	}
	if followers > 1 {
		t.set(iaStdM, math.Sqrt(gaps/float64(followers))/1e6)
	}
	t.set(owdP95M, ms(t.largest.least()))
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
	t.setQueue(qdMeanL, ms(l.from(0).delay)/float64(n))
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
