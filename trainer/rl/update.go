package rl

import (
	"math"
	"slices"

	"trailblazer/internal/jsonconfig"
	"trailblazer/trainer/kernel"
	"trailblazer/trainer/model"
)

// assessed is what an experience says of its steps.
type assessed struct {
	// advantages are those of the policy, before they are standardised.
	advantages []float32
	// returns are what the critic learns; nil where it doesn't.
	returns []float32
	// old are the log-probabilities of what was done, before the update.
	old []float32
}

// assess compares what was done with the baseline.
func (l *Learner) assess(e *Experience, p *PPO, s *Stats) (a assessed, err error) {
	if a.old, err = l.before(e); err != nil {
		return a, err
	}
	if p.Baseline != BaselineGroup {
		if err := l.options.Critic.Read(e); err != nil {
			return a, err
		}
	}
	if p.Anchor > 0 {
		if e, err = l.anchored(e, p, a.old, s); err != nil {
			return a, err
		}
	}
	if p.Baseline == BaselineGroup {
		a.advantages, err = GroupBaseline(e, p.Gamma)
		return a, err
	}
	a.advantages, a.returns = Advantages(e, p.Gamma, p.Lambda)
	s.Explained = explained(a.returns, e.Value)
	return a, nil
}

// before are the log-probabilities of what was done. A model that looks back
// has seen more than a piece of an episode shows, so it is asked again: ratios
// begin at 1 then.
func (l *Learner) before(e *Experience) ([]float32, error) {
	m, task := l.options.Model, l.options.Task
	switch {
	case m.Config().Tasks[task].Head.Kind == model.HeadValue && m.LogStd(task) == nil:
		return nil, jsonconfig.Refuse("model.task.head.std", "0", "give the standard deviation that values are tried out with at first, such as 0.5: reinforcement learns from what it tries")
	case e.LogProbability == nil:
		return nil, jsonconfig.Refuse("collect.beta", "above 0", "give 0 for reinforcement: it learns from what the model does itself")
	case l.stepwise():
		return e.LogProbability, nil
	}
	return l.logProbabilities(m, e)
}

// anchored is the experience with what lies far from the anchor made dearer.
func (l *Learner) anchored(e *Experience, p *PPO, old []float32, s *Stats) (*Experience, error) {
	anchor, err := l.logProbabilities(l.options.Anchor, e)
	if err != nil {
		return nil, err
	}
	dearer := *e
	dearer.Reward = slices.Clone(e.Reward)
	for t := range dearer.Reward {
		far := float64(old[t]) - float64(anchor[t])
		dearer.Reward[t] -= float32(p.Anchor * far)
		s.Anchor += far / float64(e.Len())
	}
	return &dearer, nil
}

// logProbabilities are those of what was done, as a model has them.
func (l *Learner) logProbabilities(m *model.Model, e *Experience) ([]float32, error) {
	all := make([]float32, 0, e.Len())
	var b part
	bounds := l.pieces(e)
	pieces := make([]int32, len(bounds)-1)
	for i := range pieces {
		pieces[i] = int32(i)
	}
	for _, some := range cut(pieces, bounds, readAtOnce) {
		b.gather(&e.Steps, bounds, some)
		l.actor.tape.Begin(kernel.Eval, 0)
		policy, err := m.Policy(l.actor.tape, l.options.Task, &b.steps, &b.steps.Actions)
		if err != nil {
			return nil, err
		}
		all = append(all, policy.LogProbability.Value...)
	}
	return all, nil
}

const (
	// farthest bounds the logarithms of ratios in what is measured, so that it
	// stays finite.
	farthest = 20
	// lost is a distance, in nats, from which there is nothing to be learned from
	// what was done: ratios soon overflow, as where a deviation has shrunk. It
	// ends the passes over an experience.
	lost = 1000
)

// learnPolicy makes what went well likelier.
func (l *Learner) learnPolicy(e *Experience, p *PPO, a assessed, s *Stats) error {
	bounds, random := l.pieces(e), l.order(actorStream)
	var b part
	var advantages, old []float32
	total := 0.0
	for range p.Epochs {
		for _, some := range shuffled(random, bounds, p.Minibatch) {
			b.gather(&e.Steps, bounds, some)
			advantages, old = pick(advantages, a.advantages, b.rows), pick(old, a.old, b.rows)
			if !p.Unscaled {
				standardiseAdvantages(advantages)
			}
			l.actor.tape.Begin(kernel.Train, random.Uint64())
			loss, m, err := l.loss(e, p, &b, advantages, old)
			if err != nil {
				return err
			}
			s.KL = m.KL
			if p.TargetKL > 0 && m.KL > 1.5*p.TargetKL || m.KL > lost {
				s.mean(total)
				return nil
			}
			if m.Norm, err = l.actor.step(loss, p.Rate, p.ClipNorm); err != nil {
				return err
			}
			s.add(&m, float64(len(b.rows)))
			total += float64(len(b.rows))
			s.Updates++
		}
	}
	s.mean(total)
	return nil
}

// loss is that of one minibatch, on the tape, with what it shows.
func (l *Learner) loss(e *Experience, p *PPO, b *part, advantages, old []float32) (*kernel.Var, Stats, error) {
	t, m := l.actor.tape, Stats{}
	policy, err := l.options.Model.Policy(t, l.options.Task, &b.steps, &b.steps.Actions)
	if err != nil {
		return nil, m, err
	}
	var loss *kernel.Var
	if p.Clip > 0 {
		loss = t.ClippedSurrogate(policy.LogProbability, old, advantages, nil, float32(p.Clip))
	} else {
		for i := range advantages {
			advantages[i] /= -float32(len(advantages))
		}
		loss = t.WeightedSum(policy.LogProbability, advantages)
	}
	m.Policy = float64(loss.Value[0])
	entropy := t.WeightedSum(policy.Entropy, nil)
	m.Entropy = float64(entropy.Value[0])
	if p.Entropy > 0 {
		loss = t.Sum(loss, t.Scale(entropy, -float32(p.Entropy)))
	}
	for i, lp := range policy.LogProbability.Value {
		far := min(float64(lp)-float64(old[i]), farthest)
		ratio := math.Exp(far)
		m.KL += (ratio - 1 - far) / float64(len(old))
		if p.Clip > 0 && math.Abs(ratio-1) > p.Clip {
			m.Clipped += 1 / float64(len(old))
		}
	}
	if p.Imitation > 0 {
		batch := model.Batch{Task: l.options.Task, Steps: b.steps}
		if labelled(&e.Targets, b.rows, &batch.Targets) {
			imitation, losses, err := l.options.Model.Loss(t, &batch)
			if err != nil {
				return nil, m, err
			}
			m.Imitation = losses.Total
			loss = t.Sum(loss, t.Scale(imitation, float32(p.Imitation)))
		}
	}
	return loss, m, nil
}

// learnValues brings the critic nearer to the returns.
func (l *Learner) learnValues(e *Experience, p *PPO, a assessed, s *Stats) error {
	c := l.options.Critic
	c.follow(a.returns)
	targets, old := c.scaled(a.returns), c.scaled(e.Value)
	in := c.inputs(&e.Steps, e.Privileged)
	bounds, random := each(e.Len()), l.order(criticStream)
	var b part
	var some, before []float32
	total := 0.0
	for range p.Epochs {
		for _, pieces := range shuffled(random, bounds, p.Minibatch) {
			b.gather(in, bounds, pieces)
			some, before = pick(some, targets, b.rows), pick(before, old, b.rows)
			t := l.critic.tape
			t.Begin(kernel.Train, random.Uint64())
			x, err := c.model.Values(t, 0, &b.steps)
			if err != nil {
				return err
			}
			loss := t.SquaredError(x, some, nil)
			n := float64(len(b.rows))
			s.Value += float64(loss.Value[0]) * n
			if p.ValueClip > 0 {
				loss = t.ClippedSquaredError(x, some, before, nil, float32(p.ValueClip))
			}
			norm, err := l.critic.step(loss, p.CriticRate, p.ClipNorm)
			if err != nil {
				return err
			}
			s.CriticNorm += norm * n
			total += n
		}
	}
	s.Value, s.CriticNorm = s.Value/total, s.CriticNorm/total
	return nil
}

// add joins what a minibatch has shown, of some steps.
func (s *Stats) add(m *Stats, steps float64) {
	s.Policy += m.Policy * steps
	s.Entropy += m.Entropy * steps
	s.Clipped += m.Clipped * steps
	s.Imitation += m.Imitation * steps
	s.Norm += m.Norm * steps
}

// mean divides by all steps.
func (s *Stats) mean(steps float64) {
	if steps == 0 {
		return
	}
	for _, x := range []*float64{&s.Policy, &s.Entropy, &s.Clipped, &s.Imitation, &s.Norm} {
		*x /= steps
	}
}
