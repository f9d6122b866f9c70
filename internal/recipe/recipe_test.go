package recipe

import (
	"strings"
	"testing"
)

// example has everything that a recipe may have.
const example = `{
  "name": "example",
  "title": "shows all",
  "about": "for tests",
  "values": {"train": "abr/train", "episodes": "400", "rounds": "2"},
  "real": {"train": "abr/train-file-clean"},
  "quick": {"episodes": "20", "rounds": "1"},
  "seeds": [1, 2],
  "files": {"train.json": {"steps": "{episodes}", "name": "{train} alone"}},
  "steps": [
    {"run": "collect --scenario {train} {data} --episodes {episodes} --seed {fresh} --out {dir}/data"},
    {"repeat": "{rounds}", "steps": [{"run": "train --data {dir}/data --init {dir}/model-{before} --config {files}/train.json --seed {seed} --out {dir}/model-{round}"}]},
    {"run": "bench abr {data} --policies {dir}/model-{rounds} --json", "report": "bench.json"}
  ]
}`

func parseExample(t testing.TB) *Recipe {
	t.Helper()
	r, err := Parse([]byte(example))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

func TestRefused(t *testing.T) {
	for _, test := range []struct{ old, new, want string }{
		{`"example"`, `"Example 1"`, "name"},
		{`"shows all"`, `""`, "title"},
		{`"for tests"`, `""`, "about"},
		{`"title"`, `"titel"`, "titel"},
		{`[1, 2]`, `[]`, "seeds"},
		{`[1, 2]`, `[1, 1]`, "twice"},
		{`[1, 2]`, `[99999999999]`, "too large"},
		{`"real": {"train"`, `"real": {"trian"`, "trian"},
		{`"quick": {"episodes"`, `"quick": {"episode"`, "episode"},
		{`"values": {`, `"values": {"seed": "1", `, "seed"},
		{`"train.json"`, `"../train.json"`, "files"},
		{`"{train} alone"`, `"{nothing} alone"`, "{nothing}"},
		{`{episodes} --seed`, `{episode} --seed`, "steps[0].run: {episode} is no placeholder"},
		{`{data} --episodes`, `{before} --episodes`, "{before}"},
		{`"{rounds}", "steps"`, `"many", "steps"`, "steps[1].repeat"},
		{`"{rounds}", "steps"`, `"-1", "steps"`, "steps[1].repeat"},
		{`"{rounds}", "steps": [{`, `"2", "steps": [{"repeat": "2", "steps": [{"run": "x"}]}, {`, "within another"},
		{`"report": "bench.json"`, `"report": "../bench.json"`, "report"},
		{`"bench.json"}`, `"bench.json"}, {"run": "x", "report": "bench.json"}`, "of its own"},
		{`"bench.json"}`, `"bench.json"}, {}`, "steps[3]"},
		{`"bench.json"}`, `"bench.json"}, {"run": "x", "steps": [{"run": "y"}]}`, "steps[3].steps"},
		{`"seeds": [1, 2]`, `"seeds": null`, "null"},
		{`"seeds"`, ``, "malformed"},
	} {
		text := strings.Replace(example, test.old, test.new, 1)
		if text == example {
			t.Fatalf("nothing to replace: %s", test.old)
		}
		if _, err := Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want it to name %q", test.new, err, test.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := Parse(text); err == nil {
			if _, err := NewPlan(r, Settings{Out: "out"}); err != nil {
				t.Errorf("what was parsed can't be planned: %v", err)
			}
		}
	})
}
