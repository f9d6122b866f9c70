package train

import (
	"fmt"
	"slices"
	"strings"

	"trailblazer/trainer/model"
)

// Objective says in a line for people what a task learns and whose labels those
// are, and in one more, where there is a reason to, that labels which only some of
// its data sets have are not used.
func (s *Setup) Objective(task int) []string {
	t := &s.Config.Tasks[task]
	sets, kind := of(s.Sources, t.Name), t.Model.Objective.Kind
	var experts, without, unvalued []string
	for _, set := range sets {
		l := set.Info.Labels
		switch {
		case l.Expert == "":
			without = append(without, set.Name)
		case !slices.Contains(experts, l.Expert):
			experts = append(experts, l.Expert)
		}
		if l.Expert != "" && !l.Advantage {
			unvalued = append(unvalued, set.Name)
		}
	}
	line := t.Name + ": learns what was done (" + kind + "), without labels"
	switch kind {
	case model.ObjectiveAdvantage, model.ObjectiveSoft:
		line = t.Name + ": learns what every choice loses (" + kind + "), labels of " + strings.Join(experts, ", ")
	case model.ObjectiveExpert:
		line = t.Name + ": learns what an expert would do (" + kind + "), labels of " + strings.Join(experts, ", ")
	}
	lines := []string{line}
	const remedy = "label them too by \"collect --expert\", or leave them out"
	switch {
	case kind == model.ObjectiveAction && len(without) > 0 && len(experts) > 0:
		lines = append(lines, fmt.Sprintf("%s: warning: labels of %s are not used, for %s has none: %s", t.Name, strings.Join(experts, ", "), strings.Join(without, ", "), remedy))
	case kind == model.ObjectiveExpert && len(unvalued) > 0 && len(unvalued) < len(sets):
		lines = append(lines, fmt.Sprintf("%s: warning: what every choice loses is not used, for %s does not say it: %s", t.Name, strings.Join(unvalued, ", "), remedy))
	}
	return lines
}
