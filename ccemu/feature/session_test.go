package feature_test

import (
	"go/build"
	"math"
	"strings"
	"testing"
	"time"

	"trailblazer/ccemu"
	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// play plays a session whose first flow is sent at the given rates, one for
// each 100 ms, over and over, and calls watch every 10 ms.
func play(t *testing.T, session *ccemu.Session, kbps []float64, l feedback.Listener, until time.Duration, watch func(e *ccemu.Emulator, s *feedback.Sender)) {
	t.Helper()
	if err := session.Validate(); err != nil {
		t.Fatal(err)
	}
	var e ccemu.Emulator
	e.Start(session, 3)
	e.Listen(0, l)
	var s feedback.Sender
	for i := 0; e.Now() < until; i++ {
		e.Advance(time.Duration(i) * 10 * time.Millisecond)
		e.State(0, &s)
		watch(&e, &s)
		if i%10 == 0 {
			e.SetTarget(0, 1000*kbps[i/10%len(kbps)])
		}
		if i%170 == 160 {
			e.Probe(0, 3e6)
		}
	}
}

func path(kbps, delayMs float64) link.Path {
	return link.Path{Bottleneck: link.Bottleneck{RateKbps: schedule.Constant(kbps)}, DelayMs: schedule.Constant(delayMs)}
}

// Sessions of the emulator, with every kind of trouble, are measured as the
// naive model does.
func TestSessionsAreMeasuredAsByTheNaiveModel(t *testing.T) {
	rough := path(900, 60)
	rough.Jitter = link.Jitter{DeviationMs: 12, Shape: link.Pareto}
	rough.ReorderShare = 0.05
	rough.Loss = link.Loss{Share: schedule.Constant(0.05), BurstPackets: 3}
	back := link.Path{DelayMs: schedule.Constant(40), Loss: link.Loss{Share: schedule.Constant(0.1)}, Jitter: link.Jitter{DeviationMs: 25}, ReorderShare: 0.2}
	outage := path(0, 20)
	outage.Bottleneck.RateKbps = schedule.Series{AtMs: []float64{0, 2000, 3700}, Values: []float64{700, 0, 700}}
	shared := path(2000, 15)
	bucket := path(600, 100)
	bucket.Bottleneck.Kind, bucket.Bottleneck.BurstBytes = link.TokenBucket, 5000
	for _, c := range []struct {
		name    string
		session ccemu.Session
	}{
		{"smooth", ccemu.Session{Forward: path(1500, 30)}},
		{"rough", ccemu.Session{Forward: rough, Reverse: back}},
		{"outage", ccemu.Session{Forward: outage, Reverse: path(64, 10)}},
		{"shared", ccemu.Session{Forward: shared, Cross: []ccemu.Cross{{Kind: ccemu.TCPCubic, StartMs: 1000}}, ReportMs: 100}},
		{"token bucket", ccemu.Session{Forward: bucket, Flows: []media.Flow{{StartMs: 1300, RequestKbps: schedule.Series{AtMs: []float64{0, 2500, 4000}, Values: []float64{1500, 300, 900}}}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			tracker, n := &feature.Tracker{}, newNaive()
			var w watched
			play(t, &c.session, []float64{300, 600, 800, 1200, 1600, 2200, 1000, 400}, both{tracker, n}, 6*time.Second, func(e *ccemu.Emulator, s *feedback.Sender) {
				if s.Now%(50*time.Millisecond) == 0 {
					w.compare(t, tracker, n, s)
				}
			})
			for i, f := range feature.Table() {
				if w.present[i] < w.all/4 {
					t.Errorf("%s was present in %d of %d observations", f.Name, w.present[i], w.all)
				}
			}
		})
	}
}

// At 2 Mbps into a bottleneck of 1 Mbps, features show what is there: the
// capacity, the propagation, and the time that packets wait.
func TestFeaturesShowTheNetwork(t *testing.T) {
	session := ccemu.Session{Forward: path(1000, 40), Reverse: link.Path{DelayMs: schedule.Constant(25)}, Flows: []media.Flow{{Retries: -1}}}
	tracker := &feature.Tracker{}
	names := feature.Table()
	var values [feature.Count]float64
	var present [feature.Count]int8
	kbps := make([]float64, 200)
	for i := range kbps {
		kbps[i] = 300
		if i > 20 {
			kbps[i] = 2000
		}
	}
	// The smallest packet is one of audio: 80 bytes of payload, 54 of headers.
	const smallest = 134 * 8.0 / 1000 // ms of service
	type sample struct {
		packets int64
		waited  time.Duration
	}
	var past []sample // one each 10 ms
	checked := 0
	play(t, &session, kbps, tracker, 9*time.Second, func(e *ccemu.Emulator, s *feedback.Sender) {
		traffic := e.Traffic(0)
		past = append(past, sample{traffic.Arrived.Packets, traffic.Waited})
		tracker.Raw(s, values[:], present[:])
		get := func(name string) float64 {
			for i, f := range names {
				if f.Name == name {
					return values[i]
				}
			}
			t.Fatalf("no feature %s", name)
			return 0
		}
		about := func(name string, want, tolerance float64) {
			t.Helper()
			if got := get(name); !(math.Abs(got-want) <= tolerance) {
				t.Errorf("at %v: %s is %v, want %v", s.Now, name, got, want)
			}
		}
		if s.Now == 1500*time.Millisecond {
			about("rtt_min_L", 40+25+smallest, 0.001)
			about("rtt_min_H", 40+25+smallest, 0.001)
			about("recv_send_ratio_M", 1, 0.15)
			about("loss_L", 0, 0)
		}
		// Reports leave every 50 ms, and are 25 ms on their way.
		if s.Now < 3*time.Second || s.Now%(50*time.Millisecond) != 30*time.Millisecond {
			return
		}
		checked++
		left := len(past) - 4 // the sample of when the last report left
		for name, back := range map[string]int{"qd_mean_S": 10, "qd_mean_M": 50, "qd_mean_L": 100} {
			window := sample{past[left].packets - past[left-back].packets, past[left].waited - past[left-back].waited}
			about(name, window.waited.Seconds()*1000/float64(window.packets)-smallest, 0.001)
		}
		if s.Now > 3300*time.Millisecond {
			about("recv_rate_L", 1000, 10) // a packet more or less
			about("recv_rate_S", 1000, 100)
		}
		about("rtt_min_H", 40+25+smallest, 0.001)
		about("request_rate", 4000, 0)
		if s.Now > 4*time.Second {
			about("qd_max_S", 300, 12) // the queue's limit
			about("recv_send_ratio_M", 0.5, 0.25)
			about("loss_L", 0.45, 0.2)
		}
	})
	if checked < 100 {
		t.Errorf("%d checks", checked)
	}
}

// What the network will be like in the future changes nothing that is shown
// before.
func TestFeaturesKnowNoFuture(t *testing.T) {
	const change = 3000
	record := func(future schedule.Series) (shown []float32) {
		session := ccemu.Session{Forward: path(1000, 40), Reverse: path(500, 20)}
		session.Forward.Bottleneck.Queue.LimitBytes = 30_000 // not by the mean rate, which has a future
		session.Forward.Bottleneck.RateKbps = future
		tracker := &feature.Tracker{}
		play(t, &session, []float64{300, 900, 1400}, tracker, 2*change*time.Millisecond, func(e *ccemu.Emulator, s *feedback.Sender) {
			var values [feature.Count]float32
			var present [feature.Count]int8
			tracker.Observe(s, values[:], present[:])
			shown = append(shown, values[:]...)
			for _, is := range present {
				shown = append(shown, float32(is))
			}
		})
		return shown
	}
	one := record(schedule.Series{AtMs: []float64{0, change, 4000}, Values: []float64{1000, 200, 5000}})
	other := record(schedule.Series{AtMs: []float64{0, change, 4000}, Values: []float64{1000, 5000, 200}})
	differ := -1
	for i := range one {
		if one[i] != other[i] {
			differ = i
			break
		}
	}
	// Observations are 10 ms apart, and one at the change still shows nothing.
	if first := differ / (2 * feature.Count) * 10; differ < 0 || first <= change || first > change+200 {
		t.Errorf("observations differ from %d ms on, the network does from %d ms", first, change)
	}
}

// Nothing but what the sender is told can reach the features.
func TestFeaturesImportOnlyFeedback(t *testing.T) {
	p, err := build.ImportDir(".", 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, imported := range p.Imports {
		if first, _, _ := strings.Cut(imported, "/"); first == "trailblazer" && imported != "trailblazer/ccemu/feedback" || strings.Contains(first, ".") {
			t.Errorf("the package imports %s", imported)
		}
	}
}
