package bench

import (
	"fmt"
	"slices"
	"strconv"

	"trailblazer/envserver/catalog"
	"trailblazer/internal/setting"
)

// Options says what to play. The zero value plays the suite.
type Options struct {
	Catalog *catalog.Catalog
	// Scenarios and Policies replace the suite's. The floor and the ceiling
	// are always played.
	Scenarios, Policies []string
	// Seeds are where seeds begin. In a scenario that draws its episodes, each
	// seed S stands for the episodes with the seeds S, S+1 and so on. In a
	// fixed one all episodes are played once for each S, and policies get the
	// seed S plus the episode's number.
	Seeds []uint64
	// Episodes is how many are played for each seed; 0 stands for the suite's.
	Episodes int
	// Quick plays few episodes, for a first look.
	Quick bool
	// Baseline is the policy that others are compared with; empty for the
	// suite's, or the first policy where that is not played.
	Baseline string
	// Recorded are directories of data sets, whose episodes enter as further
	// policies, if they are the same when they are played again.
	Recorded []string
	// Unverified lets episodes that can't be played again enter as they are
	// stated; their policies are marked.
	Unverified bool
	// Workers is how many episodes are played at once; 0 stands for one per
	// core. It changes no result.
	Workers int
	// Version and Command are written into the report.
	Version, Command string
	// Progress is called after every pair of scenario and policy, from one
	// goroutine at a time.
	Progress func(done, total int)
	// Replayed is called after every recorded episode of a data set, from one
	// goroutine at a time.
	Replayed func(dir string, done, total int)
}

// plan is what options and suite come to.
type plan struct {
	Suite
	options   *Options
	scenarios []*scenario
	policies  []string
	notes     []string // which policies are left out, and which weights others have
}

func newPlan(suite *Suite, options *Options) (*plan, error) {
	p := &plan{Suite: *suite, options: options}
	if options.Episodes < 0 {
		return nil, setting.Refuse("--episodes", options.Episodes, "is no number of episodes", "give a positive one, or leave it out")
	}
	switch {
	case options.Episodes > 0:
		p.Episodes = options.Episodes
	case options.Quick:
		p.Episodes = p.Quick
	}
	if len(options.Seeds) > 0 {
		p.Seeds = options.Seeds
	} else if options.Quick {
		p.Seeds = p.Seeds[:1]
	}
	if twice := repeated(p.Seeds); twice != nil {
		return nil, setting.Refuse("--seeds", *twice, "is there twice", "give each seed once")
	}
	if len(options.Scenarios) > 0 {
		p.Scenarios = options.Scenarios
	}
	if twice := repeated(p.Scenarios); twice != nil {
		return nil, setting.Refuse("--scenarios", *twice, "is there twice", "name each scenario once")
	}
	for _, name := range p.Scenarios {
		s, err := newScenario(p, name)
		if err != nil {
			return nil, err
		}
		p.scenarios = append(p.scenarios, s)
	}
	if err := p.choosePolicies(); err != nil {
		return nil, err
	}
	return p, p.chooseBaseline()
}

// choosePolicies checks that all can be made.
func (p *plan) choosePolicies() error {
	named := p.options.Policies
	if twice := repeated(named); twice != nil {
		return setting.Refuse("--policies", *twice, "is there twice", "name each policy once")
	}
	for _, name := range named {
		if _, err := p.scenarios[0].NewPolicy(name); err != nil {
			return err
		}
		p.policies = append(p.policies, name)
		if info, err := p.options.Catalog.Describe(name); err == nil && info.ContentHash != "" {
			p.notes = append(p.notes, fmt.Sprintf("%s is %s, whose hash begins with %.8s", name, info.Summary, info.ContentHash))
		}
	}
	if len(named) > 0 {
		for _, name := range []string{p.Floor, p.Ceiling} {
			if !slices.Contains(p.policies, name) {
				p.policies = append(p.policies, name)
			}
		}
		return nil
	}
	for _, name := range p.Policies {
		if _, err := p.scenarios[0].NewPolicy(name); err != nil {
			p.notes = append(p.notes, fmt.Sprintf("%s is left out: %v", name, err))
			continue
		}
		p.policies = append(p.policies, name)
	}
	return nil
}

func (p *plan) chooseBaseline() error {
	if name := p.options.Baseline; name != "" {
		if !slices.Contains(p.policies, name) {
			return setting.Refuse("--baseline", strconv.Quote(name), "is not among the policies", "name one of those that are played")
		}
		p.Baseline = name
		return nil
	}
	if !slices.Contains(p.policies, p.Baseline) {
		p.Baseline = p.policies[0]
	}
	return nil
}

// repeated returns the first that is there a second time, or nil.
func repeated[T comparable](list []T) *T {
	seen := map[T]bool{}
	for i := range list {
		if seen[list[i]] {
			return &list[i]
		}
		seen[list[i]] = true
	}
	return nil
}
