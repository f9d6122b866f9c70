package feed_test

import (
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/collect"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
	"trailblazer/internal/testabr"
	"trailblazer/internal/testcollect"
	"trailblazer/trainer/feed"
	"trailblazer/trainer/model"
)

// split writes a data set anew, in parts.
func split(t *testing.T, d *feed.Data, parts string) *feed.Data {
	t.Helper()
	shares, err := traj.ParseSplitParts(parts)
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir() + "/split"
	if _, err := traj.Split(t.Context(), d.Name, out, traj.SplitOptions{Parts: shares, By: "episode"}); err != nil {
		t.Fatal(err)
	}
	return opened(t, out)
}

func count(d *feed.Data, keep func(h *traj.Header) bool) (n int) {
	for i := range d.Episodes {
		if keep(&d.Episodes[i]) {
			n++
		}
	}
	return n
}

func TestSplitsOfTheData(t *testing.T) {
	d := split(t, calls(t, 60, 5), "train=0.5,valid=0.25,test=0.25")
	one := task(t, model.ObjectiveAction, d)
	of := func(name string) int { return count(d, func(h *traj.Header) bool { return h.Split == name }) }
	used := plan(t, feed.Options{Tasks: []feed.Task{one}}).Used()[0]
	if used.Learned != of("train") || used.HeldOut != of("valid") || used.Filtered != of("test") {
		t.Errorf("%+v, and the splits have %d, %d and %d", used, of("train"), of("valid"), of("test"))
	}
	one.Sets[0].Filter.Splits = []string{"test", "valid"}
	used = plan(t, feed.Options{Tasks: []feed.Task{one}}).Used()[0]
	if used.Learned != of("test") || used.HeldOut != of("valid") {
		t.Errorf("%+v of test and valid", used)
	}
}

// TestOneTraceIsNotOnBothSides holds out by trace in two data sets whose
// scenarios number them otherwise, one of which has a split of its own.
func TestOneTraceIsNotOnBothSides(t *testing.T) {
	collected := func(names ...string) *feed.Data {
		var traces []string
		for _, name := range names {
			traces = append(traces, `{"name": "`+name+`", "times_s": [0, 100], "bandwidth_mbps": [2, 2]}`)
		}
		_, videos, _ := strings.Cut(testabr.OwnData, `"videos"`)
		config := `{"traces": [` + strings.Join(traces, ",") + `], "videos"` + videos + `}`
		return opened(t, testcollect.Collect(t, testcollect.Wanted{ID: "trailblazer/ABR-v0", Scenario: "abr/custom", Config: config,
			Options: collect.Options{Policies: []string{"bba"}, Episodes: 40}}))
	}
	a, b := collected("a", "b", "c", "d", "e", "f", "g", "h"), collected("h", "g", "z", "f", "e")
	one := task(t, model.ObjectiveAdvantage, a, b)
	one.Holdout = feed.Holdout{Share: 0.3}
	used := plan(t, feed.Options{Tasks: []feed.Task{one}}).Used()
	if used[0].Shared+used[1].Shared != 0 || used[0].HeldOut == 0 || used[0].Learned == 0 || used[1].Learned == 0 {
		t.Errorf("names draw: %+v", used)
	}
	// Half of all episodes of a are held out, of each trace some: of b nothing
	// is left but what is on the trace that a lacks.
	one.Sets[0].Data = split(t, a, "train=0.5,valid=0.5")
	one.Holdout.Share = 0
	used = plan(t, feed.Options{Tasks: []feed.Task{one}}).Used()
	if used[0].Shared != 0 || used[0].Learned+used[0].HeldOut != 40 || used[1].Learned == 0 || used[1].Shared < 20 || used[1].HeldOut != 0 {
		t.Errorf("a split of one: %+v", used)
	}
}

func TestDeadLinksAreLeftOut(t *testing.T) {
	d := player(t, 30, 0)
	all := task(t, model.ObjectiveAdvantage, d)
	all.Holdout.Share = 0
	all.Features.Condition.Kind = model.ConditionValue
	p := plan(t, feed.Options{Tasks: []feed.Task{all}})
	target := func(p *feed.Plan, quantile float64) float64 {
		features, err := p.Measure(t.Context(), quantile, nil)
		if err != nil {
			t.Fatal(err)
		}
		return features[0].Condition.Target
	}
	least := target(p, 0.4)
	all.Sets[0].Filter.MinValue = &least
	some := plan(t, feed.Options{Tasks: []feed.Task{all}})
	if got := target(some, 0); got != least {
		t.Errorf("the least value is %v, want %v", got, least)
	}
	if u := some.Used()[0]; u.Filtered < 20 || u.Filtered > 30 || u.Filtered+u.Learned != 60 {
		t.Errorf("%+v of 60 episodes, of which 24 are worth less than %v", u, least)
	}
}

// TestScalesDoNotDependOnTheSeed measures twice.
func TestScalesDoNotDependOnTheSeed(t *testing.T) {
	d := calls(t, 10, 30)
	var texts []string
	for seed := range uint64(2) {
		one := task(t, model.ObjectiveExpert, d)
		one.Window = 10
		p := plan(t, feed.Options{Tasks: []feed.Task{one}, Seed: seed})
		features, err := p.Measure(t.Context(), 0.5, nil)
		if err != nil {
			t.Fatal(err)
		}
		if features[0].Value.Std == 0 || features[0] != p.Features()[0] {
			t.Errorf("%s", features[0].JSON())
		}
		texts = append(texts, string(features[0].JSON()))
		kept, err := p.Measure(t.Context(), 0.5, func(int) bool { return true })
		if err != nil || kept[0] != features[0] {
			t.Errorf("%v, %v", kept, err)
		}
	}
	if texts[0] != texts[1] {
		t.Errorf("%s and %s", texts[0], texts[1])
	}
}

func TestProbesAreLeftOut(t *testing.T) {
	d := opened(t, testcollect.Collect(t, testcollect.Wanted{ID: "trailblazer/CC-v0", Scenario: "cc/train", Config: `{"packets": true, "probes": true, "max_steps": 30}`,
		Options: collect.Options{Policies: []string{"gcc-prod"}, Episodes: 3}}))
	one := task(t, model.ObjectiveExpert, d, calls(t, 3, 30))
	one.Holdout.Share = 0
	read(t, plan(t, feed.Options{Tasks: []feed.Task{one}}), nil, 20)
}

// TestRefused asks for what the data does not have.
func TestRefused(t *testing.T) {
	videos, sessions := player(t, 3, 0), calls(t, 3, 5)
	unlabelled := cluster(t, 1)
	for want, change := range map[string]func(o *feed.Options){
		`tasks is empty`:                                   func(o *feed.Options) { o.Tasks = nil },
		`tasks[0].data is empty`:                           func(o *feed.Options) { o.Tasks[0].Sets = nil },
		`tasks[0].window is -1`:                            func(o *feed.Options) { o.Tasks[0].Window = -1 },
		`tasks[0].lead is 4: give less than the window, 4`: func(o *feed.Options) { o.Tasks[0].Window, o.Tasks[0].Lead = 4, 4 },
		`tasks[0].held_out is 1`:                           func(o *feed.Options) { o.Tasks[0].Holdout.Share = 1 },
		`tasks[0].odds is -1`:                              func(o *feed.Options) { o.Tasks[0].Odds = -1 },
		`tasks[0].data[0].weight is -1`:                    func(o *feed.Options) { o.Tasks[0].Sets[0].Weight = -1 },
		`ahead is -1`:                                      func(o *feed.Options) { o.Ahead = -1 },
		`no such labels: collect it again with an expert that knows them`: func(o *feed.Options) {
			o.Tasks[0] = task(t, model.ObjectiveAdvantage, sessions)
		},
		`no such labels: collect it again with --expert NAME`: func(o *feed.Options) { o.Tasks[0] = task(t, model.ObjectiveExpert, unlabelled) },
		`condition.kind is "value", and there are no expert's values`: func(o *feed.Options) {
			o.Tasks[0] = task(t, model.ObjectiveAction, unlabelled)
			o.Tasks[0].Features.Condition.Kind = model.ConditionValue
		},
		`min_value is given, and there are no`: func(o *feed.Options) {
			o.Tasks[0] = task(t, model.ObjectiveAction, unlabelled)
			o.Tasks[0].Sets[0].Filter.MinValue = new(float64)
		},
		`objective.kind is "luck"`:      func(o *feed.Options) { o.Tasks[0].Objective = "luck" },
		`play or read that`:             func(o *feed.Options) { o.Tasks[0].Sets = append(o.Tasks[0].Sets, feed.Set{Data: sessions}) },
		`"nobody"`:                      func(o *feed.Options) { o.Tasks[0].Sets[0].Filter.Policies = []string{"nobody"} },
		`held_out.by is "info.weather"`: func(o *feed.Options) { o.Tasks[0].Holdout.By = "info.weather" },
		`leaves no episode of 6 to learn from`: func(o *feed.Options) {
			best := 1e9
			o.Tasks[0].Sets[0].Filter.Filter = sample.Filter{MinReturn: &best}
		},
	} {
		o := feed.Options{Tasks: []feed.Task{task(t, model.ObjectiveAdvantage, videos)}}
		change(&o)
		if _, err := feed.NewPlan(t.Context(), o); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %s", err, want)
		}
	}
}

// TestHeldOutIsTheSame reads what is held out twice, and through Each.
func TestHeldOutIsTheSame(t *testing.T) {
	p := plan(t, mixture(t))
	var texts [2][]string
	for i := range texts {
		h, err := p.HeldOut(t.Context(), 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := h.Each(t.Context(), func(b *model.Batch) error {
			texts[i] = append(texts[i], text(b))
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	if !slices.Equal(texts[0], texts[1]) || len(texts[0]) < 4 || len(texts[0]) > 6 {
		t.Errorf("%d and %d batches, which differ", len(texts[0]), len(texts[1]))
	}
}
