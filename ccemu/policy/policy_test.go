package policy_test

import (
	"errors"
	"math"
	"strings"
	"testing"
	"time"

	"trailblazer/api/env"
	"trailblazer/ccemu"
	"trailblazer/ccemu/control"
	"trailblazer/ccemu/feedback"
	"trailblazer/ccemu/policy"
	"trailblazer/ccemu/scenario"
	"trailblazer/internal/testcc"
)

// TestControllersSeeWhatListenersSee: through the environment's infos every
// controller decides to the last bit as one that listens to the emulator
// itself, for every flow, and that is what the environment's sender then does.
func TestControllersSeeWhatListenersSee(t *testing.T) {
	const config = `{"packets": true, "probes": true, "flows": 2, "max_steps": 200}`
	for _, set := range []string{"cc/test", "cc/ood-loss", "cc/ood-jitter", "cc/ood-cross"} {
		factory := testcc.OpenFactory(t, "", set, config)
		for _, d := range policy.Descriptions() {
			if d.Privileged {
				continue
			}
			t.Run(set+"/"+d.Name, func(t *testing.T) {
				t.Parallel()
				compare(t, factory, set, d.Name, 3)
			})
		}
	}
}

// TestWhoProbes: descriptions tell, and settings let them.
func TestWhoProbes(t *testing.T) {
	for _, d := range policy.Descriptions() {
		settings := string(policy.Settings([]string{"constant", d.Name}))
		if got := strings.Contains(settings, "probes"); got != d.Probes || !strings.Contains(settings, "packets") {
			t.Errorf("%s: settings are %s", d.Name, settings)
		}
		factory := testcc.OpenFactory(t, "", "cc/test", `{"packets": true, "probes": true, "max_steps": 100}`)
		e, err := factory.New(0, 1)
		if err != nil {
			t.Fatal(err)
		}
		p, err := policy.New(d.Name, factory.Spec())
		if err != nil {
			t.Fatal(err)
		}
		out, action := env.NewBatch(factory.Spec(), 1), env.NewArrays(env.Leaves(factory.Spec().Action), 1)
		seed, probed := uint64(3), false
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		for p.Reset(seed); !out.Done(0); {
			if err := errors.Join(p.Act(out, 0, action), e.Step(action, out, 0)); err != nil {
				t.Fatal(err)
			}
			probed = probed || env.Row[float64](&action[0], 0)[1] > 0
		}
		if probed != d.Probes {
			t.Errorf("%s: probed %t, described %t", d.Name, probed, d.Probes)
		}
	}
}

func compare(t *testing.T, factory env.Factory, set, name string, seed uint64) {
	e, err := factory.New(0, 1)
	if err != nil {
		t.Fatal(err)
	}
	p, err := policy.New(name, factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	out, action := env.NewBatch(factory.Spec(), 1), env.NewArrays(env.Leaves(factory.Spec().Action), 1)
	if err := e.Reset(&seed, nil, out, 0); err != nil {
		t.Fatal(err)
	}
	p.Reset(seed)

	twin := newTwin(t, set, name, seed)
	for step := 0; !out.Done(0); step++ {
		if err := p.Act(out, 0, action); err != nil {
			t.Fatal(err)
		}
		got := env.Row[float64](&action[0], 0)
		want := twin.step()
		for i := range want {
			if math.Float64bits(got[i]) != math.Float64bits(want[i]) {
				t.Fatalf("step %d, number %d: %v kbps, a listener decides %v", step, i, got[i], want[i])
			}
		}
		if err := e.Step(action, out, 0); err != nil {
			t.Fatal(err)
		}
	}
}

// twin is the same session with controllers that listen to the emulator.
type twin struct {
	emulator    ccemu.Emulator
	controllers []feedback.Controller
}

func newTwin(t *testing.T, set, name string, seed uint64) *twin {
	t.Helper()
	s, err := scenario.Find(set)
	if err != nil {
		t.Fatal(err)
	}
	session, err := s.Draw(seed, nil)
	if err != nil {
		t.Fatal(err)
	}
	full := session.WithDefaults()
	for len(full.Flows) < 2 {
		full.Flows = append(full.Flows, full.Flows[0])
	}
	w := new(twin)
	w.emulator.Start(&full, seed)
	for flow := range full.Flows {
		c, err := control.New(name, nil)
		if err != nil {
			t.Fatal(err)
		}
		c.Reset()
		w.emulator.Listen(flow, c)
		w.controllers = append(w.controllers, c)
	}
	return w
}

// step lets all controllers decide and plays 100 ms. It returns the decisions
// as an action.
func (w *twin) step() []float64 {
	var action []float64
	var s feedback.Sender
	for flow, c := range w.controllers {
		w.emulator.State(flow, &s)
		// The environment's numbers are kbps and milliseconds.
		s.RequestBps, s.TargetBps = s.RequestBps/1000*1000, s.TargetBps/1000*1000
		d := c.Decide(&s)
		d.TargetBps, d.ProbeBps = clamp(d.TargetBps), clamp(d.ProbeBps)
		action = append(action, d.TargetBps/1000, d.ProbeBps/1000)
	}
	for flow := range w.controllers {
		w.emulator.Apply(flow, feedback.Decision{TargetBps: 1000 * action[2*flow], ProbeBps: 1000 * action[2*flow+1]})
	}
	w.emulator.Advance(w.emulator.Now() + 100*time.Millisecond)
	return action
}

func clamp(bps float64) float64 { return min(max(bps, 0), 100e6) }

// TestNames: parameters arrive, and what cannot be is refused with a remedy.
func TestNames(t *testing.T) {
	shown := testcc.OpenFactory(t, "", "cc/custom", `{"packets": true}`).Spec()
	plain := testcc.OpenFactory(t, "", "cc/custom", "").Spec()
	if _, err := policy.New("constant:750", shown); err != nil {
		t.Error(err)
	}
	if _, err := policy.New("oracle", plain); err != nil {
		t.Errorf("the oracle needs no packets: %v", err)
	}
	var refused *env.FieldError
	if _, err := policy.New("gcc-prod", plain); !errors.As(err, &refused) || !strings.Contains(refused.Remedy, "packets") {
		t.Errorf("a controller without packets: %v", err)
	}
	if _, err := policy.New("constant:-1", shown); !errors.As(err, &refused) {
		t.Errorf("a negative rate: %v", err)
	}
	var missing *env.NotFoundError
	if _, err := policy.New("vicc", shown); !errors.As(err, &missing) || len(missing.Known) < 10 {
		t.Errorf("an unknown policy: %v", err)
	}
}

// TestBadRowsAreRefused: infos that are no log of a step are errors, not
// crashes.
func TestBadRowsAreRefused(t *testing.T) {
	factory := testcc.OpenFactory(t, "", "cc/custom", `{"packets": true}`)
	p, err := policy.New("gcc-prod", factory.Spec())
	if err != nil {
		t.Fatal(err)
	}
	action := env.NewArrays(env.Leaves(factory.Spec().Action), 1)
	for name, spoil := range map[string]func(env.Arrays){
		"results of no report": func(info env.Arrays) { env.ResizeRow[float64](info.Find("results"), 0, 2) },
		"a flow too many": func(info env.Arrays) {
			row := env.ResizeRow[float64](info.Find("packets_sent"), 0, 1)
			clear(row)
			row[0] = 1
		},
		"a report of results that are not there": func(info env.Arrays) {
			row := env.ResizeRow[float64](info.Find("reports"), 0, 1)
			clear(row)
			row[6] = 3
		},
		"a report after packets that are not there": func(info env.Arrays) {
			row := env.ResizeRow[float64](info.Find("reports"), 0, 1)
			clear(row)
			row[5] = 1
		},
	} {
		out := env.NewBatch(factory.Spec(), 1)
		spoil(out.Info)
		p.Reset(0)
		if err := p.Act(out, 0, action); err == nil {
			t.Errorf("%s: accepted", name)
		}
	}
}
