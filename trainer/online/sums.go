package online

import (
	"fmt"
	"math"

	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/rl"
)

// sums are those of what was measured since the last point.
type sums struct {
	Iterations int `json:"iterations"`
	Episodes   int `json:"episodes"`
	// Updates are steps of the optimizer in which labels were learned.
	Updates int `json:"updates,omitempty"`
	// Return and Length sum up the episodes.
	Return float64 `json:"return"`
	Length float64 `json:"length"`
	// Means are those of other quantities.
	Means map[string]mean `json:"means,omitempty"`
}

type mean struct {
	Sum   float64 `json:"sum"`
	Count int     `json:"count"`
}

// The names of means.
const (
	meanReward     = "reward"
	meanLoss       = "loss"
	meanAccuracy   = "accuracy"
	meanNorm       = "norm"
	meanPolicy     = "policy"
	meanValue      = "value"
	meanEntropy    = "entropy"
	meanKL         = "kl"
	meanClipped    = "clipped"
	meanExplained  = "explained"
	meanAnchor     = "anchor"
	meanCriticNorm = "critic norm"
)

// one is a number by its name.
type one struct {
	name  string
	value float64
}

// add adds numbers, which must be finite.
func (s *sums) add(list ...one) error {
	if s.Means == nil {
		s.Means = map[string]mean{}
	}
	for _, o := range list {
		if math.IsNaN(o.value) || math.IsInf(o.value, 0) {
			return fmt.Errorf("the %s is %v: lower the stage's rate, or cut rewards off by reward.floor", o.name, o.value)
		}
		m := s.Means[o.name]
		s.Means[o.name] = mean{m.Sum + o.value, m.Count + 1}
	}
	return nil
}

// played adds what an iteration has played.
func (s *sums) played(e *rl.Experience) {
	for _, r := range e.Episodes {
		s.Return += r.Return
		s.Length += float64(r.Length)
	}
	s.Iterations++
	s.Episodes += len(e.Episodes)
}

// returns are those of the episodes that have ended in the last iterations.
type returns struct {
	last  [returnsOf]mean
	next  int
	known *float64
}

// returnsOf is how many iterations a return that is told is the mean of.
const returnsOf = 5

// add adds what an iteration has played.
func (r *returns) add(e *rl.Experience) {
	own := mean{Count: len(e.Episodes)}
	for _, one := range e.Episodes {
		own.Sum += one.Return
	}
	r.last[r.next] = own
	r.next = (r.next + 1) % returnsOf
	var all mean
	for _, m := range r.last {
		all = mean{all.Sum + m.Sum, all.Count + m.Count}
	}
	if all.Count > 0 {
		known := all.Sum / float64(all.Count)
		r.known = &known
	}
}

// imitated adds what was measured while labels were learned, in some updates.
func (s *sums) imitated(i rl.ImitationStats, updates int) error {
	s.Updates += updates
	return s.add(one{meanLoss, i.Loss}, one{meanAccuracy, i.Accuracy}, one{meanNorm, i.Norm})
}

// reinforced adds what was measured of an update; of one that only prepared the
// critic what is its.
func (s *sums) reinforced(stage *Stage, u *rl.Stats, prepared bool, reward float64) error {
	list := []one{{meanReward, reward}}
	if stage.Baseline == BaselineCritic {
		list = append(list, one{meanValue, u.Value}, one{meanExplained, u.Explained}, one{meanCriticNorm, u.CriticNorm})
	}
	if !prepared {
		list = append(list, one{meanPolicy, u.Policy}, one{meanEntropy, u.Entropy}, one{meanKL, u.KL}, one{meanNorm, u.Norm})
		if stage.Algorithm == PPO {
			list = append(list, one{meanClipped, u.Clipped})
		}
		if stage.Imitation > 0 {
			list = append(list, one{meanLoss, u.Imitation})
			s.Updates += u.Updates
		}
		if stage.Anchor > 0 {
			list = append(list, one{meanAnchor, u.Anchor})
		}
	}
	return s.add(list...)
}

// of is a mean, nil where nothing was measured.
func (s *sums) of(name string) *float64 {
	m := s.Means[name]
	if m.Count == 0 {
		return nil
	}
	value := m.Sum / float64(m.Count)
	return &value
}

// point is what metrics.jsonl says of the iterations.
func (s *sums) point(task string, stage *Stage, step int) *checkpoint.Point {
	o := &checkpoint.Online{Stage: stage.Name, Algorithm: stage.Algorithm, Episodes: s.Episodes,
		Reward: s.of(meanReward), Policy: s.of(meanPolicy), Value: s.of(meanValue), Entropy: s.of(meanEntropy), KL: s.of(meanKL), Clipped: s.of(meanClipped),
		Explained: s.of(meanExplained), Anchor: s.of(meanAnchor), CriticNorm: s.of(meanCriticNorm)}
	if s.Episodes > 0 {
		r, n := s.Return/float64(s.Episodes), s.Length/float64(s.Episodes)
		o.Return, o.Length = &r, &n
	}
	p := &checkpoint.Point{Kind: checkpoint.Trained, Step: step, Online: o}
	if norm := s.of(meanNorm); norm != nil {
		p.GradNorm = *norm
	}
	if loss := s.of(meanLoss); loss != nil {
		t := checkpoint.TaskPoint{Task: task, Batches: s.Updates, Loss: *loss}
		if accuracy := s.of(meanAccuracy); accuracy != nil {
			t.Accuracy = *accuracy
		}
		p.Tasks = []checkpoint.TaskPoint{t}
	}
	return p
}
