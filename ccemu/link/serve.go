package link

import (
	"math"
	"time"

	"trailblazer/ccemu/schedule"
)

// server is the part of a bottleneck behind the queue. Work is counted in
// bit-nanoseconds: a packet of n bytes is n·8·10⁹, and a rate of r bits/s does
// r of it in a nanosecond. That keeps departures exact, whatever the rate.
type server interface {
	// serve says when a packet that begins to be served now will have left, or
	// schedule.Never. Calls come in the order of time, none before the packet
	// before has left. One that has waited for that takes what is left of the
	// work of this very nanosecond; one that comes now does not.
	serve(now time.Duration, bytes int32, waited bool) time.Duration
}

const workPerByte = 8 * int64(time.Second)

// forever is beyond the end of every session. What takes longer never happens.
const forever = 2 * schedule.MaxMs * time.Millisecond

// instant serves at once: there is no bottleneck.
type instant struct{}

func (instant) serve(now time.Duration, _ int32, _ bool) time.Duration { return now }

// Serializer serves one packet after the other at a rate that changes over
// time. A packet in service when the rate changes goes on at the new one; a
// rate of 0 makes it wait.
type Serializer struct {
	rate schedule.Cursor // bits/s, whole numbers
	// end is when the last packet left, and spare what could have been done
	// beyond it in the nanosecond that had begun.
	end   time.Duration
	spare int64
}

// NewSerializer makes one that serves at a rate in bits/s.
func NewSerializer(bps *schedule.Steps) Serializer {
	return Serializer{rate: schedule.Cursor{Steps: bps}, end: -1}
}

// Serve says when a packet that begins to be served now will have left, or
// schedule.Never. Calls come in the order of time.
func (s *Serializer) Serve(now time.Duration, bytes int32) time.Duration {
	return s.serve(now, bytes, true)
}

func (s *Serializer) serve(now time.Duration, bytes int32, waited bool) time.Duration {
	work := int64(bytes) * workPerByte
	if waited && now == s.end {
		work = max(work-s.spare, 0)
	}
	for now < forever {
		value, until := s.rate.Seek(now)
		rate := int64(value)
		if rate > 0 {
			need := (work + rate - 1) / rate
			if need <= int64(until-now) {
				s.end, s.spare = now+time.Duration(need), need*rate-work
				return s.end
			}
			work -= rate * int64(until-now)
		}
		now = until
	}
	return schedule.Never
}

// bucket is a token bucket: what it has tokens for leaves at once. For a packet
// larger than the bucket it gathers as many as that takes.
type bucket struct {
	rate   schedule.Cursor // bits/s, whole numbers
	depth  int64           // bit-nanoseconds, as tokens
	tokens int64
	at     time.Duration // of tokens
}

func newBucket(bps *schedule.Steps, burstBytes int) *bucket {
	depth := int64(burstBytes) * workPerByte
	return &bucket{rate: schedule.Cursor{Steps: bps}, depth: depth, tokens: depth}
}

// fill adds the tokens that have come until now.
func (b *bucket) fill(now time.Duration) {
	for b.at < now {
		value, until := b.rate.Seek(b.at)
		until = min(until, now)
		b.tokens = saturatingAdd(b.tokens, int64(value), int64(until-b.at), b.depth)
		b.at = until
	}
}

// saturatingAdd returns have+rate·span, at most limit.
func saturatingAdd(have, rate, span, limit int64) int64 {
	if rate > 0 && span > (limit-have)/rate {
		return limit
	}
	return have + rate*span
}

func (b *bucket) serve(now time.Duration, bytes int32, _ bool) time.Duration {
	b.fill(now)
	work := int64(bytes) * workPerByte
	for b.tokens < work {
		if b.at >= forever {
			return schedule.Never
		}
		value, until := b.rate.Seek(b.at)
		rate := int64(value)
		if rate > 0 {
			need := (work - b.tokens + rate - 1) / rate
			if need <= int64(until-b.at) {
				b.tokens += need * rate
				b.at += time.Duration(need)
				break
			}
			b.tokens += rate * int64(until-b.at)
		}
		b.at = until
	}
	b.tokens -= work
	return b.at
}

// take is a policer's question: whether a packet may pass.
func (b *bucket) take(now time.Duration, bytes int32) bool {
	b.fill(now)
	work := int64(bytes) * workPerByte
	if b.tokens < work {
		return false
	}
	b.tokens -= work
	return true
}

// opportunities serves as mm-link does: at each opportunity up to so many
// bytes of what has come before leave. What it could have carried beyond an
// empty queue is lost; a packet larger than what is left takes part of the next.
type opportunities struct {
	atMs   []int64
	period time.Duration
	bytes  int32
	index  int           // of the opportunity in use
	start  time.Duration // of its period
	left   int32         // bytes of it
	used   time.Duration // its time
}

func newOpportunities(atMs []int64, bytes int) *opportunities {
	return &opportunities{atMs: atMs, period: time.Duration(atMs[len(atMs)-1]) * time.Millisecond, bytes: int32(bytes), index: -1}
}

func (o *opportunities) serve(now time.Duration, bytes int32, waited bool) time.Duration {
	if !waited {
		o.left = 0
	}
	for bytes > o.left {
		bytes -= o.left
		if o.advance(now, waited); o.used > forever {
			return schedule.Never
		}
	}
	o.left -= bytes
	return o.used
}

// advance takes the next opportunity after now, or the next one now if the
// packet has waited for it.
func (o *opportunities) advance(now time.Duration, waited bool) {
	for {
		o.index++
		if o.index == len(o.atMs) {
			o.index, o.start = 0, o.start+o.period
			if now > o.start {
				o.start += (now - o.start) / o.period * o.period
			}
		}
		o.used = o.start + time.Duration(o.atMs[o.index])*time.Millisecond
		if o.used > now || waited && o.used == now {
			o.left = o.bytes
			return
		}
	}
}

// WholeBps compiles a rate in kbps to whole bits/s.
func WholeBps(kbps *schedule.Series) *schedule.Steps {
	rounded := *kbps
	rounded.Values = make([]float64, len(kbps.Values))
	for i, v := range kbps.Values {
		rounded.Values[i] = math.Round(v * 1000)
	}
	return rounded.Compile(1)
}
