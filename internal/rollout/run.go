package rollout

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"trailblazer/api/env"
	"trailblazer/internal/stats"
)

// Source makes environments and the policies that play in them.
type Source interface {
	Spec() *env.Spec
	NewEnv(ctx context.Context) (env.Env, error)
	NewPolicy(name string) (env.Policy, error)
}

// Options says what to play.
type Options struct {
	Policies []string
	// Episodes is how many each policy plays; 0 stands for all of a fixed
	// scenario, else DefaultEpisodes.
	Episodes int
	// Seed seeds policies, and the episodes of a scenario that draws them:
	// episode k has the seed Seed+k. In a fixed scenario episode k is the
	// scenario's own.
	Seed uint64
	// Workers is how many episodes are played at once; 0 stands for one per
	// core.
	Workers int
	// Log gets one CSV line per step, in the order of policies and episodes;
	// nil logs nothing.
	Log io.Writer
	// Progress is called after every episode, from one goroutine at a time.
	Progress func(policy string, done, total int)
}

// DefaultEpisodes is how many episodes of a generated scenario are played.
const DefaultEpisodes = 100

// episode is the outcome of one.
type episode struct {
	parts []stats.Part
	steps int
	lines [][]string
}

// Run plays every policy and returns what they reached. When ctx ends, it
// returns the results of the episodes finished so far together with ctx's
// error.
func Run(ctx context.Context, source Source, report Report, options Options) (*Result, error) {
	spec := source.Spec()
	result := &Result{
		Environment: spec.ID, Scenario: spec.Scenario, ContentHash: spec.ContentHash, Data: spec.DataHashes,
		Seed: options.Seed, Results: []PolicyResult{},
	}
	if len(options.Policies) == 0 {
		return nil, errors.New("no policies: name at least one")
	}
	// A misspelled name must not cost the run of those before it.
	players := make([]player, len(options.Policies))
	for i, name := range options.Policies {
		policy, err := source.NewPolicy(name)
		if err != nil {
			return nil, err
		}
		_, remembers := policy.(env.Rememberer)
		players[i] = player{source: source, report: report, options: &options, policy: name, remembers: remembers}
	}
	var log *csv.Writer
	if options.Log != nil {
		log = csv.NewWriter(options.Log)
		if err := log.Write(append(report.LogColumns(), "policy")); err != nil {
			return nil, err
		}
	}
	for i := range players {
		p := &players[i]
		p.log = log
		episodes, err := p.play(ctx)
		if len(episodes) > 0 || err == nil {
			result.Results = append(result.Results, summarize(p.policy, report.Metrics(), episodes))
		}
		if err != nil {
			return result, err
		}
	}
	return result, nil
}

// player plays all episodes of one policy.
type player struct {
	source  Source
	report  Report
	options *Options
	policy  string
	// remembers says that the policy carries something from episode to
	// episode, so that they are played one after another.
	remembers bool
	log       *csv.Writer
}

func (p *player) play(ctx context.Context) ([]*episode, error) {
	total := p.options.Episodes
	if total == 0 {
		if total = p.source.Spec().Episodes; total == 0 {
			total = DefaultEpisodes
		}
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	var next atomic.Int64
	var group sync.WaitGroup
	done := make([]*episode, total)
	finished := make(chan int)
	for range p.workers(total) {
		group.Go(func() {
			if err := p.work(ctx, &next, done, finished); err != nil {
				cancel(err)
			}
		})
	}
	go func() { group.Wait(); close(finished) }()

	// Episodes are logged in order as soon as all before them are there.
	count, logged := 0, 0
	var logErr error
	ready := make([]bool, total)
	for k := range finished {
		ready[k] = true
		count++
		if p.options.Progress != nil {
			p.options.Progress(p.policy, count, total)
		}
		for ; logged < total && ready[logged]; logged++ {
			if logErr == nil {
				if logErr = p.write(done[logged]); logErr != nil {
					cancel(logErr)
				}
			}
			done[logged].lines = nil
		}
	}
	episodes := make([]*episode, 0, count)
	for _, e := range done {
		if e != nil {
			episodes = append(episodes, e)
		}
	}
	if count < total {
		return episodes, context.Cause(ctx)
	}
	return episodes, logErr
}

// workers returns how many episodes may be played at once.
func (p *player) workers(total int) int {
	if p.remembers {
		return 1
	}
	workers := p.options.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	return min(workers, total)
}

// work plays episodes until none is left.
func (p *player) work(ctx context.Context, next *atomic.Int64, done []*episode, finished chan<- int) error {
	e, err := p.source.NewEnv(ctx)
	if err != nil {
		return err
	}
	defer e.Close()
	policy, err := p.source.NewPolicy(p.policy)
	if err != nil {
		return err
	}
	stage := &stage{player: p, env: e, policy: policy,
		out:    env.NewBatch(e.Spec(), 1),
		action: env.NewArrays(env.Leaves(e.Spec().Action), 1),
	}
	for {
		k := int(next.Add(1) - 1)
		if k >= len(done) {
			return nil
		}
		one, err := stage.episode(ctx, k)
		if err != nil {
			return fmt.Errorf("policy %s, episode %d: %w", p.policy, k, err)
		}
		done[k] = one
		finished <- k
	}
}

// stage is an environment with a policy in it.
type stage struct {
	*player
	env    env.Env
	policy env.Policy
	out    *env.Batch
	action env.Arrays
}

func (s *stage) episode(ctx context.Context, k int) (*episode, error) {
	seed := uint64(k)
	if s.source.Spec().Episodes == 0 {
		seed += s.options.Seed
	}
	if err := s.env.Reset(&seed, nil, s.out, 0); err != nil {
		return nil, err
	}
	s.out.Reward[0], s.out.Terminated[0], s.out.Truncated[0] = 0, false, false
	s.policy.Reset(s.options.Seed + uint64(k))
	e := &episode{parts: make([]stats.Part, len(s.report.Metrics()))}
	for start := true; ; start = false {
		s.report.Measure(s.out, 0, start, e.parts)
		if s.log != nil {
			if line, ok := s.report.AppendLog(nil, s.out, 0, start); ok {
				e.lines = append(e.lines, append(line, s.player.policy))
			}
		}
		if s.out.Done(0) {
			break
		}
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if err := s.policy.Act(s.out, 0, s.action); err != nil {
			return nil, err
		}
		if err := s.env.Step(s.action, s.out, 0); err != nil {
			return nil, err
		}
		e.steps++
	}
	if ender, ok := s.policy.(env.EpisodeEnder); ok {
		if err := ender.EndEpisode(s.out, 0); err != nil {
			return nil, err
		}
	}
	return e, nil
}

func (p *player) write(e *episode) error {
	if p.log == nil {
		return nil
	}
	if err := p.log.WriteAll(e.lines); err != nil { // WriteAll flushes.
		return fmt.Errorf("step log: %w", err)
	}
	return nil
}
