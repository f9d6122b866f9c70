package recipes

import (
	"io/fs"
	"slices"
	"strings"
	"testing"

	"trailblazer/internal/recipe"
)

// TestAll: every file is a recipe, and is called as it says itself.
func TestAll(t *testing.T) {
	texts, err := All()
	if err != nil {
		t.Fatal(err)
	}
	library, err := recipe.NewLibrary(texts)
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range library.Recipes() {
		if r.Name != names()[i] {
			t.Errorf("%s.json calls itself %s", names()[i], r.Name)
		}
	}
	found, err := fs.Glob(files, "*.json")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range found {
		if !slices.Contains(names(), strings.TrimSuffix(file, ".json")) {
			t.Errorf("%s is not listed", file)
		}
	}
}

// TestModelsAreChosenOnOtherTraces: a recipe that learns from all training traces,
// those too that scenarios such as abr/fit leave out, chooses no model by playing
// on them.
func TestModelsAreChosenOnOtherTraces(t *testing.T) {
	texts, err := All()
	if err != nil {
		t.Fatal(err)
	}
	library, err := recipe.NewLibrary(texts)
	if err != nil {
		t.Fatal(err)
	}
	learnAll := 0
	for _, r := range library.Recipes() {
		for _, settings := range []recipe.Settings{{}, {Data: "DIR"}} {
			settings.Out, settings.Seeds = "OUT", r.Seeds[:1]
			plan, err := recipe.NewPlan(r, settings)
			if err != nil {
				t.Fatal(err)
			}
			all := slices.ContainsFunc(plan.Commands, func(c recipe.Command) bool {
				at := slices.Index(c.Args, "--scenario")
				return at >= 0 && strings.HasPrefix(c.Args[at+1], "abr/train")
			})
			if !all {
				continue
			}
			learnAll++
			for i := range plan.Commands {
				args := plan.Commands[i].Args
				line := strings.Join(args, " ")
				if args[0] != "train" || strings.Contains(line, " --set validation.play.scenario= ") || slices.Contains(args, "--no-play") {
					continue
				}
				t.Errorf("%s learns from all traces, and chooses models by them: %s", r.Name, line)
			}
		}
	}
	if learnAll == 0 {
		t.Error("no recipe learns from all training traces")
	}
}

// TestSteps: the papers aim at the best return of the data, and models of
// bandwidths have an MLP beside them.
func TestSteps(t *testing.T) {
	for name, steps := range map[string][]string{
		"decision-transformer": {"--set target_quantile=1 "},
		"cc":                   {"--out {dir}/mlp --preset mlp ", "--policies {rivals},{dir}/mlp,"},
	} {
		text, err := files.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		for _, step := range steps {
			if !strings.Contains(string(text), step) {
				t.Errorf("%s: no step has %q", name, step)
			}
		}
	}
}
