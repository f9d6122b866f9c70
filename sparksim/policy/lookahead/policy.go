package lookahead

import (
	"fmt"
	"math"
	"strconv"

	"trailblazer/api/env"
	"trailblazer/internal/policyname"
	"trailblazer/sparksim/policy"
	"trailblazer/sparksim/policy/shown"
	"trailblazer/sparksim/sparkenv"
)

// Name is the policy's name, which may carry [Description]'s parameters.
const Name = "lookahead"

// baseRule is the rule that the policy improves.
const baseRule = "patient"

// Description says what the policy is.
func Description() policy.Description {
	return policy.Description{
		Name:    Name,
		Summary: "tries other decisions than those of " + baseRule + " in simulations, and takes what does best; privileged",
		Parameters: []policy.Parameter{
			{Key: "horizon", Meaning: "seconds for which jobs arrive in a simulation", Default: DefaultHorizonMs / 1000, Low: 0.001, High: maxHorizonMs / 1000},
			{Key: "scenarios", Meaning: "simulations of a decision before it is preferred", Default: DefaultScenarios, Low: minScenarios, High: maxScenarios, Integer: true},
			{Key: "errors", Meaning: "standard errors by which it must be better", Default: DefaultErrors, Low: 0.001, High: maxErrors},
		},
	}
}

// Is reports whether a name, parameters aside, is the policy's.
func Is(name string) bool { return policyname.Base(name) == Name }

// New makes the policy of this name for environments of a factory, whose
// states it wants to see. A factory of other environments, or none, and wrong
// parameters are an *env.FieldError.
func New(name string, factory env.Factory) (env.Policy, error) {
	values, err := policyname.Values(name, Description().Parameters, nil)
	if err != nil {
		return nil, err
	}
	f, ok := factory.(*sparkenv.Factory)
	if !ok {
		return nil, &env.FieldError{Field: "policy", Value: strconv.Quote(name) + ", which simulates the environment", Remedy: "play it where the environment's factory is at hand"}
	}
	options := Options{HorizonMs: values[0] * 1000, Scenarios: int(values[1]), Errors: values[2]}
	scheduler, err := NewScheduler(options, ForecastOf(f), func() (policy.Rule, error) { return policy.NewRule(baseRule) })
	if err != nil {
		return nil, err
	}
	states := f.NewStateReader()
	p := &planner{scheduler: scheduler, states: states}
	if err := p.writer.Bind(f.Spec()); err != nil {
		return nil, err
	}
	return p, nil
}

// planner lets a scheduler act in an environment.
type planner struct {
	scheduler *Scheduler
	states    *sparkenv.StateReader
	writer    shown.Writer
}

// Reset implements [env.Policy].
func (p *planner) Reset(seed uint64) { p.scheduler.Start(seed) }

// Act implements [env.Policy], and always fails.
func (p *planner) Act(*env.Batch, int, env.Arrays) error {
	return fmt.Errorf("policy %s simulates ahead: call Plan with the environment's state instead", Name)
}

// Plan implements [env.Planner].
func (p *planner) Plan(state []byte, _ *env.Batch, row int, action env.Arrays) error {
	cluster, err := p.states.Open(state)
	if err != nil {
		return err
	}
	d, err := p.scheduler.Choose(cluster)
	if err != nil {
		return err
	}
	p.writer.Write(action, row, d.Stage, d.Executors)
	return nil
}

// Weight implements [env.Weigher]: 1 where the rule's decision stands, and
// 1 + √g where another one gains g s of completion times, up to 20.
//
// Most gain comes from few decisions, and large gains are rare accidents in part.
// A student of observations, asked on other episodes, kept a quarter of the gain
// with equal weights, nearly half with these, and lost with weights in proportion
// to the gain (DESIGN.md).
func (p *planner) Weight() float64 {
	const most = 20
	return 1 + math.Sqrt(min(p.scheduler.Gain().Ms/1000, most))
}
