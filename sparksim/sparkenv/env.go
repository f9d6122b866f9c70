package sparkenv

import (
	"encoding/json"
	"math"

	"trailblazer/api/env"
	"trailblazer/internal/jsonconfig"
	"trailblazer/internal/splitmix"
	"trailblazer/sparksim"
)

// Env is one cluster. It implements env.Env, env.ActionChecker and
// env.Snapshotter, and allocates nothing between two resets once its buffers
// have grown.
type Env struct {
	factory  *Factory
	cluster  *sparksim.Cluster
	arrivals []sparksim.Arrival
	view     sparksim.View
	reward   sparksim.Reward // of the last step

	durations splitmix.Stream // of the episode's tasks
	// base is the last seed that was given; drawn counts the episodes since,
	// whose seeds are derived from it.
	base, drawn uint64
	// sequence is the seed of the episode's jobs.
	sequence uint64
	limitMs  float64 // +Inf for none
	boundS   float64
	steps    int
	phase    phase
}

// phase is what the environment waits for.
type phase uint8

const (
	unstarted phase = iota
	running
	finished
	closed
)

func newEnv(f *Factory) *Env { return &Env{factory: f, cluster: f.model.NewCluster()} }

// Spec implements env.Env.
func (e *Env) Spec() *env.Spec { return e.factory.spec }

// Close implements env.Env.
func (e *Env) Close() error {
	e.phase = closed
	return nil
}

// Reset implements env.Env. The options are [ResetOptions].
func (e *Env) Reset(seed *uint64, options json.RawMessage, out *env.Batch, row int) error {
	if e.phase == closed {
		return env.ErrClosed
	}
	var chosen ResetOptions
	if err := jsonconfig.Decode("options", options, &chosen); err != nil {
		return err
	}
	if err := chosen.Validate(); err != nil {
		return err
	}
	episode := e.nextSeed(seed)
	e.sequence = episode
	switch {
	case chosen.SequenceSeed != nil:
		e.sequence = *chosen.SequenceSeed
	case e.factory.config.SequenceSeed != nil:
		e.sequence = *e.factory.config.SequenceSeed
	}
	e.durations = splitmix.Seed(episode)
	e.limitMs = e.drawLimit(episode)
	if limit := chosen.TimeLimitMs; limit != nil {
		e.limitMs = limitOf(*limit)
	}
	e.deal()
	e.cluster.Reset(e.arrivals, &e.durations)
	e.reward, e.steps, e.phase = sparksim.Reward{}, 0, running
	e.show(out, row)
	return nil
}

// nextSeed settles an episode's seed.
func (e *Env) nextSeed(given *uint64) uint64 {
	if given != nil {
		e.base, e.drawn = *given, 0
		return e.base
	}
	e.drawn++
	return splitmix.Mix(e.base, e.drawn)
}

// limitSalt sets the stream of time limits apart from that of durations.
const limitSalt = 0x6c696d6974

func (e *Env) drawLimit(episode uint64) float64 {
	c := &e.factory.config
	if !c.RandomTimeLimit {
		return limitOf(c.TimeLimitMs)
	}
	unit := float64(splitmix.Mix(episode, limitSalt)>>11) / (1 << 53)
	return -c.TimeLimitMs * math.Log1p(-unit)
}

// limitOf is the limit that a setting stands for.
func limitOf(ms float64) float64 {
	if ms == 0 {
		return math.Inf(1)
	}
	return ms
}

// trainSalt sets training sequences apart from those of tests.
const trainSalt = 0x747261696e

// deal draws the jobs of the episode.
func (e *Env) deal() {
	seed := e.sequence
	if e.factory.config.Sequences == SequencesTrain {
		seed = splitmix.Mix(seed, trainSalt)
	}
	e.arrivals = e.factory.workload.Arrivals(e.arrivals[:0], seed)
	e.boundS = e.factory.limits.ExpectedMs(e.arrivals) / 1000
}

// CheckAction implements env.ActionChecker.
func (e *Env) CheckAction(action env.Arrays, row int) error {
	if e.phase != running {
		return nil // Step says so.
	}
	return legal(e.cluster.Check(decision(action, row)))
}

// legal turns the cluster's refusal of a decision into that of an action.
func legal(err error) error {
	if err == nil {
		return nil
	}
	return jsonconfig.FieldError("action", err)
}

// decision reads an action.
func decision(action env.Arrays, row int) (stage, executors int) {
	return int(env.Row[int64](&action[actionStage], row)[0]), int(env.Row[int64](&action[actionExecutors], row)[0])
}

// Step implements env.Env.
func (e *Env) Step(action env.Arrays, out *env.Batch, row int) error {
	switch e.phase {
	case unstarted:
		return env.ErrNotReset
	case finished:
		return env.ErrFinished
	case closed:
		return env.ErrClosed
	}
	reward, err := e.cluster.Step(decision(action, row))
	if err != nil {
		return legal(err)
	}
	e.steps++
	ended := e.cluster.Done()
	over := e.over(e.cluster)
	if over {
		e.phase = finished
	}
	e.reward = reward
	out.Reward[row], out.Terminated[row], out.Truncated[row] = reward.Total, ended, over && !ended
	e.show(out, row)
	return nil
}

// over reports whether an episode has ended with what the cluster is in.
func (e *Env) over(c *sparksim.Cluster) bool {
	most := e.factory.config.MaxSteps
	return c.Done() || e.steps > 0 && c.NowMs() >= e.limitMs || most > 0 && e.steps >= most
}

// show writes observation and info to a row.
func (e *Env) show(out *env.Batch, row int) {
	e.cluster.Observe(&e.view)
	writeView(&e.view, out.Observation, row)
	e.writeInfo(out.Info, row)
}
