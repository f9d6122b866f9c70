package bench

import (
	"fmt"
	"slices"

	"trailblazer/ccemu/metric"
)

// codeScore is a score of the authors' code over some episodes.
type codeScore struct {
	scenario, policy string
	theirs           float64
	// keys are the episodes that it is the mean of; nil stands for all
	// hundred traces.
	keys []uint64
	over string
}

// hundred is how many traces the ABR tests have.
const hundred = 100

// abrCode is what Trailblazer's public simulator, baselines and GENET's
// published network score on the published traces and videos, chunk 0 apart.
var abrCode = [...]codeScore{
	{"abr/default-test", "bba", 0.7641513827696078, nil, "all traces"},
	{"abr/default-test", "mpc", 0.8484549686275232, nil, "all traces"},
	{"abr/default-test", "genet-greedy", 0.827490959530295, nil, "all traces"},
	{"abr/default-test", "genet-sampled", 0.8473, nil, "all traces, seeds 100003, 1, 2 and 666"},
	{"abr/ood2", "bba", 0.586737987687765, nil, "all traces"},
	{"abr/ood2", "mpc", 0.6309436397166197, nil, "all traces"},
	{"abr/ood2", "genet-greedy", 0.6511433368358089, nil, "all traces"},
	{"abr/ood2", "genet-sampled", 0.6475, nil, "all traces, seeds 100003, 1, 2 and 666"},
}

// papersSeeds are those of the public code's scripts.
var papersSeeds = [...]uint64{666, 1}

// cjsCode is what the public scheduler simulator with Decima's published
// network gives in seconds, the mean of the job sequences 666 and 1, with its
// own random streams for the durations of tasks.
var cjsCode = [...]codeScore{
	sequences("cjs/default-test", "fifo", 86.122, 53.036),
	sequences("cjs/default-test", "fair", 64.107, 42.750),
	sequences("cjs/default-test", "decima-sampled", 56.738, 38.994),
	sequences("cjs/default-test", "decima-greedy", 70.106, 43.348),
	sequences("cjs/ood1", "fifo", 364.350, 112.002),
	sequences("cjs/ood1", "fair", 201.405, 82.204),
	sequences("cjs/ood1", "decima-sampled", 158.908, 69.808),
	sequences("cjs/ood1", "decima-greedy", 197.064, 73.824),
	sequences("cjs/ood2", "fifo", 86.026, 110.892),
	sequences("cjs/ood2", "fair", 61.543, 65.149),
	sequences("cjs/ood2", "decima-sampled", 55.468, 54.456),
	sequences("cjs/ood2", "decima-greedy", 70.392, 66.606),
	sequences("cjs/ood3", "fifo", 746.551, 401.247),
	sequences("cjs/ood3", "fair", 204.155, 210.257),
	sequences("cjs/ood3", "decima-sampled", 202.301, 134.468),
	sequences("cjs/ood3", "decima-greedy", 305.904, 169.028),
}

func sequences(scenario, policy string, of666, of1 float64) codeScore {
	return codeScore{scenario, policy, (of666 + of1) / 2, papersSeeds[:], "sequences 666 and 1"}
}

// codeScores puts those scores beside ours whose episodes were played, on the
// published data.
func (r *Report) codeScores(list []codeScore) []CodeScore {
	var scores []CodeScore
	for _, c := range list {
		s := r.scenario(c.scenario)
		if s == nil || s.DataSource != "real" {
			continue
		}
		row := s.row(c.policy)
		if row == nil {
			continue
		}
		name := r.Headlines[0].Name
		ours, ok := row.Metrics[name].Mean, row.Episodes == hundred
		if c.keys != nil {
			ours, ok = meanOf(s, row.Values[name], c.keys)
		}
		if ok {
			scores = append(scores, CodeScore{c.scenario, c.policy, name, c.over, Number(c.theirs), ours})
		}
	}
	return scores
}

// meanOf is the mean over some episodes, if all were played.
func meanOf(s *Scenario, values []Number, keys []uint64) (mean Number, ok bool) {
	for _, key := range keys {
		at := slices.Index(s.Keys, key)
		if at < 0 || !(values[at] == values[at]) {
			return 0, false
		}
		mean += values[at] / Number(len(keys))
	}
	return mean, true
}

// The paper's server (Methods, "APC implementation"): 64 requests are answered
// together, in 37.1 ms on average.
const (
	serverBatch     = 64
	serverServiceMs = 37.1
)

// delays models the paper's Fig. 5b: peaks of requests, all or some of which
// the scheduler sends to the language model.
func (r *Report) delays() []ServerDelay {
	if r.Suite != "cc" {
		return nil
	}
	server := metric.BatchServer{Size: serverBatch, ServiceMs: []float64{serverServiceMs}}
	var list []ServerDelay
	for _, requests := range []int{500, 1000, 2000} {
		for _, percent := range []int{100, 80, 20} {
			d, err := server.Delay(requests*percent/100, metric.DeadlineMs)
			if err == nil { // None of these settings is out of range.
				list = append(list, ServerDelay{requests, float64(percent) / 100, d.MeanMs, d.P95Ms, d.LateShare})
			}
		}
	}
	return list
}

// serverWords is what the model says of the paper's example.
func serverWords(delays []ServerDelay) []string {
	var all, some float64
	for _, d := range delays {
		if d.Requests == 2000 && d.Share == 1 {
			all = d.MeanMs
		}
		if d.Requests == 2000 && d.Share == 0.2 {
			some = d.MeanMs
		}
	}
	return []string{fmt.Sprintf("a server that answers %d requests together in %.1f ms, the peak spread over %d ms: %.0f ms for all, %.0f ms for 20 %% of them",
		serverBatch, serverServiceMs, metric.DeadlineMs, all, some)}
}
