package feature

import (
	"time"

	"trailblazer/ccemu/feedback"
)

// Observe writes the features at a moment, as they are shown, to the first
// [Count] elements of out; present[i] is 1 where out[i] was measured, and 0
// where it is carried forward. Moments must not come before the last packet,
// report or observation.
func (t *Tracker) Observe(s *feedback.Sender, out []float32, present []int8) {
	t.Raw(s, t.observed[:], present)
	out = out[:Count]
	for i := range out {
		out[i] = table[i].Show(t.observed[i])
	}
}

// Raw is Observe with the values that were measured, in their units.
func (t *Tracker) Raw(s *feedback.Sender, out []float64, present []int8) {
	t.request.observe(s)
	copy(out[:Count], t.values[:])
	for i := range present[:Count] {
		present[i] = 0
		if t.measured[i] && s.Now-t.reportAt < staleAfter(table[i].Window) {
			present[i] = 1
		}
	}
	t.observeAges(s.Now, out, present)
	t.observeSender(s, out, present)
	t.observeRates(s, out, present)
}

// staleAfter is for how long a report tells of a window.
func staleAfter(window time.Duration) time.Duration {
	if window == 0 {
		return windowM
	}
	return window
}

// observeAges measures how long ago reports told of something.
func (t *Tracker) observeAges(now time.Duration, out []float64, present []int8) {
	out[timeSinceLoss] = maxAgeMs
	if at, lost := t.loss.last(); lost {
		out[timeSinceLoss] = min(ms(now-at), maxAgeMs)
	}
	if t.path.begun {
		out[qdLowAge], present[qdLowAge] = min(ms(now-t.path.shortAt), maxAgeMs), 1
	}
	if t.reported {
		present[timeSinceLoss] = 1
	}
}

// observeSender measures what the sender did.
func (t *Tracker) observeSender(s *feedback.Sender, out []float64, present []int8) {
	l := &t.sent
	inS, inM, inH := l.after(s.Now-windowS), l.after(s.Now-windowM), l.after(s.Now-windowH)
	age := s.Now - l.first // of no account before anything is sent
	out[sendRateS] = bps(l.bytesFrom(inS), windowS, age) / 1000
	out[sendRateM] = bps(l.bytesFrom(inM), windowM, age) / 1000
	out[pacerQueue] = ms(max(s.PacerDelay, 0))
	out[inflight] = float64(l.bytesFrom(max(inH, l.reported+1)))
	out[sentPacketsS] = float64(l.next() - inS)
	out[lastActionAge] = ms(max(s.Now-s.TargetAt, 0))
	for _, i := range [...]int{sendRateS, sendRateM, pacerQueue, inflight, sentPacketsS, lastActionAge} {
		present[i] = 1
	}
	out[appLimitedM] = t.limitedM
	if inM < l.next() {
		out[appLimitedM], present[appLimitedM] = l.limitedShare(inM), 1
	}
}

// observeRates takes what was decided and what the application wants.
func (t *Tracker) observeRates(s *feedback.Sender, out []float64, present []int8) {
	target, request := rate(s.TargetBps)/1000, rate(s.RequestBps)/1000
	out[targetPrev], out[requestRate], out[requestChangeM] = target, request, t.request.change()/1000
	present[targetPrev], present[requestRate], present[requestChangeM] = 1, 1, 1
	if request > 0 {
		t.values[targetRequestRatio] = target / request
		out[targetRequestRatio], present[targetRequestRatio] = target/request, 1
	}
}
