package control_test

import (
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/control/internal/measure"
	"trailblazer/ccemu/feedback"
)

// Controller is what is tested.
type Controller = feedback.Controller

// player makes calls of bytes: any sequence that the interface allows, however
// strange the path, and checks every decision.
type player struct {
	t    testing.TB
	name string
	c    Controller
	data []byte

	now       time.Duration
	sent      []feedback.Sent
	reported  int
	target    float64
	request   float64
	offset    time.Duration
	decisions []float64
}

// next takes a byte; 0 when there is none left.
func (p *player) next() int {
	if len(p.data) == 0 {
		return 0
	}
	b := p.data[0]
	p.data = p.data[1:]
	return int(b)
}

func (p *player) play() []float64 {
	p.target, p.request, p.offset = 300e3, 4e6, 20*time.Hour
	for len(p.data) > 0 {
		switch op := p.next(); op % 8 {
		case 0, 1, 2: // some packets, up to 255, together or apart
			n, apart := p.next(), time.Duration(p.next())*50*time.Microsecond
			size := int32(1 + 6*p.next())
			for range n {
				p.send(size, apart, op&8 > 0)
			}
		case 3: // all at once
			p.send(int32(40+p.next()), 0, true)
		case 4: // time passes, up to 6 s
			p.now += time.Duration(p.next()*p.next()) * 100 * time.Microsecond
		case 5, 6:
			p.report(op)
		case 7:
			p.request = []float64{0, 10e3, 64e3, 500e3, 1e6, 4e6, 1e9, measure.MostBps}[p.next()%8]
			fallthrough
		default:
			p.decide()
		}
		if op := p.next(); op < 128 {
			p.now += time.Duration(op) * time.Millisecond
			p.decide()
		}
	}
	return p.decisions
}

func (p *player) send(size int32, apart time.Duration, limited bool) {
	s := feedback.Sent{Sequence: int64(len(p.sent)), At: p.now, SizeBytes: size, Frame: int32(len(p.sent) / 4), AppLimited: limited}
	p.sent = append(p.sent, s)
	p.c.OnSent(&s)
	p.now += apart
}

// report tells of packets: the new ones, or old ones again; which of them have
// arrived, how late, and when the report left, in any order.
func (p *player) report(op int) {
	first, n, pattern, delay := p.reported, p.next(), p.next(), time.Duration(p.next())*time.Millisecond
	if op&16 > 0 {
		first = max(first-p.next(), 0)
	}
	n = min(n, len(p.sent)-first)
	if n <= 0 {
		return
	}
	r := feedback.Report{At: p.now}
	latest := time.Duration(0)
	for i, s := range p.sent[first : first+n] {
		x := feedback.Result{Sent: s}
		if pattern == 255 || pattern > 0 && i%(pattern%16+1) == 0 {
			x.Received = true
			// Not after the report, but maybe at once.
			x.Arrival = min(s.At+delay, p.now) + p.offset
			latest = max(latest, x.Arrival)
		}
		r.Results = append(r.Results, x)
	}
	r.Departure = max(latest, p.offset+p.now-delay)
	p.reported = max(p.reported, first+n)
	p.c.OnReport(&r)
}

func (p *player) decide() {
	d := p.c.Decide(&feedback.Sender{Now: p.now, RequestBps: p.request, TargetBps: p.target, PacerBytes: 1000, PacerDelay: time.Millisecond})
	if !(d.TargetBps >= measure.LeastBps && d.TargetBps <= measure.MostBps) || !(d.ProbeBps >= 0 && d.ProbeBps <= 10*measure.MostBps) {
		p.t.Fatalf("%s decides for %+v at %v", p.name, d, p.now)
	}
	p.target = d.TargetBps
	p.decisions = append(p.decisions, d.TargetBps)
}

// mix makes bytes that look random, of a seed.
func mix(seed uint64, n int) []byte {
	data := make([]byte, n)
	for i := range data {
		seed = seed*6364136223846793005 + 1442695040888963407
		data[i] = byte(seed >> 56)
	}
	return data
}

// FuzzDecisions: decisions stay within their bounds whatever happens, a
// controller that is reset decides as a new one, and the same calls bring the
// same decisions.
func FuzzDecisions(f *testing.F) {
	f.Add([]byte{})
	f.Add([]byte("\x02\xff\x00\xff\x00\x05\xff\xff\x00\x00\x07\x05\x00"))     // 1 Gbps without a round-trip time
	f.Add([]byte("\x02\xff\x01\xff\x00\x05\xff\x00\x05\x00\x04\xff\xff\x50")) // all lost, then silence
	for seed := range uint64(60) {
		f.Add(mix(seed, 600))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		all(t, func(name string, again func() Controller) {
			c := again()
			first := (&player{t: t, name: name, c: c, data: data}).play()
			c.Reset()
			if second := (&player{t: t, name: name, c: c, data: data}).play(); !slices.Equal(first, second) {
				t.Errorf("%s decides otherwise after Reset", name)
			}
		})
	})
}
