package policy

import (
	"errors"
	"strings"
	"testing"

	"trailblazer/api/env"
)

func TestNamesWithParameters(t *testing.T) {
	for name, want := range map[string]float64{"sjf": 1, "sjf:0.3": 0.3, "critical-path:cap=0.5": 0.5} {
		if rule := newRule(t, name).(*shortest); rule.cap != want {
			t.Errorf("%s: a cap of %v, want %v", name, rule.cap, want)
		}
	}
	for name, want := range map[string]float64{"weighted-fair": 0.2, "weighted-fair:exponent=-1": -1} {
		if rule := newRule(t, name).(*weightedFair); rule.exponent != want {
			t.Errorf("%s: an exponent of %v, want %v", name, rule.exponent, want)
		}
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"fif":    `no policy "fif"; known: ["fifo" "fair"`,
		"":       `no policy ""`,
		"fifo:5": "write fifo; it has no parameters",
		"sjf:0":  "not from 0.001 to 1",

		"weighted-fair:share=1": "write weighted-fair:exponent=0.2",
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
