package ccreport_test

import (
	"bytes"
	"encoding/json"
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/api/env"
	"trailblazer/ccemu/ccreport"
	"trailblazer/internal/rollout"
	"trailblazer/internal/stats"
)

// oneFlow is a session of three steps.
func oneFlow() []row {
	return []row{
		{timeMs: 0, reward: 99, flows: []map[string]float64{{"request_kbps": 800, "bottleneck_kbps": 1000, "target_kbps": 300, "ape": 9, "ape_counts": 1, "played_ms": 7}}},
		{timeMs: 100, reward: 0.5, flows: []map[string]float64{{
			"label_kbps": 1000, "label_request_kbps": 800, "ape": 0.25, "ape_counts": 1, "good_conditions": 1, "send_kbps": 620, "receive_kbps": 600, "media_kbps": 600,
			"queue_delay_ms": 5, "arrivals": 1, "loss_share": 0.1, "played_ms": 50, "bottleneck_kbps": 500, "request_kbps": 800, "target_kbps": 600, "target_age_ms": 100,
		}}},
		// Nothing arrives, too little is there, and the video stands still.
		{timeMs: 200, reward: -1, flows: []map[string]float64{{
			"label_kbps": 40, "label_request_kbps": 800, "send_kbps": 100, "loss_share": 1, "played_ms": 100,
			"stalled_100_ms": 150, "bottleneck_kbps": 400, "request_kbps": 900, "target_kbps": 600, "target_age_ms": 200,
		}}},
		{timeMs: 300, reward: 0, flows: []map[string]float64{{
			"label_kbps": 400, "label_request_kbps": 900, "ape": 1.5, "ape_counts": 1, "send_kbps": 1000, "receive_kbps": 400, "media_kbps": 400,
			"queue_delay_ms": 250, "arrivals": 1, "loss_share": 0.4, "played_ms": 100,
			"stalled_100_ms": 50, "stalled_200_ms": 200, "bottleneck_kbps": 1, "request_kbps": 1, "target_kbps": 1000, "target_age_ms": 60,
		}}},
	}
}

// twoFlows has two of these sessions, where the second flow gets nothing.
func twoFlows() []row {
	rows := oneFlow()
	for i := range rows {
		rows[i].flows = append(rows[i].flows, map[string]float64{"request_kbps": 500, "label_request_kbps": 500, "played_ms": 100, "stalled_100_ms": 100, "stalled_200_ms": 100, "stalled_500_ms": 100})
	}
	return rows
}

func measure(t *testing.T, spec *env.Spec, rows []row) (metrics []rollout.Metric, parts []stats.Part) {
	t.Helper()
	r := newReport(t, spec)
	metrics = r.Metrics()
	parts = make([]stats.Part, len(metrics))
	// Row 1 of 3: others hold what must not count.
	b := env.NewBatch(spec, 3)
	for i := range rows {
		rows[i].show(b, 1)
		b.Truncated[1] = i > 0 && i == len(rows)-1
		r.Measure(b, 1, i == 0, parts)
	}
	return metrics, parts
}

func TestMetricsByHand(t *testing.T) {
	for _, test := range []struct {
		why   string
		flows int
		rows  []row
		parts map[string]stats.Part
		value map[string]float64
	}{
		{"one flow", 1, oneFlow(), map[string]stats.Part{
			"mape": {0.25, 1.5}, "ape_median": {0.25, 1.5}, "ape_p95": {0.25, 1.5},
			"stall_rate_100ms": {0, 50, 150, 100, 50, 100}, "stall_rate_200ms": {0, 50, 0, 100, 200, 100}, "stall_rate_500ms": {0, 50, 0, 100, 0, 100},
			// Of 800 of 1000, of 40 of 800, and of 400 of 900 kbps.
			"utilization":        {600, 800, 0, 40, 400, 400},
			"queue_delay_p95_ms": {5, 250}, "queue_delay_ms": {5, 250},
			"throughput_kbps": {600, 0, 400}, "loss": {0.1, 1, 0.4}, "reward": {0.5, -1, 0}, "poor_share": {0, 1, 1},
		}, map[string]float64{
			"mape": 0.875, "ape_median": 0.25, "ape_p95": 1.5, "stall_rate_100ms": 0.8, "stall_rate_200ms": 0.8, "stall_rate_500ms": 0,
			"utilization": 1000. / 1240, "queue_delay_p95_ms": 250, "queue_delay_ms": 127.5, "throughput_kbps": 1000. / 3,
			"loss": 0.5, "reward": -0.5 / 3, "poor_share": 2. / 3,
		}},
		{"two flows", 2, twoFlows(), map[string]stats.Part{
			"mape":             {0.25, 1.5},
			"stall_rate_500ms": {0, 50, 100, 100, 0, 100, 100, 100, 0, 100, 100, 100},
			"utilization":      {600, 800, 0, 0, 0, 40, 0, 0, 400, 400, 0, 0},
			"throughput_kbps":  {600, 0, 0, 0, 400, 0},
			"queue_delay_ms":   {5, 250},
			"reward":           {0.5, -1, 0}, // of all flows
			"poor_share":       {0, 1, 1, 1, 1, 1},
			"fairness":         {0.5}, // The first got all of it.
		}, map[string]float64{
			"mape": 0.875, "stall_rate_100ms": 500. / 550, "stall_rate_500ms": 300. / 550, "utilization": 1000. / 1240,
			"throughput_kbps": 1000. / 6, "reward": -0.5 / 3, "poor_share": 5. / 6,
		}},
		{"only a reset", 1, oneFlow()[:1], map[string]stats.Part{"mape": nil, "reward": nil, "stall_rate_100ms": nil}, map[string]float64{"mape": 0, "stall_rate_100ms": 0}},
	} {
		metrics, parts := measure(t, newSpec(test.flows, 1), test.rows)
		names := map[string]int{}
		for i, m := range metrics {
			names[m.Name] = i
			if m.Unit == "" || m.Description == "" {
				t.Errorf("%s has no unit or description", m.Name)
			}
		}
		for name, want := range test.parts {
			if got := parts[names[name]]; !slices.Equal(got, want) {
				t.Errorf("%s: %s %v, want %v", test.why, name, got, want)
			}
		}
		for name, want := range test.value {
			i := names[name]
			if got := metrics[i].Statistic.Of(parts[i : i+1]).Value; math.Abs(got-want) > 1e-12 {
				t.Errorf("%s: %s is %v, want %v", test.why, name, got, want)
			}
		}
	}
}

// TestLogByHand has predictions in the log, and neither probes nor other flows'
// predictions in their place.
func TestLogByHand(t *testing.T) {
	for _, test := range []struct {
		why           string
		flows, width  int
		header, third string
	}{
		{"one flow", 1, 1, "time_ms,predicted_kbps,label_kbps,request_kbps,ape,send_kbps,receive_kbps,queue_delay_ms,loss_share,played_ms,stalled_100_ms,reward,policy",
			"300.0,1000.0,400.0,900.0,1.5,1000.0,400.0,250.0,0.4,100.0,50.0,0.0,p"},
		{"one flow that probes", 1, 2, "time_ms,predicted_kbps,", "300.0,1000.0,400.0,900.0,1.5,1000.0,400.0,250.0,0.4,100.0,50.0,0.0,p"},
		{"two flows", 2, 1, "time_ms,predicted_kbps_0,label_kbps_0,request_kbps_0,ape_0,send_kbps_0,receive_kbps_0,queue_delay_ms_0,loss_share_0,played_ms_0,stalled_100_ms_0,predicted_kbps_1,",
			"300.0,1000.0,400.0,900.0,1.5,1000.0,400.0,250.0,0.4,100.0,50.0,1001.0,0.0,500.0,0.0,0.0,0.0,0.0,0.0,100.0,100.0,0.0,p"},
		{"two flows that probe", 2, 2, "time_ms,predicted_kbps_0,",
			"300.0,1000.0,400.0,900.0,1.5,1000.0,400.0,250.0,0.4,100.0,50.0,1002.0,0.0,500.0,0.0,0.0,0.0,0.0,0.0,100.0,100.0,0.0,p"},
	} {
		s := &script{spec: newSpec(test.flows, test.width), rows: twoFlows()}
		var log bytes.Buffer
		result, err := rollout.Run(t.Context(), s, newReport(t, s.spec), rollout.Options{Policies: []string{"p"}, Log: &log})
		if err != nil {
			t.Fatalf("%s: %v", test.why, err)
		}
		lines := strings.Split(strings.TrimSpace(log.String()), "\n")
		if len(lines) != 4 || !strings.HasPrefix(lines[0], test.header) || lines[3] != test.third {
			t.Errorf("%s: log\n%s\nwant\n%s...\n%s", test.why, log.String(), test.header, test.third)
		}
		if strings.Count(lines[0], ",") != strings.Count(lines[3], ",") {
			t.Errorf("%s: %s\nhas other columns than\n%s", test.why, lines[0], lines[3])
		}
		if got := result.Results[0].Metrics["mape"].Mean; got != 0.875 {
			t.Errorf("%s: MAPE %v", test.why, got)
		}
	}
}

func TestRefusals(t *testing.T) {
	for name, spoil := range map[string]func(*env.Spec){
		`"time_ms"`:         func(s *env.Spec) { s.Info.Entries = s.Info.Entries[1:] },
		`"bottleneck_kbps"`: func(s *env.Spec) { s.Info.Entries = s.Info.Entries[:1] },
		`"stalled_500_ms" of 3 flows, and others of 2`: func(s *env.Spec) {
			s.Info.Entries[len(s.Info.Entries)-1].Space.(*env.Box).Shape = []int{3}
		},
		`"ape"`:                    func(s *env.Spec) { s.Info.Entries[8].Space.(*env.Box).DType = env.Int64 },
		`"bottleneck_kbps" of no`:  func(s *env.Spec) { s.Info.Entries[1].Space.(*env.Box).Shape = []int{0} },
		"bandwidths of 2 flows":    func(s *env.Spec) { s.Action = &env.Discrete{N: 2} },
		"the bandwidths of 2 flow": func(s *env.Spec) { s.Action.(*env.Box).Shape = []int{3} },
	} {
		spec := newSpec(2, 1)
		spoil(spec)
		if _, err := ccreport.New(spec); err == nil || !strings.Contains(err.Error(), name) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSettingsAreAnObject(t *testing.T) {
	r := newReport(t, newSpec(1, 1))
	var settings map[string]bool
	if err := json.Unmarshal(r.Settings(), &settings); err != nil || !settings["packets"] || !settings["probes"] {
		t.Errorf("%s: %v", r.Settings(), err)
	}
	if r.DefaultEpisodes() < 1 || len(r.Recording()) != 0 {
		t.Errorf("%d episodes, recording %s", r.DefaultEpisodes(), r.Recording())
	}
}
