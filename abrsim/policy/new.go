package policy

import (
	"fmt"

	"trailblazer/abrsim"
	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
)

// Worlds shows the worlds behind episodes to privileged policies.
// *abrenv.Factory is one.
type Worlds interface {
	// World is the world of a trace and a video, by the indices that the
	// environment shows in info.
	World(trace, video int) *abrsim.World
}

// New makes the policy of this name for environments of a spec, which must be
// trailblazer/ABR-v0. See the package comment for how names are written.
// worlds may be nil for policies that are not privileged. A name that does not
// exist is an *env.NotFoundError; wrong parameters, and a privileged policy
// without worlds, are an *env.FieldError.
func New(name string, spec *env.Spec, worlds Worlds) (env.Policy, error) {
	e, values, err := parse(name)
	if err != nil {
		return nil, err
	}
	rule, err := e.rule(name, values, worlds)
	if err != nil {
		return nil, err
	}
	p, err := adapt(rule, spec)
	if err != nil {
		return nil, err
	}
	if e.remembers {
		return &remembering{policy: *p}, nil
	}
	return p, nil
}

// Adapt lets a rule act in environments of a spec, which must be
// trailblazer/ABR-v0. A [Checker] is asked about all their videos.
func Adapt(rule Rule, spec *env.Spec) (env.Policy, error) {
	p, err := adapt(rule, spec)
	if err != nil {
		return nil, err
	}
	return p, nil
}

func adapt(rule Rule, spec *env.Spec) (*policy, error) {
	manifest, err := abrenv.ParseManifest(spec)
	if err != nil {
		return nil, err
	}
	p := &policy{rule: rule, initialLevel: manifest.Player.InitialLevel}
	for _, v := range manifest.Videos {
		video, err := NewVideo(v.BitratesKbps, v.SizesBytes, v.ChunkMs, v.ChunksPlayed, manifest.Player, manifest.QoE)
		if err != nil {
			return nil, err
		}
		if checker, ok := rule.(Checker); ok {
			if err := checker.Check(video); err != nil {
				return nil, fmt.Errorf("video %q: %w", v.Name, err)
			}
		}
		p.videos = append(p.videos, video)
	}
	return p, p.bind(env.Leaves(spec.Info))
}

// NewRule makes the rule of this name, for those who run it without an
// environment. Errors are those of [New].
func NewRule(name string, worlds Worlds) (Rule, error) {
	e, values, err := parse(name)
	if err != nil {
		return nil, err
	}
	return e.rule(name, values, worlds)
}

func (e *entry) rule(name string, values []float64, worlds Worlds) (Rule, error) {
	if e.privileged && worlds == nil {
		return nil, &env.FieldError{Field: "policy", Value: fmt.Sprintf("%q, which must know the future of the link", name),
			Remedy: "run it where the environment's traces are at hand, not against a remote server"}
	}
	return e.build(values, worlds), nil
}
