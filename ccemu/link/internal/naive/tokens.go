package naive

import (
	"math/big"
	"time"
)

// tokens says what a token bucket that was full in the beginning holds at a
// time, after packets have taken theirs at the times of their outcomes: the
// least of what it would hold had it been full at any of these times, or now.
// It was not when a packet had to wait for tokens.
func tokens(r Rate, depth int64, packets []Packet, outcomes []Outcome, at time.Duration) *big.Int {
	full := work(depth)
	now := r.Work(at)
	least := new(big.Int).Set(full)
	taken := new(big.Int)
	consider := func(fullAt time.Duration) {
		level := new(big.Int).Sub(now, r.Work(fullAt))
		level.Add(level, full).Sub(level, taken)
		if level.Cmp(least) < 0 {
			least = level
		}
	}
	for i := len(outcomes) - 1; i >= 0; i-- {
		if !outcomes[i].Dropped {
			taken.Add(taken, work(packets[i].Bytes))
			if !outcomes[i].short {
				consider(outcomes[i].At)
			}
		}
	}
	consider(0)
	return least
}

// TokenBucket lets packets leave, one after the other, as soon as there are
// tokens for them. None may be larger than the bucket.
func TokenBucket(r Rate, depth int64, limit Limit, packets []Packet) []Outcome {
	var outcomes []Outcome
	last := time.Duration(0) // departure
	for i, p := range packets {
		if !limit.fits(packets[:i+1], outcomes) {
			outcomes = append(outcomes, Outcome{Dropped: true, At: p.At})
			continue
		}
		o := Outcome{At: max(p.At, last)}
		if o.At < Never {
			// What is missing now has to come at the rate.
			missing := new(big.Int).Sub(work(p.Bytes), tokens(r, depth, packets[:i], outcomes, o.At))
			if o.short = missing.Sign() > 0; o.short {
				o.At = r.when(missing.Add(missing, r.Work(o.At)), o.At)
			}
		}
		last = o.At
		outcomes = append(outcomes, o)
	}
	return outcomes
}

// Policer lets those packets pass at once for which a bucket has tokens.
func Policer(r Rate, depth int64, packets []Packet) []Outcome {
	var outcomes []Outcome
	for i, p := range packets {
		dropped := tokens(r, depth, packets[:i], outcomes, p.At).Cmp(work(p.Bytes)) < 0
		outcomes = append(outcomes, Outcome{Dropped: dropped, At: p.At})
	}
	return outcomes
}
