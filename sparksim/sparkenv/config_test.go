package sparkenv_test

import (
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/internal/testcjs"
	"trailblazer/sparksim/sparkenv"
)

func text(x float64) string {
	s := strconv.FormatFloat(x, 'f', -1, 64)
	if !strings.Contains(s, ".") {
		s += ".0"
	}
	return s
}

// TestBadConfigs: what can't be played is refused with its path and a remedy.
func TestBadConfigs(t *testing.T) {
	stage := func(fields string) string {
		return `{"workload": {"kinds": [{"query": "", "size": "", "stages": [` + fields + `], "edges": []}]}}`
	}
	const good = `{"tasks": 1, "levels": [{"executors": 5, "first": [1]}]}`
	for _, test := range []struct{ config, field, remedy string }{
		{`{"cluster": {"executors": -1}}`, "config.cluster.executors", "1 to"},
		{`{"cluster": {"executors": 0}}`, "config.cluster.executors", "positive"},
		{`{"arrivals": {"jobs": 0}}`, "config.arrivals.jobs", "positive"},
		{`{"arrivals": {"mean_interarrival_ms": 0}}`, "config.arrivals.mean_interarrival_ms", "positive"},
		{`{"cluster": {"executors": 5000}}`, "config.cluster.executors", "1 to"},
		{`{"cluster": {"moving_delay_ms": -1}}`, "config.cluster.moving_delay_ms", "0 to"},
		{`{"cluster": {"discount_per_s": -0.1}}`, "config.cluster.discount_per_s", "0 for none"},
		{`{"arrivals": {"jobs": -3}}`, "config.arrivals.jobs", "give 1"},
		{`{"arrivals": {"jobs": 200000, "mean_interarrival_ms": 1}}`, "config.arrivals.jobs", "at most"},
		{`{"arrivals": {"mean_interarrival_ms": -3}}`, "config.arrivals.mean_interarrival_ms", "above 0"},
		{`{"sequences": "validation"}`, "config.sequences", "train"},
		{`{"time_limit_ms": -1}`, "config.time_limit_ms", "0 for no limit"},
		{`{"random_time_limit": true}`, "config.random_time_limit", "time_limit_ms"},
		{`{"max_steps": -1}`, "config.max_steps", "0 for no limit"},
		{`{"beta": 1}`, "config.beta", "known are"},
		{`{"workload": {"kinds": []}}`, "config.workload.kinds", "at least one"},
		{stage(``), "config.workload.kinds[0].stages", "give 1"},
		{stage(`{"tasks": 0, "levels": [{"executors": 5, "first": [1]}]}`), "config.workload.kinds[0].stages[0].tasks", "give 1"},
		{stage(`{"tasks": 1, "levels": []}`), "config.workload.kinds[0].stages[0].levels", "at least one"},
		{stage(`{"tasks": 1, "levels": [{"executors": 5}]}`), "config.workload.kinds[0].stages[0].levels[0]", "give some"},
		{stage(`{"tasks": 1, "levels": [{"executors": 0, "first": [1]}]}`), "config.workload.kinds[0].stages[0].levels[0].executors", "positive"},
		{stage(`{"tasks": 1, "levels": [{"executors": 5, "first": [-1]}]}`), "config.workload.kinds[0].stages[0].levels[0].first[0]", "milliseconds from 0"},
		{`{"workload": {"kinds": [{"stages": [` + good + `, ` + good + `], "edges": [[0, 1], [1, 0]]}]}}`, "config.workload.kinds[0].edges", "DAG"},
		{`{"workload": {"kinds": [{"stages": [` + good + `], "edges": [[0, 0]]}]}}`, "config.workload.kinds[0].edges[0]", "leave it out"},
		{`{"workload": {"kinds": [{"stages": [` + good + `], "edges": [[0, 4]]}]}}`, "config.workload.kinds[0].edges[0]", "0 to 0"},
		{`{"workload": {"kinds": [{"stages": [` + good + `]}], "arrivals": [{"arrival_ms": 5, "kind": 1}]}}`, "config.workload.arrivals[0].kind", "0 to 0"},
		{`{"workload": {"kinds": [{"stages": [` + good + `]}], "arrivals": [{"arrival_ms": 5, "kind": 0}, {"arrival_ms": 4, "kind": 0}]}}`, "config.workload.arrivals[1].arrival_ms", ""},
	} {
		err := build(test.config)
		var refused *env.FieldError
		if !errors.As(err, &refused) {
			t.Errorf("%s: %v, want a FieldError", test.config, err)
			continue
		}
		if refused.Field != test.field || !strings.Contains(refused.Remedy, test.remedy) {
			t.Errorf("%s: %v, want %s and %q", test.config, err, test.field, test.remedy)
		}
	}
}

func build(config string) error {
	library, err := sparkenv.NewLibrary("")
	if err != nil {
		return err
	}
	c, err := library.Config("cjs/custom", json.RawMessage(config))
	if err != nil {
		return err
	}
	_, err = library.Factory("cjs/custom", c)
	return err
}

// TestManyStages: a job of 10,000 stages is played to its end.
func TestManyStages(t *testing.T) {
	var b strings.Builder
	b.WriteString(`{"workload": {"kinds": [{"stages": [`)
	for i := range 10000 {
		if i > 0 {
			b.WriteString(",")
		}
		b.WriteString(`{"tasks": 2, "levels": [{"executors": 5, "first": [10]}]}`)
	}
	b.WriteString(`], "edges": [`)
	for i := 1; i < 10000; i++ {
		if i > 1 {
			b.WriteString(",")
		}
		b.WriteString("[" + strconv.Itoa(i/3) + "," + strconv.Itoa(i) + "]")
	}
	b.WriteString(`]}], "arrivals": [{"arrival_ms": 0, "kind": 0}]}}`)
	s := newStage(t, "", "cjs/custom", b.String())
	s.reset(t, 1, "")
	steps := 0
	for ; !s.out.Done(0); steps++ {
		s.set(0, 1)
		if err := s.Step(s.action, s.out, 0); err != nil {
			t.Fatal(err)
		}
	}
	if steps < 10000/10 || s.integer("completed_jobs") != 1 {
		t.Errorf("%d steps, %d jobs completed", steps, s.integer("completed_jobs"))
	}
}

// TestSameContent: what is recorded, and where data came from, don't change
// the content hash; rules and workloads do.
func TestSameContent(t *testing.T) {
	hash := func(scenario, config string) string {
		return testcjs.OpenFactory(t, "", scenario, config).Spec().ContentHash
	}
	base := hash("cjs/custom", "")
	if hash("cjs/custom", `{"record": true}`) != base {
		t.Error("recording changes the content hash")
	}
	for _, config := range []string{`{"cluster": {"executors": 11}}`, `{"sequences": "test"}`, `{"sequence_seed": 1}`, `{` + testcjs.OwnWorkload + `}`} {
		if hash("cjs/custom", config) == base {
			t.Errorf("%s does not change the content hash", config)
		}
	}
}
