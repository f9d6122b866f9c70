package naive

import (
	"math/big"
	"sort"
	"time"
)

// Packet comes to the queue. Packets are in the order of their times; what
// leaves at a time has left before the packet that comes then.
type Packet struct {
	At    time.Duration
	Bytes int64
}

// Outcome says when a packet has left the bottleneck, or that and when it was
// dropped.
type Outcome struct {
	Dropped bool
	At      time.Duration
	// short says that it had to wait for tokens.
	short bool
}

// Never is when a packet leaves that has not left after a year.
const (
	Never = time.Duration(1<<63 - 1)
	year  = 365 * 24 * time.Hour
)

// Limit is what may wait, the packet in service included; 0 for no limit.
type Limit struct{ Packets, Bytes int64 }

// fits reports whether the last of the packets fits into the queue, given what
// has become of those before it.
func (l Limit) fits(packets []Packet, outcomes []Outcome) bool {
	last := packets[len(packets)-1]
	count, bytes := int64(1), last.Bytes
	for i, o := range outcomes {
		if o.At > last.At {
			count++
			bytes += packets[i].Bytes
		}
	}
	return (l.Packets == 0 || count <= l.Packets) && (l.Bytes == 0 || bytes <= l.Bytes)
}

// Rate is Bps[i] bits/s from At[i] on, which begins with 0; with a period, all
// begins anew then.
type Rate struct {
	At     []time.Duration
	Bps    []int64
	Period time.Duration
}

// Work is what can be done until a time, in bit-nanoseconds: bits times 10⁹.
func (r Rate) Work(until time.Duration) *big.Int {
	sum := new(big.Int)
	if r.Period > 0 {
		whole := until / r.Period
		once := Rate{At: r.At, Bps: r.Bps}
		sum.Mul(big.NewInt(int64(whole)), once.Work(r.Period))
		until -= whole * r.Period
	}
	for i, begin := range r.At {
		end := until
		if i+1 < len(r.At) {
			end = min(end, r.At[i+1])
		}
		if begin < end {
			sum.Add(sum, new(big.Int).Mul(big.NewInt(r.Bps[i]), big.NewInt(int64(end-begin))))
		}
	}
	return sum
}

// when is the first time from which on so much work can have been done since
// the beginning.
func (r Rate) when(work *big.Int, from time.Duration) time.Duration {
	n := sort.Search(int(year-from), func(n int) bool { return r.Work(from+time.Duration(n)).Cmp(work) >= 0 })
	if from+time.Duration(n) >= year {
		return Never
	}
	return from + time.Duration(n)
}

// work is that of a packet.
func work(bytes int64) *big.Int {
	return new(big.Int).Mul(big.NewInt(8*bytes), big.NewInt(int64(time.Second)))
}

// FIFO serves packets one after the other. A packet leaves when the link can
// have done the work of all packets since it was last idle.
func FIFO(r Rate, limit Limit, packets []Packet) []Outcome {
	var outcomes []Outcome
	since, due := new(big.Int), new(big.Int) // work when the link was last idle, and after all that came since
	for i, p := range packets {
		if !limit.fits(packets[:i+1], outcomes) {
			outcomes = append(outcomes, Outcome{Dropped: true, At: p.At})
			continue
		}
		if now := r.Work(p.At); now.Cmp(due) >= 0 {
			since.Set(now)
			due.Set(since)
		}
		due.Add(due, work(p.Bytes))
		outcomes = append(outcomes, Outcome{At: r.when(due, p.At)})
	}
	return outcomes
}
