package policy

import (
	"errors"
	"strings"
	"testing"

	"trailblazer/api/env"
)

func TestNamesThatAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"fif":    `no policy "fif"; known: ["fifo" "fair"`,
		"":       `no policy ""`,
		"fifo:5": "write fifo; it has no parameters",
	} {
		_, err := NewRule(name)
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got error %v, want one with %q", name, err, want)
			continue
		}
		_, missing := errors.AsType[*env.NotFoundError](err)
		_, field := errors.AsType[*env.FieldError](err)
		if !missing && !field {
			t.Errorf("%q: error %v has type %T", name, err, err)
		}
	}
}

func TestDescriptions(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range Descriptions() {
		if d.Name == "" || d.Summary == "" || seen[d.Name] {
			t.Errorf("%+v: no name, no summary or there twice", d)
		}
		seen[d.Name] = true
		for _, p := range d.Parameters {
			if p.Key == "" || p.Meaning == "" || !(p.Low <= p.Default && p.Default <= p.High) {
				t.Errorf("%s: parameter %+v", d.Name, p)
			}
		}
	}
}
