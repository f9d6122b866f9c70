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
    {"run": "collect --scenario {train} --data={data} --episodes {episodes} --seed {fresh} --out {dir}/data"},
    {"repeat": "{rounds}", "steps": [{"run": "train --data {dir}/data --init {dir}/model-{before} --config {files}/train.json --seed {seed} --out {dir}/model-{round}"}]},
    {"run": "bench abr --data={data} --policies {dir}/model-{rounds} --json", "report": "bench.json"}
  ]
}`

func parseExample(t testing.TB) *Recipe {
	t.Helper()
	r, err := new(Library).Parse([]byte(example))
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
		{`[1, 2]`, `[1000001]`, "too large"},
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
		if _, err := new(Library).Parse([]byte(text)); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want it to name %q", test.new, err, test.want)
		}
	}
}

func TestLibrary(t *testing.T) {
	const variant = `{"name": "variant", "title": "less", "about": "for tests", "base": "example", "values": {"episodes": "7"}, "quick": {"rounds": "3"}, "seeds": [5]}`
	l, err := NewLibrary([][]byte{[]byte(example), []byte(variant)})
	if err != nil {
		t.Fatal(err)
	}
	r, err := l.Find("variant")
	if err != nil || len(l.Recipes()) != 2 {
		t.Fatal(err)
	}
	p, err := NewPlan(r, Settings{Out: "o", Data: "d"})
	if err != nil {
		t.Fatal(err)
	}
	const want = `collect --scenario abr/train-file-clean --data=d --episodes 7 --seed 5010000 --out o/seed-5/data`
	if got, _, _ := strings.Cut(lines(p), "\n"); got != want || len(p.Commands) != 4 {
		t.Errorf("%d commands that begin with %s, want %s", len(p.Commands), got, want)
	}
	if p, err = NewPlan(r, Settings{Out: "o", Quick: true}); err != nil || len(p.Commands) != 5 || p.Values["episodes"] != "20" {
		t.Errorf("%d commands with %v (%v)", len(p.Commands), p.Values, err)
	}
	if base, _ := l.Find("example"); base.Values["episodes"] != "400" || len(base.Seeds) != 2 {
		t.Errorf("the base has changed: %+v", base)
	}
	for want, texts := range map[string][]string{
		"two are called": {example, example},
		`no recipe`:      {variant},
		"steps":          {`{"name": "empty", "title": "x", "about": "y", "seeds": [1], "steps": []}`},
	} {
		var all [][]byte
		for _, text := range texts {
			all = append(all, []byte(text))
		}
		if _, err := NewLibrary(all); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want it to say %q", err, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(example))
	f.Fuzz(func(t *testing.T, text []byte) {
		if r, err := new(Library).Parse(text); err == nil {
			if _, err := NewPlan(r, Settings{Out: "out"}); err != nil {
				t.Errorf("what was parsed can't be planned: %v", err)
			}
		}
	})
}
