package train_test

import (
	"strings"
	"testing"

	"trailblazer/datasets/traj"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/model"
	"trailblazer/trainer/train"
)

// TestObjectiveSaysWhoseLabels adds to a labelled data set one that is not, or not
// with all.
func TestObjectiveSaysWhoseLabels(t *testing.T) {
	source := func(name string, l traj.Labels) train.Source {
		return train.Source{Task: "largest", Data: &feed.Data{Name: name, Info: &traj.Info{Labels: l}}}
	}
	full := source("full", traj.Labels{Expert: "table", Value: true, Advantage: true})
	action, none := source("action", traj.Labels{Expert: "mpc"}), source("none", traj.Labels{})
	for _, test := range []struct {
		kind    string
		sources []train.Source
		want    []string
	}{
		{model.ObjectiveAdvantage, []train.Source{full}, []string{"advantage), labels of table"}},
		{model.ObjectiveExpert, []train.Source{action}, []string{"expert), labels of mpc"}},
		{model.ObjectiveExpert, []train.Source{full, action}, []string{"expert), labels of table, mpc", "warning: what every choice loses is not used, for action does not say it"}},
		{model.ObjectiveAction, []train.Source{full, none}, []string{"(action), without labels", "warning: labels of table are not used, for none has none"}},
		{model.ObjectiveAction, []train.Source{none}, []string{"(action), without labels"}},
	} {
		c := tiny()
		c.Tasks[0].Model.Objective.Kind = test.kind
		lines := (&train.Setup{Config: c, Sources: test.sources}).Objective(0)
		if len(lines) != len(test.want) {
			t.Fatalf("%s: %q, want %q", test.kind, lines, test.want)
		}
		for i := range lines {
			if !strings.Contains(lines[i], test.want[i]) {
				t.Errorf("%s: %q, without %q", test.kind, lines[i], test.want[i])
			}
		}
	}
}
