package naive

import "time"

// Mahimahi lets packets leave at opportunities, given in milliseconds, the last
// of which is also the period: each carries a number of bytes of the packets
// that came before it.
func Mahimahi(atMs []int64, bytes int64, limit Limit, packets []Packet) []Outcome {
	period := atMs[len(atMs)-1]
	// All opportunities up to a time, in order.
	var times []time.Duration
	opportunity := func(i int) time.Duration {
		for len(times) <= i {
			n := len(times)
			ms := int64(n/len(atMs))*period + atMs[n%len(atMs)]
			times = append(times, time.Duration(ms)*time.Millisecond)
		}
		return times[i]
	}
	var outcomes []Outcome
	next, left := 0, int64(0) // the opportunity to use next, and what is left of the one before it
	last := time.Duration(0)
	for i, p := range packets {
		if !limit.fits(packets[:i+1], outcomes) {
			outcomes = append(outcomes, Outcome{Dropped: true, At: p.At})
			continue
		}
		if last <= p.At {
			// The queue was empty: what was left is wasted, and so is every
			// opportunity until now.
			left = 0
			for opportunity(next) <= p.At {
				next++
			}
		}
		need := p.Bytes
		for need > left {
			need -= left
			left = bytes
			last = opportunity(next)
			next++
		}
		left -= need
		outcomes = append(outcomes, Outcome{At: last})
	}
	return outcomes
}
