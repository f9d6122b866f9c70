package ccemu_test

import (
	"crypto/sha256"
	"encoding/binary"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

const (
	ms   = time.Millisecond
	tick = 100 * ms
)

// journal writes down all that a flow's sender sees, and reacts to it.
type journal struct {
	log     []byte
	tracker feature.Tracker
	sent    link.Count
	last    time.Duration // of the calls
	t       testing.TB

	target             float64
	results, missing   int
	trips, fewest, sum float64
}

func (j *journal) number(values ...int64) {
	for _, v := range values {
		j.log = binary.LittleEndian.AppendUint64(j.log, uint64(v))
	}
}

func (j *journal) pass(at time.Duration) {
	if at < j.last {
		j.t.Errorf("a call of %v comes after one of %v", at, j.last)
	}
	j.last = at
}

func (j *journal) OnSent(p *feedback.Sent) {
	j.pass(p.At)
	j.sent.Add(p.SizeBytes)
	j.packet(p)
	j.tracker.OnSent(p)
}

func (j *journal) packet(p *feedback.Sent) {
	limited := int64(0)
	if p.AppLimited {
		limited = 1
	}
	j.number(p.Sequence, int64(p.At), int64(p.SizeBytes), int64(p.Frame), int64(p.Cluster), int64(p.Kind), limited)
}

func (j *journal) OnReport(r *feedback.Report) {
	j.pass(r.At)
	j.number(int64(r.At), int64(r.Departure), int64(r.JitterBuffer), int64(r.Stalled), int64(len(r.Results)))
	for i := range r.Results {
		p := &r.Results[i]
		j.packet(&p.Sent)
		j.number(int64(p.Arrival))
		j.results++
		if !p.Received {
			j.missing++
			continue
		}
		trip := r.RTT(p).Seconds()
		j.sum += trip
		j.trips++
		if j.fewest == 0 || trip < j.fewest {
			j.fewest = trip
		}
	}
	j.tracker.OnReport(r)
}

// decide is a simple controller: less on loss or delay, else more, and a probe
// now and then.
func (j *journal) decide(s *feedback.Sender) feedback.Decision {
	switch {
	case j.target == 0:
		j.target = 500_000
	case 10*j.missing > j.results:
		j.target *= 0.8
	case j.sum > 1.3*j.fewest*j.trips:
		j.target *= 0.95
	default:
		j.target *= 1.1
	}
	j.target = min(max(j.target, 30_000), 20e6)
	j.results, j.missing, j.trips, j.sum = 0, 0, 0, 0
	d := feedback.Decision{TargetBps: j.target}
	if s.Now/tick%17 == 5 {
		d.ProbeBps = 2 * j.target
	}
	return d
}

// observe writes down the features and the sender's state.
func (j *journal) observe(s *feedback.Sender) {
	var values [feature.Count]float32
	var present [feature.Count]int8
	j.tracker.Observe(s, values[:], present[:])
	for i, v := range values {
		j.number(int64(math.Float32bits(v)), int64(present[i]))
	}
	j.number(int64(math.Float64bits(s.RequestBps)), int64(math.Float64bits(s.TargetBps)), int64(s.PacerBytes), int64(s.PacerDelay))
}

// run plays a session with a journal for each flow, up to a time, and calls
// each, which may be nil, every 100 ms.
func run(t testing.TB, e *ccemu.Emulator, session *ccemu.Session, seed uint64, until time.Duration, each func(now time.Duration, journals []*journal)) []*journal {
	t.Helper()
	if err := session.Validate(); err != nil {
		t.Fatal(err)
	}
	e.Start(session, seed)
	journals := make([]*journal, e.Flows())
	for i := range journals {
		journals[i] = &journal{t: t}
		e.Listen(i, journals[i])
	}
	var s feedback.Sender
	for now := time.Duration(0); now <= until; now += tick {
		e.Advance(now)
		if e.Now() != now {
			t.Fatalf("Now() = %v at %v", e.Now(), now)
		}
		for i, j := range journals {
			e.State(i, &s)
			j.observe(&s)
			e.Apply(i, j.decide(&s))
		}
		if each != nil {
			each(now, journals)
		}
	}
	return journals
}

func digest(journals []*journal) [sha256.Size]byte {
	h := sha256.New()
	for _, j := range journals {
		h.Write(j.log)
	}
	return [sha256.Size]byte(h.Sum(nil))
}

func fifo(kbps, delayMs float64) link.Path {
	return link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(kbps)}, DelayMs: schedule.Constant(delayMs)}
}

// silent is a flow that never begins.
var silent = media.Flow{StartMs: schedule.MaxMs}

// steady is a flow whose frames are all alike, without audio.
var steady = media.Flow{
	RequestKbps: schedule.Constant(1e6), Audio: media.Audio{RateKbps: -1}, Retries: -1,
	Video: media.Video{KeyRatio: 1, SizeDeviation: -1, RateError: -1, LagMs: 1},
}

// varied are sessions that have everything between them.
func varied() map[string]ccemu.Session {
	steps := schedule.Series{AtMs: []float64{0, 2000, 3500, 6000}, Values: []float64{2500, 600, 4000, 1200}}
	outages := schedule.Series{AtMs: []float64{0, 1500, 2300}, Values: []float64{1500, 0, 2000}, PeriodMs: 4000}
	tcp := []ccemu.Cross{
		{Kind: ccemu.TCPCubic, StartMs: 500}, {Kind: ccemu.TCPBBR, StartMs: 2500, StopMs: 7000, DelayMs: 15},
		{Kind: ccemu.TCPCubic, MeanBytes: 40_000, MeanGapMs: 700},
	}
	bursts := link.Loss{Share: schedule.Constant(0.03), BurstPackets: 3}
	return map[string]ccemu.Session{
		"default": {Forward: fifo(2000, 20), Reverse: link.Path{DelayMs: schedule.Constant(20)}},
		"nothing": {},
		"steps, CoDel, two flows": {
			Forward: link.Path{Bottleneck: link.Bottleneck{RateKbps: steps, Queue: link.Queue{Discipline: link.CoDel}}, DelayMs: schedule.Constant(30)},
			Flows:   []media.Flow{{}, {StartMs: 1000, ExtraDelayMs: 40}},
		},
		"outages, token bucket, loss both ways": {
			Forward: link.Path{Bottleneck: link.Bottleneck{Kind: link.TokenBucket, RateKbps: outages}, Loss: bursts, DelayMs: schedule.Constant(10)},
			Reverse: link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(200)}, Loss: bursts, Jitter: link.Jitter{DeviationMs: 10}},
		},
		"policer, reordering, unresponsive": {
			Forward: link.Path{
				Bottleneck: link.Bottleneck{Kind: link.Policer, RateKbps: steps, BurstBytes: 20_000},
				DelayMs:    schedule.Constant(25), Jitter: link.Jitter{DeviationMs: 6, Correlation: 0.5}, ReorderShare: 0.05,
			},
			Cross: []ccemu.Cross{{Kind: ccemu.Unresponsive, RateKbps: schedule.Series{AtMs: []float64{0, 500}, Values: []float64{0, 1500}, PeriodMs: 1000}}},
		},
		"mahimahi, TCP": {
			Forward: link.Path{Bottleneck: link.Bottleneck{Kind: link.Mahimahi, OpportunitiesMs: []int64{1, 4, 9, 9, 9, 16, 20}}, DelayMs: schedule.Constant(5)},
			Cross:   tcp,
		},
		"TCP, pareto": {
			Forward:  link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(5000)}, DelayMs: schedule.Constant(20), Jitter: link.Jitter{DeviationMs: 4, Shape: link.Pareto}},
			Flows:    []media.Flow{{}, {Audio: media.Audio{RateKbps: -1}}, {StartMs: 3000, Retries: 3}},
			Cross:    tcp,
			ReportMs: 100,
		},
	}
}

// draws makes a source of random numbers of its own.
func draws(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 0)) }
