package testbed

import (
	"errors"
	"math"
	"slices"
	"testing"
	"time"

	"trailblazer/ccemu/control"
	"trailblazer/ccemu/feedback"
	"trailblazer/internal/setting"
)

func testPlan(seconds int) *Plan {
	p := Plan{
		Duration: time.Duration(seconds) * time.Second, Delay: 20 * time.Millisecond, Seed: 5,
		Controller: func() (feedback.Controller, error) { return control.New("gcc-prod", nil) },
	}.withDefaults()
	return &p
}

// TestNodesDoAsTheEmulator: over a network in simulated time both ends do, to
// the nanosecond, what those of the emulator do. So only the real network, and
// real time, can make a difference.
func TestNodesDoAsTheEmulator(t *testing.T) {
	p := testPlan(40)
	for repeat := range 3 {
		c, err := p.Controller()
		if err != nil {
			t.Fatal(err)
		}
		var want follower
		p.follow(c, repeat, &want)
		s, r, got, err := p.nodes(repeat)
		if err != nil {
			t.Fatal(err)
		}
		newVirtual(p, s, r, 0, 0).run(t, p.Duration)
		ahead := want.offset(p.Delay)
		n := slices.IndexFunc(want.packets, func(q packet) bool { return q.at > p.Duration-time.Second })
		for i := range want.packets[:n] {
			q := want.packets[i]
			if q.arrival -= ahead; !q.received {
				q.arrival = got.packets[i].arrival
			}
			if got.packets[i] != q {
				t.Fatalf("packet %d is %+v, the emulator's %+v", i, got.packets[i], q)
			}
		}
		// The emulator's loop decides no more at the end.
		if len(want.decisions) != 400 || !slices.Equal(got.decisions[:400], want.decisions) {
			t.Errorf("%d decisions, the emulator has %d", len(got.decisions), len(want.decisions))
		}
	}
}

// TestLateNodes: nodes that wake up late, by a millisecond on average, deliver
// all that the bottleneck lets pass, in good time.
func TestLateNodes(t *testing.T) {
	p := testPlan(20)
	s, r, f, err := p.nodes(0)
	if err != nil {
		t.Fatal(err)
	}
	v := newVirtual(p, s, r, 3, time.Millisecond)
	v.run(t, p.Duration+drainTime)
	counts := v.forward.Counts()
	got := f.measure(p, 0)
	if counts.Arrived.Packets < 1000 || counts.Offered.Packets != int64(len(f.packets)) {
		t.Errorf("%+v, the follower knows of %d", counts, len(f.packets))
	}
	for i, x := range got.target {
		if !(x > 50 && x < 4000) || !(got.delay[i] >= 20 && got.delay[i] < 600) || !(got.loss[i] >= 0 && got.loss[i] < 50) {
			t.Errorf("segment %d: target %v kbps, delay %v ms, loss %v %%", i, x, got.delay[i], got.loss[i])
		}
	}
}

// TestLoss: what the receiving node loses at random is in reports.
func TestLoss(t *testing.T) {
	p := testPlan(20)
	p.Loss = 0.2
	p.Controller = func() (feedback.Controller, error) { return control.New("constant", []float64{400}) }
	s, r, f, err := p.nodes(0)
	if err != nil {
		t.Fatal(err)
	}
	newVirtual(p, s, r, 3, 0).run(t, p.Duration+drainTime)
	for i, x := range f.measure(p, 0).loss {
		if x < 14 || x > 26 {
			t.Errorf("segment %d: %.1f %% are lost, want about 20", i, x)
		}
	}
}

// TestOpenLoop: over a network in simulated time both sides are the same. The
// load fills the queue, and leaves the bucket full at the end of each segment.
func TestOpenLoop(t *testing.T) {
	p := testPlan(20)
	o := openLoop{shots: p.shots(0)}
	s, r := &replaySender{shots: o.shots}, newReplayReceiver(len(o.shots))
	newVirtual(p, s, r, 1, time.Millisecond).run(t, p.Duration+drainTime)
	o.left, o.real = s.left, r.arrived
	o.simulated = p.simulate(o.shots, o.left)
	for _, c := range compareOpenLoops([]*openLoop{&o}) {
		if c.Difference != 0 || c.Verdict != Met {
			t.Errorf("%+v", c)
		}
	}
	dropped, segment := 0, 0
	last := -time.Second
	for i, at := range o.real {
		if at == never {
			dropped++
			continue
		}
		if now := o.shots[i].at; segment < len(p.CapacityKbps) && now >= p.segmentAt(segment) {
			if fill := time.Duration(float64(p.BurstBytes) * 8e6 / p.CapacityKbps[max(segment-1, 0)]); last > now-fill {
				t.Errorf("at %v the bucket is not full: a packet left it at %v", now, last)
			}
			segment++
		}
		last = at
	}
	if share := float64(dropped) / float64(len(o.real)); share < 0.15 || share > 0.35 {
		t.Errorf("%.2f of the packets are dropped", share)
	}

	// What does not agree is seen.
	o.simulated[slices.Index(o.simulated, never)] = 0
	o.simulated[slices.Index(o.simulated, never)] = 0
	for i := range o.simulated[:len(o.simulated)/10] {
		if o.simulated[i] != never {
			o.simulated[i] += 2 * time.Millisecond
		}
	}
	var verdicts []Verdict
	for _, c := range compareOpenLoops([]*openLoop{&o}) {
		verdicts = append(verdicts, c.Verdict)
	}
	if !slices.Equal(verdicts, []Verdict{Met, Missed, Missed, Met}) {
		t.Errorf("verdicts on different sides: %v", verdicts)
	}
}

// TestMeasure sums up a session of four packets and five decisions by hand.
func TestMeasure(t *testing.T) {
	const ms = time.Millisecond
	p := Plan{Duration: 2 * time.Second, CapacityKbps: []float64{1000, 400}}.withDefaults()
	var f follower
	for i, at := range []time.Duration{0, 500 * ms, 900 * ms, 1100 * ms, 1900 * ms} {
		f.OnSent(&feedback.Sent{Sequence: int64(i), At: at})
	}
	f.OnReport(&feedback.Report{Results: []feedback.Result{
		{Sent: feedback.Sent{Sequence: 0}, Received: true, Arrival: 10_030 * ms},
		{Sent: feedback.Sent{Sequence: 1}, Received: true, Arrival: 10_520 * ms},
		{Sent: feedback.Sent{Sequence: 2}},
		{Sent: feedback.Sent{Sequence: 3}},
	}})
	// It was only late.
	f.OnReport(&feedback.Report{Results: []feedback.Result{{Sent: feedback.Sent{Sequence: 3}, Received: true, Arrival: 11_190 * ms}}})
	for _, d := range []decision{{0, 800e3}, {500 * ms, 1000e3}, {1000 * ms, 900e3}, {1400 * ms, 400e3}, {1600 * ms, 300e3}} {
		f.OnDecision(d.at, feedback.Decision{TargetBps: d.bps})
	}
	if got := f.offset(20 * ms); got != 10*time.Second {
		t.Errorf("the receiver's clock is %v ahead", got)
	}
	got := f.measure(&p, 10*time.Second)
	want := trial{target: []float64{900, (900. + 400 + 300) / 3}, delay: []float64{20, 90}, loss: []float64{100. / 3, 0}, reaction: 400}
	if !slices.Equal(got.target, want.target) || !slices.Equal(got.delay, want.delay) || !slices.Equal(got.loss, want.loss) || got.reaction != want.reaction {
		t.Errorf("%+v, want %+v", got, want)
	}
	f.decisions = f.decisions[:3]
	if got := f.reaction(&p); got != time.Second {
		t.Errorf("no reaction takes %v", got)
	}

}

// TestCompareTrials: repeats of one segment, each of which the emulator plays
// twice.
func TestCompareTrials(t *testing.T) {
	p := Plan{Duration: 2 * time.Second, CapacityKbps: []float64{1000}}.withDefaults()
	of := func(target, delay, loss float64) trial {
		return trial{target: []float64{target}, delay: []float64{delay}, loss: []float64{loss}}
	}
	checks := p.compareTrials(
		[]trial{of(900, 20, 1), of(900, 40, 3)},
		[][]trial{{of(1000, 26, 2), of(1016, 28, 2)}, {of(1008, 45, 4), of(1008, 47, 8)}},
	)
	for i, want := range []Check{
		{Difference: 12, Verdict: Met},
		{Difference: 6.5, Uncertainty: 2 * math.Sqrt(0.5/2), Verdict: Unsure}, // 7 and 6
		{Difference: 2, Uncertainty: 2 * math.Sqrt(2./2), Verdict: Unsure},    // 1 and 3
	} {
		c := checks[i]
		if math.Abs(c.Difference-want.Difference) > 1e-9 || math.Abs(c.Uncertainty-want.Uncertainty) > 1e-9 || c.Verdict != want.Verdict {
			t.Errorf("%+v, want %v ± %v, %v", c, want.Difference, want.Uncertainty, want.Verdict)
		}
	}
	if len(checks) != 3 {
		t.Errorf("%d checks of a segment without a fall", len(checks))
	}
	checks = p.compareTrials([]trial{of(900, 20, 1)}, [][]trial{{of(900, 28, 2.5), of(900, 28, 1.5)}})
	if c := checks[1]; c.Verdict != Missed || c.Uncertainty != 0 || c.Real.Mean != 20 || c.Simulated.High != 28 {
		t.Errorf("%+v", c)
	}
	if c := checks[2]; c.Verdict != Met || c.Simulated.Low != 1.5 || math.Abs(c.Uncertainty-2*math.Sqrt(0.5)) > 1e-9 {
		t.Errorf("%+v", c)
	}
	r := Report{OpenLoop: checks[:1], ClosedLoop: checks[1:]}
	if r.Count(Met) != 2 || r.Count(Missed) != 1 || r.Count(Unsure) != 0 {
		t.Errorf("%+v", r)
	}
}

// TestVariants: the emulator's variants of a repeat are alike on the whole, but
// not the same.
func TestVariants(t *testing.T) {
	trials, err := testPlan(20).emulate(0)
	if err != nil || len(trials) != variants {
		t.Fatalf("%d, %v", len(trials), err)
	}
	same := 0
	for i := range trials {
		if slices.Equal(trials[i].target, trials[0].target) {
			same++
		}
		if ratio := trials[i].target[0] / trials[0].target[0]; ratio < 0.8 || ratio > 1.25 {
			t.Errorf("variant %d has %v times the rate", i, ratio)
		}
	}
	if same > variants/2 {
		t.Errorf("%d of %d variants are the same", same, variants)
	}
}

// TestShaped: rates change between the packets that leave before and after.
func TestShaped(t *testing.T) {
	p := Plan{Duration: 3 * time.Second, CapacityKbps: []float64{500, 700, 900}}.withDefaults()
	var set []float64
	sender := &replaySender{shots: []shot{{0, 100}, {900 * time.Millisecond, 100}, {2500 * time.Millisecond, 100}}}
	s := &shaped{node: sender, plan: &p, set: func(kbps float64) error { set = append(set, kbps, float64(len(sender.left))); return nil }}
	v := &virtual{sender: s}
	for s.NextAt() != never {
		v.now = s.NextAt() + 5*time.Millisecond
		if err := s.Act(end{v, func([]byte) error { return nil }}); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(set, []float64{700, 2, 900, 2}) || len(sender.left) != 3 {
		t.Errorf("rates, and the packets before them: %v; %d packets", set, len(sender.left))
	}
}

func TestHeld(t *testing.T) {
	var h held[int]
	for i, at := range []time.Duration{5, 3, 5, 4, 3} {
		h.add(at, i)
	}
	var order []int
	for h.nextAt() != never {
		order = append(order, h.take())
	}
	if !slices.Equal(order, []int{1, 4, 3, 0, 2}) {
		t.Errorf("let go in the order %v", order)
	}
}

func TestPlansAreRefused(t *testing.T) {
	for field, plan := range map[string]Plan{
		"duration":                             {Duration: 3 * time.Second},
		"repeats":                              {Repeats: -1},
		"capacity_kbps[1]":                     {CapacityKbps: []float64{500, 0}},
		"loss":                                 {Loss: 0.9},
		"delay":                                {Delay: -1},
		"forward.bottleneck.burst_bytes":       {BurstBytes: 100},
		"forward.bottleneck.queue.limit_bytes": {LimitBytes: 100},
	} {
		_, err := Run(t.Context(), plan, nil)
		var refused *setting.Error
		if !errors.As(err, &refused) || refused.Field != field {
			t.Errorf("%v, want an error of %s", err, field)
		}
	}
}
