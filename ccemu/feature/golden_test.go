package feature_test

import (
	"bytes"
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
)

var update = flag.Bool("update", false, "write the golden files in testdata anew")

// golden compares text with a file in testdata.
func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if bytes.Equal([]byte(got), want) {
		return
	}
	lines := strings.Split(string(want), "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(lines) || line != lines[i] {
			t.Fatalf("%s, line %d:\n got %s\nwant %s", path, i+1, line, lines[min(i, len(lines)-1)])
		}
	}
	t.Fatalf("%s has lines that are missing", path)
}

// Names, order, units and bounds are frozen: recorded data and trained
// policies depend on them.
func TestTableIsFrozen(t *testing.T) {
	var b strings.Builder
	b.WriteString("name\tcategory\tunit\twindow\tlog\tlow\thigh\n")
	for _, f := range feature.Table() {
		fmt.Fprintf(&b, "%s\t%s\t%s\t%v\t%v\t%.6g\t%.6g\n", f.Name, f.Category, f.Unit, f.Window, f.Log, f.Low, f.High)
	}
	golden(t, "testdata/table.tsv", b.String())
}

func TestTable(t *testing.T) {
	counts := map[string]int{}
	names := map[string]bool{}
	for i, f := range feature.Table() {
		if f.Name == "" || f.Description == "" || names[f.Name] {
			t.Errorf("feature %d has no name or description, or another's: %+v", i, f)
		}
		names[f.Name] = true
		counts[f.Category]++
		if !(f.Low < f.High) || f.Low != float64(float32(f.Low)) || f.High != float64(float32(f.High)) {
			t.Errorf("%s: bounds %v and %v", f.Name, f.Low, f.High)
		}
		window := map[string]time.Duration{"_S": windowS, "_M": windowM, "_L": windowL, "_H": windowH}[f.Name[len(f.Name)-2:]]
		if window != 0 && window != f.Window {
			t.Errorf("%s has a window of %v", f.Name, f.Window)
		}
	}
	want := map[string]int{
		"Loss_Info": 6, "RTT_Info": 7, "Sender_Info": 8, "Receiver_Info": 7, "Delay_Info": 5, "Queue_Delay_Info": 6,
		"Packet_Info": 6, "Jitter_Info": 4, "Request_Rate": 3,
	}
	if len(names) != feature.Count || len(counts) != len(want) {
		t.Errorf("%d features in %d categories", len(names), len(counts))
	}
	for category, n := range want {
		if counts[category] != n {
			t.Errorf("%d features of %s, want %d", counts[category], category, n)
		}
	}
	feature.Table()[0].Name = "changed"
	if feature.Table()[0].Name != "loss_S" {
		t.Error("a caller can change the table")
	}
}

// script plays a fixed flow of five seconds with every kind of trouble, and
// calls watch every 100 ms. There is no chance in it.
func script(l feedback.Listener, watch func(s *feedback.Sender)) {
	const clock = 77 * time.Second
	var sent, missed []feedback.Result
	base, queue := 0, time.Duration(0)
	for tick := range 5000 { // of 1 ms
		now := time.Duration(tick) * time.Millisecond
		if tick%7 == 0 && (tick < 2600 || tick > 2750) {
			k := len(sent)
			p := feedback.Sent{Sequence: int64(k), At: now, SizeBytes: int32(100 + k*379%1100), Frame: int32(k / 5), AppLimited: k%5 == 4, Kind: feedback.Video}
			switch {
			case k%9 == 2:
				p.Kind, p.Frame = feedback.Audio, -1
			case k%31 == 7:
				p.Kind = feedback.Retransmission
			case k%101 == 50:
				p.Kind, p.Frame, p.Cluster = feedback.Probe, -1, 1
			}
			l.OnSent(&p)
			if 1000 < tick && tick < 1800 {
				queue += time.Millisecond // a queue builds up,
			} else {
				queue = max(queue-2*time.Millisecond, 0) // and drains
			}
			arrival := now + 40*time.Millisecond + queue + time.Duration(k*k%17)*300*time.Microsecond + clock
			if k%43 == 11 {
				arrival += 90 * time.Millisecond // overtaken, and at times reported as missing
			}
			sent = append(sent, feedback.Result{Sent: p, Arrival: arrival, Received: k%23 != 5 && k%200 > 3})
		}
		if tick%50 == 30 && (tick < 3300 || tick > 3700) {
			r := feedback.Report{At: now, Departure: now - 25*time.Millisecond + clock, JitterBuffer: time.Duration(20+tick%13) * time.Millisecond, Stalled: time.Duration(max(0, min(tick-1500, 300))) * time.Millisecond}
			last := base
			for k := base; k < len(sent); k++ {
				if sent[k].Received && sent[k].Arrival <= r.Departure {
					last = k + 1
				}
			}
			for i, late := range missed {
				if late.Received && late.Arrival <= r.Departure && late.Arrival > r.Departure-50*time.Millisecond {
					r.Results = append(r.Results, missed[i])
				}
			}
			for ; base < last; base++ {
				result := sent[base]
				if !result.Received || result.Arrival > r.Departure {
					missed = append(missed, result)
					result.Received, result.Arrival = false, 0
				}
				r.Results = append(r.Results, result)
			}
			l.OnReport(&r)
		}
		if tick%100 == 99 {
			watch(&feedback.Sender{
				Now: now, RequestBps: float64(1+tick/1500) * 500_000, TargetBps: float64(200+tick%900) * 1000,
				TargetAt: now - 99*time.Millisecond, PacerBytes: 3000, PacerDelay: time.Duration(tick%11) * time.Millisecond,
			})
		}
	}
}

// TestVectorIsFrozen compares what the script shows with a file, and with the
// naive model.
func TestVectorIsFrozen(t *testing.T) {
	tracker, n := &feature.Tracker{}, newNaive()
	var c watched
	var b strings.Builder
	var shown [feature.Count]float32
	var present [feature.Count]int8
	script(both{tracker, n}, func(s *feedback.Sender) {
		c.compare(t, tracker, n, s)
		if ms := s.Now.Milliseconds(); ms%500 != 499 {
			return
		}
		tracker.Observe(s, shown[:], present[:])
		for i, f := range feature.Table() {
			fmt.Fprintf(&b, "%d\t%s\t%.5g\t%d\n", s.Now.Milliseconds(), f.Name, shown[i], present[i])
		}
	})
	golden(t, "testdata/vector.tsv", b.String())
}

// both are two listeners.
type both struct{ a, b feedback.Listener }

func (b both) OnSent(p *feedback.Sent) {
	b.a.OnSent(p)
	b.b.OnSent(p)
}

func (b both) OnReport(r *feedback.Report) {
	b.a.OnReport(r)
	b.b.OnReport(r)
}
