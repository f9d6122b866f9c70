package tune

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"trailblazer/api/env"
	"trailblazer/internal/policyname"
	"trailblazer/sparksim/policy"
)

// Policies lists the names of the policies that have parameters to tune.
func Policies() []string {
	var names []string
	for _, d := range policy.Descriptions() {
		if len(d.Parameters) > 0 {
			names = append(names, d.Name)
		}
	}
	return names
}

// Named is the problem of one of [Policies] in these worlds. The search begins
// with the policy's defaults, or with what the name says.
func Named(name string, worlds []World) (Problem, error) {
	base, descriptions := policyname.Base(name), policy.Descriptions()
	at := slices.IndexFunc(descriptions, func(d policy.Description) bool { return d.Name == base && len(d.Parameters) > 0 })
	if at < 0 {
		return Problem{}, &env.NotFoundError{Kind: "policy to tune", Name: base, Known: Policies()}
	}
	known := descriptions[at].Parameters
	values, err := policyname.Values(name, known, nil)
	if err != nil {
		return Problem{}, err
	}
	parameters := make([]Parameter, len(known))
	for i, p := range known {
		parameters[i] = Parameter{Name: p.Key, Mean: values[i], SD: (p.High - p.Low) / 4, Low: p.Low, High: p.High}
		if descriptions[at].Weights {
			parameters[i].SD = 0.5
		}
	}
	return Scheduling(parameters, func(numbers []float64) (policy.Rule, error) {
		return policy.NewRule(NameWith(base, numbers))
	}, worlds), nil
}

// NameWith is the name of a policy with these parameters.
func NameWith(base string, numbers []float64) string {
	texts := make([]string, len(numbers))
	for i, x := range numbers {
		texts[i] = strconv.FormatFloat(x, 'g', -1, 64)
	}
	return base + ":" + strings.Join(texts, ",")
}

// Round keeps three decimals: no rule is better for more of them.
func Round(numbers []float64) []float64 {
	rounded := make([]float64, len(numbers))
	for i, x := range numbers {
		rounded[i] = math.Round(x*1000) / 1000
	}
	return rounded
}
