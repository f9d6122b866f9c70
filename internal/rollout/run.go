package rollout

import (
	"context"
	"errors"
	"fmt"
	"io"

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
	// scenario, else for the report's default.
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
	// Jobs gets one CSV line per completed job, in the same order, which needs
	// a JobRecorder; nil writes none.
	Jobs io.Writer
	// Drawing gets an SVG of every policy's first episode, which needs a
	// Recorder; nil draws none.
	Drawing io.Writer
	// Progress is called after every episode, from one goroutine at a time.
	Progress func(policy string, done, total int)
}

// Run plays every policy and returns what they reached. When ctx ends, it
// returns, writes and draws what the episodes finished so far gave, together
// with ctx's error.
func Run(ctx context.Context, source Source, report Report, options Options) (*Result, error) {
	total := options.total(source.Spec(), report)
	files, err := openFiles(report, &options, total)
	if err != nil {
		return nil, err
	}
	played, err := playAll(ctx, source, report, &options, files)
	if played == nil {
		return nil, err
	}
	spec := source.Spec()
	result := &Result{
		Environment: spec.ID, Scenario: spec.Scenario, ContentHash: spec.ContentHash, Data: spec.DataHashes,
		Seed: options.Seed, Results: make([]PolicyResult, len(played)),
	}
	for i, episodes := range played {
		result.Results[i] = summarize(options.Policies[i], report.Metrics(), episodes)
		if i > 0 {
			result.Results[i].Versus = compare(options.Policies[0], report.Metrics()[0], episodes, played[0])
		}
	}
	if drawErr := files.draw(fmt.Sprintf("%s, seed %d", spec.Scenario, options.Seed), options.Policies, played); drawErr != nil {
		err = errors.Join(err, drawErr)
	}
	return result, err
}

// Episode is what a report measured of one episode.
type Episode struct {
	// Index is the episode's number, from 0; Steps the decisions in it.
	Index, Steps int
	// Parts holds one entry for each of the report's metrics.
	Parts []stats.Part
}

// Play plays every policy and returns its finished episodes in their order,
// for those who sum them up in their own way. It writes no files. When ctx
// ends, the last of the policies returned may have fewer episodes than the
// others, and the error is ctx's.
func Play(ctx context.Context, source Source, report Report, options Options) ([][]Episode, error) {
	options.Log, options.Jobs, options.Drawing = nil, nil, nil
	files, err := openFiles(report, &options, options.total(source.Spec(), report))
	if err != nil {
		return nil, err
	}
	played, err := playAll(ctx, source, report, &options, files)
	result := make([][]Episode, len(played))
	for i, episodes := range played {
		result[i] = make([]Episode, len(episodes))
		for k, e := range episodes {
			result[i][k] = Episode{e.index, e.steps, e.parts}
		}
	}
	return result, err
}

// total is how many episodes each policy plays.
func (o *Options) total(spec *env.Spec, report Report) int {
	if o.Episodes != 0 {
		return o.Episodes
	}
	if spec.Episodes != 0 {
		return spec.Episodes
	}
	return report.DefaultEpisodes()
}

// playAll plays one policy after another. It returns nil where nothing could
// be played at all.
func playAll(ctx context.Context, source Source, report Report, options *Options, files *files) ([][]*episode, error) {
	if len(options.Policies) == 0 {
		return nil, errors.New("no policies: name at least one")
	}
	total := options.total(source.Spec(), report)
	// A misspelled name must not cost the run of those before it.
	players := make([]player, len(options.Policies))
	for i, name := range options.Policies {
		policy, err := source.NewPolicy(name)
		if err != nil {
			return nil, err
		}
		_, remembers := policy.(env.Rememberer)
		players[i] = player{source: source, report: report, options: options, policy: name, total: total, remembers: remembers, files: files}
	}
	if err := files.begin(); err != nil {
		return nil, err
	}
	played := make([][]*episode, 0, len(players))
	for i := range players {
		episodes, err := players[i].play(ctx)
		if len(episodes) > 0 || err == nil {
			played = append(played, episodes)
		}
		if err != nil {
			return played, err
		}
	}
	return played, nil
}
