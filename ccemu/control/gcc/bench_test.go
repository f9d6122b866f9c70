package gcc_test

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/control/gcc"
	"trailblazer/ccemu/feedback"
)

// load is a flow of 2 Mbps without a network: packets of 1,200 bytes in frames
// of 7, a report every 50 ms and a decision every 100.
type load struct {
	c       feedback.Controller
	now     time.Duration
	packets int64
	packet  feedback.Sent
	report  feedback.Report
	state   feedback.Sender
}

// step plays 100 ms, of 21 packets.
func (l *load) step() {
	for half := range 2 {
		l.report.Results = l.report.Results[:0]
		for i := range 10 + half {
			p := &l.packet
			*p = feedback.Sent{
				Sequence: l.packets, SizeBytes: 1200, Frame: int32(l.packets / 7), Cluster: int32(l.packets / 100),
				At: l.now + time.Duration(5*i)*ms,
			}
			l.packets++
			l.c.OnSent(p)
			// A delay that swings by 20 ms within 3 s, and one loss in 200.
			swing := 10 + 10*math.Sin(2*math.Pi*p.At.Seconds()/3)
			l.report.Results = append(l.report.Results, feedback.Result{
				Sent: *p, Received: p.Sequence%200 != 0, Arrival: p.At + time.Duration((40+swing)*float64(ms)),
			})
		}
		l.now += 50 * ms
		l.report.At, l.report.Departure = l.now+100*ms, l.now+60*ms
		l.c.OnReport(&l.report)
	}
	l.state.Now, l.state.RequestBps, l.state.TargetBps = l.now+100*ms, 3e6, 2e6
	l.c.Decide(&l.state)
}

func all() map[string]feedback.Controller {
	return map[string]feedback.Controller{
		"gcc":       gcc.New(gcc.Config{}),
		"gcc-prod":  gcc.NewProd(gcc.Config{}),
		"gcc-draft": gcc.NewDraft(gcc.DraftConfig{}),
	}
}

func TestAllocatesNothing(t *testing.T) {
	for name, c := range all() {
		l := load{c: c}
		for range 300 {
			l.step()
		}
		if n := testing.AllocsPerRun(300, l.step); n != 0 {
			t.Errorf("%s: %v allocations in 100 ms", name, n)
		}
	}
}

// BenchmarkPacket is the cost of a packet of a flow of 2 Mbps, with its share
// of the reports and decisions.
func BenchmarkPacket(b *testing.B) {
	for _, name := range []string{"gcc", "gcc-prod", "gcc-draft"} {
		b.Run(name, func(b *testing.B) {
			l := load{c: all()[name]}
			for range 100 {
				l.step()
			}
			b.ReportAllocs()
			b.ResetTimer()
			for i := 0; i < b.N; i += 21 {
				l.step()
			}
		})
	}
}
