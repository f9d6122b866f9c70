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
