package recipe

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"trailblazer/api/env"
	"trailblazer/internal/strictjson"
)

// Library is recipes that may be based on each other.
type Library struct {
	recipes []*Recipe
}

// NewLibrary reads recipes, in an order in which bases come before what is based
// on them.
func NewLibrary(texts [][]byte) (*Library, error) {
	l := new(Library)
	for _, text := range texts {
		r, err := l.Parse(text)
		if err != nil {
			return nil, err
		}
		if _, err := l.Find(r.Name); err == nil {
			return nil, fmt.Errorf("recipe: two are called %q: rename one", r.Name)
		}
		l.recipes = append(l.recipes, r)
	}
	return l, nil
}

// Recipes are all recipes.
func (l *Library) Recipes() []*Recipe { return l.recipes }

// Find returns the recipe of a name, or an *env.NotFoundError.
func (l *Library) Find(name string) (*Recipe, error) {
	missing := &env.NotFoundError{Kind: "recipe", Name: name}
	for _, r := range l.recipes {
		if r.Name == name {
			return r, nil
		}
		missing.Known = append(missing.Known, r.Name)
	}
	return nil, missing
}

// Parse reads a recipe that may be based on one of the library's. The error names
// the field, the value and the remedy.
func (l *Library) Parse(text []byte) (*Recipe, error) {
	r := new(Recipe)
	if err := strictjson.Decode(text, r, true); err != nil {
		return nil, fmt.Errorf("recipe: line %d: %w", err.Line, err)
	}
	if r.Base != "" {
		base, err := l.Find(r.Base)
		if err != nil {
			return nil, fmt.Errorf("recipe: base: %w", err)
		}
		r.inherit(base)
	}
	if err := r.validate(); err != nil {
		return nil, fmt.Errorf("recipe: %w", err)
	}
	return r, nil
}

// inherit fills in what a recipe leaves to its base: values and files one by one,
// seeds and steps as a whole.
func (r *Recipe) inherit(base *Recipe) {
	r.Base = ""
	r.Values, r.Real, r.Quick = over(base.Values, r.Values), over(base.Real, r.Real), over(base.Quick, r.Quick)
	r.Files = over(base.Files, r.Files)
	if len(r.Seeds) == 0 {
		r.Seeds = slices.Clone(base.Seeds)
	}
	if len(r.Steps) == 0 {
		r.Steps = base.Steps
	}
}

func over[V string | json.RawMessage](base, top map[string]V) map[string]V {
	m := maps.Clone(base)
	if m == nil {
		return top
	}
	maps.Copy(m, top)
	return m
}
