package recipe

import (
	"strings"
	"testing"
)

func lines(p *Plan) string {
	var all []string
	for _, c := range p.Commands {
		all = append(all, strings.Join(c.Args, " "))
	}
	return strings.Join(all, "\n")
}

func TestPlan(t *testing.T) {
	r := parseExample(t)
	for _, test := range []struct {
		name     string
		settings Settings
		want     string
	}{
		{"built-in data", Settings{Out: "my run", Seeds: []uint64{7}}, `collect --scenario abr/train --episodes 400 --seed 7010000 --out my run/seed-7/data
train --data my run/seed-7/data --init my run/seed-7/model-0 --config my run/files/train.json --seed 7 --out my run/seed-7/model-1
train --data my run/seed-7/data --init my run/seed-7/model-1 --config my run/files/train.json --seed 7 --out my run/seed-7/model-2
bench abr --policies my run/seed-7/model-2 --json`},
		{"real data", Settings{Out: "o", Data: "d", Quick: true}, `collect --scenario abr/train-file-clean --data=d --episodes 20 --seed 1010000 --out o/seed-1/data
train --data o/seed-1/data --init o/seed-1/model-0 --config o/files/train.json --seed 1 --out o/seed-1/model-1
bench abr --data=d --policies o/seed-1/model-1 --json`},
		{"own values", Settings{Out: "o", Seeds: []uint64{0, 3}, Values: map[string]string{"rounds": "0", "episodes": "5"}}, `collect --scenario abr/train --episodes 5 --seed 10000 --out o/seed-0/data
bench abr --policies o/seed-0/model-0 --json
collect --scenario abr/train --episodes 5 --seed 3010000 --out o/seed-3/data
bench abr --policies o/seed-3/model-0 --json`},
	} {
		p, err := NewPlan(r, test.settings)
		if err != nil {
			t.Fatal(err)
		}
		if got := lines(p); got != test.want {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.want)
		}
	}
	p, err := NewPlan(r, Settings{Out: "o"})
	if err != nil || len(p.Commands) != 8 {
		t.Fatalf("%d commands (%v), want 4 for each of 2 seeds", len(p.Commands), err)
	}
	if got, want := p.Commands[0].Args[7], "o/seed-1/data"; len(p.Commands[0].Args) != 9 || p.Commands[0].Args[8] != want {
		t.Errorf("%q, want %q at the end", got, want)
	}
	if got, want := string(p.Files["train.json"]), "{\n  \"steps\": 400,\n  \"name\": \"abr/train alone\"\n}\n"; got != want {
		t.Errorf("train.json is %s, want %s", got, want)
	}
	if got, want := p.Commands[3].Report, "o/seed-1/bench.json"; got != want {
		t.Errorf("the report is %s, want %s", got, want)
	}
	for _, bad := range []Settings{{Values: map[string]string{"round": "1"}}, {Seeds: []uint64{}}, {Values: map[string]string{"rounds": "x"}}} {
		if _, err := NewPlan(r, bad); err == nil {
			t.Errorf("%+v is planned", bad)
		}
	}
}

// TestValuesAreWords: flags may be left to a value, which may be empty.
func TestValuesAreWords(t *testing.T) {
	r := parseExample(t)
	for value, want := range map[string]string{
		"":                  "collect|--scenario|--episodes|400|--seed|1010000|--out|my run/seed-1/data",
		"a  --init {dir}/b": "collect|--scenario|a|--init|my run/seed-1/b|--episodes|400|--seed|1010000|--out|my run/seed-1/data",
	} {
		p, err := NewPlan(r, Settings{Out: "my run", Seeds: []uint64{1}, Values: map[string]string{"train": value, "rounds": "0"}})
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Join(p.Commands[0].Args, "|"); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}

// TestPathsKeepTheirSpaces: a path is one argument, whatever is in it, and what
// looks like a placeholder in it is none.
func TestPathsKeepTheirSpaces(t *testing.T) {
	p, err := NewPlan(parseExample(t), Settings{Out: "my {seed} run", Data: "real data", Seeds: []uint64{1}})
	if err != nil {
		t.Fatal(err)
	}
	args := p.Commands[0].Args
	if args[3] != "--data=real data" || args[len(args)-1] != "my {seed} run/seed-1/data" {
		t.Errorf("%q", args)
	}
}
