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

// TestModelsAreChosenOnOtherTraces: no recipe learns from the traces that its
// models are chosen on, which scenarios such as abr/fit leave out.
func TestModelsAreChosenOnOtherTraces(t *testing.T) {
	for _, name := range names() {
		text, err := files.ReadFile(name + ".json")
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(string(text), `"abr/train`) || strings.Contains(string(text), "--scenario abr/train") {
			t.Errorf("%s learns from abr/train", name)
		}
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
