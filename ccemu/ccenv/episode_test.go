package ccenv_test

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccenv"
	"trailblazer/ccemu/policy"
)

// steps is a session of 3 s whose bottleneck halves after one.
const stepping = `"sessions": {"sessions": [{"duration_ms": 3000,
	"forward": {"bottleneck": {"rate_kbps": {"at_ms": [0, 1000], "values": [2000, 1000]}}, "delay_ms": {"values": [20]}},
	"reverse": {"delay_ms": {"values": [20]}},
	"flows": [{"request_kbps": {"at_ms": [0, 2000], "values": [1500, 500]}}]}]}`

// TestLabels: the label is the bandwidth of the step that an action is for,
// and the error counts up to the request.
func TestLabels(t *testing.T) {
	s := newStage(t, "cc/custom", `{`+stepping+`}`)
	s.reset(t, 5)
	for i := range 30 {
		capacity, request := 2000.0, 1500.0
		if i >= 10 {
			capacity = 1000
		}
		if i >= 20 {
			request = 500
		}
		if got := s.number("bottleneck_kbps"); got != capacity {
			t.Fatalf("step %d: bottleneck %v, want %v", i, got, capacity)
		}
		if got := s.number("request_kbps"); got != request {
			t.Fatalf("step %d: request %v, want %v", i, got, request)
		}
		predicted := 800.0
		s.act(t, predicted)
		want := math.Abs(min(predicted, request)-min(capacity, request)) / min(capacity, request)
		if s.number("label_kbps") != capacity || s.number("label_request_kbps") != request || s.number("ape_counts") != 1 || math.Abs(s.number("ape")-want) > 1e-15 {
			t.Errorf("step %d: label %v, request %v, ape %v, want %v, %v, %v", i, s.number("label_kbps"), s.number("label_request_kbps"), s.number("ape"), capacity, request, want)
		}
		if got := s.number("target_kbps"); got != predicted || s.number("target_age_ms") != 100 {
			t.Errorf("step %d: target %v since %v ms", i, got, s.number("target_age_ms"))
		}
		if last := i == 29; s.out.Truncated[0] != last || s.out.Terminated[0] {
			t.Fatalf("step %d: truncated %v, terminated %v", i, s.out.Truncated[0], s.out.Terminated[0])
		}
	}
	if err := s.Step(s.action, s.out, 0); !errors.Is(err, env.ErrFinished) {
		t.Errorf("a step after the end: %v", err)
	}
}

// TestDecisionsTakeTime: a decision is in force after its latency, and one that
// misses the deadline never is.
func TestDecisionsTakeTime(t *testing.T) {
	for _, test := range []struct {
		decision string
		age      float64 // of the target at a step's end; -1 if it never came
	}{
		{`{"latency_ms": []}`, 100},
		{`{"latency_ms": [30]}`, 70},
		{`{"latency_ms": [100]}`, 0},
		{`{"latency_ms": [30.5], "deadline_ms": 30.5}`, 69.5},
		{`{"latency_ms": [31], "deadline_ms": 30}`, -1},
		{`{"latency_ms": [101]}`, -1},
	} {
		s := newStage(t, "cc/custom", `{"decision": `+test.decision+`, `+stepping+`}`)
		s.reset(t, 1)
		start := s.number("target_kbps")
		s.act(t, 777)
		target, age := s.number("target_kbps"), s.number("target_age_ms")
		if test.age < 0 {
			if target != start || age != 100 {
				t.Errorf("%s: target %v since %v ms, want %v from the beginning", test.decision, target, age, start)
			}
			// What counts is what stays in force.
			if want := (1500 - start) / 1500; math.Abs(s.number("ape")-want) > 1e-15 {
				t.Errorf("%s: ape %v, want %v", test.decision, s.number("ape"), want)
			}
			continue
		}
		if target != 777 || age != test.age {
			t.Errorf("%s: target %v since %v ms, want 777 since %v", test.decision, target, age, test.age)
		}
		// A prediction that comes in time is judged as it was made.
		if want := (1500 - 777.0) / 1500; math.Abs(s.number("ape")-want) > 1e-15 {
			t.Errorf("%s: ape %v, want %v", test.decision, s.number("ape"), want)
		}
	}
}

// TestOracle: the expert makes no error, whatever the session (L2).
func TestOracle(t *testing.T) {
	for _, scenario := range []string{"cc/test", "cc/ood-dynamics", "cc/ood-cross", "cc/rfc8867"} {
		s := newStage(t, scenario, `{"flows": 2, "probes": true, "max_steps": 150}`)
		oracle, err := policy.New("oracle", s.Spec())
		if err != nil {
			t.Fatal(err)
		}
		for seed := range uint64(4) {
			s.reset(t, seed)
			for !s.out.Done(0) {
				if err := oracle.Act(s.out, 0, s.action); err != nil {
					t.Fatal(err)
				}
				s.step(t)
				for flow, ape := range s.numbers("ape") {
					if ape != 0 {
						t.Fatalf("%s, seed %d, flow %d: error %v", scenario, seed, flow, ape)
					}
				}
			}
		}
	}
}

// TestRewardIsItsParts: on a clean path at less than its rate, all that is
// asked for arrives; on one that is overloaded, penalties follow.
func TestRewardIsItsParts(t *testing.T) {
	s := newStage(t, "cc/custom", `{`+stepping+`}`)
	s.reset(t, 3)
	overload := 0.0
	for i := range 30 {
		s.act(t, 5000)
		parts := 0.0
		for _, part := range []string{"reward_throughput", "reward_delay", "reward_loss", "reward_stall"} {
			parts += s.number(part)
		}
		if math.Abs(parts-s.out.Reward[0]) > 1e-12 {
			t.Errorf("step %d: reward %v, its parts sum to %v", i, s.out.Reward[0], parts)
		}
		if i >= 12 && i < 20 {
			overload += s.number("reward_delay") + s.number("reward_loss")
			if s.number("receive_kbps") > 1000+100 { // One packet more or less is 99 kbps.
				t.Errorf("step %d: %v kbps arrive through 1000", i, s.number("receive_kbps"))
			}
		}
	}
	if overload > -1 {
		t.Errorf("1500 kbps into 1000 cost no more than %v in 0.8 s", -overload)
	}
}

// TestProbesEarnNothing: what carries nothing is no throughput.
func TestProbesEarnNothing(t *testing.T) {
	const wide = `"sessions": {"sessions": [{"duration_ms": 10000, "forward": {"bottleneck": {"rate_kbps": {"values": [8000]}}, "delay_ms": {"values": [20]}},
		"reverse": {"delay_ms": {"values": [20]}}, "flows": [{"request_kbps": {"values": [2000]}}]}]}`
	s := newStage(t, "cc/custom", `{"probes": true, `+wide+`}`)
	play := func(kbps, probe float64) (reward, received float64) {
		s.reset(t, 1)
		for !s.out.Done(0) {
			s.act(t, kbps, probe)
			reward += s.out.Reward[0] / 100
			received += s.number("receive_kbps") / 100
		}
		return reward, received
	}
	idle, least := play(10, 0)
	probing, most := play(10, 8000)
	if most < 5*least {
		t.Fatalf("%v kbps arrive with probes, %v without", most, least)
	}
	if probing > idle+0.01 {
		t.Errorf("the reward is %v with probes, and %v without", probing, idle)
	}
}

// TestActionsAreRefused: what is no rate changes nothing.
func TestActionsAreRefused(t *testing.T) {
	s := newStage(t, "cc/custom", `{"flows": 2, "max_bandwidth_kbps": 5000}`)
	s.reset(t, 1)
	s.act(t, 500, 500)
	before := s.Env.(env.Snapshotter).AppendState(nil)
	for _, bad := range []float64{math.NaN(), -1, 5000.001, math.Inf(1), math.Inf(-1)} {
		s.set(400, bad)
		err := s.Step(s.action, s.out, 0)
		var refused *env.FieldError
		if !errors.As(err, &refused) || refused.Field != "action, element 1" || !strings.Contains(refused.Remedy, "0 to 5000 kbps") {
			t.Errorf("%v: %v", bad, err)
		}
		if checked := s.Env.(env.ActionChecker).CheckAction(s.action, 0); fmt.Sprint(checked) != fmt.Sprint(err) {
			t.Errorf("%v: checked %v", bad, checked)
		}
	}
	if after := s.Env.(env.Snapshotter).AppendState(nil); string(after) != string(before) {
		t.Error("a refused action changed the state")
	}
}

// TestWhatIsShownChangesNothing: packets in info and the second number of
// actions leave the session as it is, and the hash of the environment.
func TestWhatIsShownChangesNothing(t *testing.T) {
	plain, full := newStage(t, "cc/test", ""), newStage(t, "cc/test", `{"packets": true, "probes": true}`)
	if plain.Spec().ContentHash != full.Spec().ContentHash {
		t.Error("the content hashes differ")
	}
	plain.reset(t, 9)
	full.reset(t, 9)
	for i := range 100 {
		kbps := 200 + 40*float64(i%20)
		plain.act(t, kbps)
		full.act(t, kbps, 0)
		if string(plain.out.Observation[0].Data) != string(full.out.Observation[0].Data) || plain.out.Reward[0] != full.out.Reward[0] {
			t.Fatalf("step %d differs", i)
		}
	}
}

// TestFlowsShare: two flows that want all of a link get half each.
func TestFlowsShare(t *testing.T) {
	s := newStage(t, "cc/custom", `{"flows": 2, `+strings.Replace(stepping, `"values": [1500, 500]`, `"values": [4000, 4000]`, 1)+`}`)
	s.reset(t, 1)
	if got := s.numbers("bottleneck_kbps"); got[0] != 2000 || got[1] != 2000 {
		t.Errorf("before anything was sent there are %v kbps", got)
	}
	for range 9 {
		s.act(t, 1500, 1500)
	}
	for flow, kbps := range s.numbers("bottleneck_kbps") {
		if kbps < 1000 || kbps > 1200 {
			t.Errorf("there are %v of 2000 kbps for flow %d beside its like", kbps, flow)
		}
	}
}

var _ interface {
	env.Env
	env.ActionChecker
	env.Snapshotter
} = (*ccenv.Env)(nil)
