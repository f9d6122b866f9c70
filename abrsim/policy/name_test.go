package policy

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
)

func TestNamesWithParameters(t *testing.T) {
	for name, want := range map[string]Rule{
		"fixed":                    &fixed{},
		"fixed:3":                  &fixed{level: 3},
		"fixed:level=3":            &fixed{level: 3},
		"bba":                      &bba{lowS: 5, highS: 15},
		"bba:4":                    &bba{lowS: 4, highS: 15},
		"bba:4,16":                 &bba{lowS: 4, highS: 16},
		"bba:4,high=16":            &bba{lowS: 4, highS: 16},
		"bba:high=16,low=4":        &bba{lowS: 4, highS: 16},
		"bba-tuned":                &bbaTuned{lowS: 8, highS: 48},
		"rate-based:share=0.8":     &rateBased{window: 5, share: 0.8},
		"mpc-tuned:0.6":            &mpc{factor: 0.6, window: 4, horizon: 5},
		"robust-mpc:horizon=3":     &mpc{factor: 1, window: 5, horizon: 3, errorWindow: 5},
		"bola:gamma-p=4,target=25": &bola{gammaP: 4, targetS: 25},
		"mpc":                      &referenceMPC{},
	} {
		got, err := NewRule(name, nil)
		if err != nil {
			t.Errorf("%s: %v", name, err)
		} else if !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %+v, want %+v", name, got, want)
		}
	}
}

func TestNamesThatAreRefused(t *testing.T) {
	for name, want := range map[string]string{
		"bb":               `no policy "bb"; known: ["fixed" "random"`,
		"":                 `no policy ""`,
		"fixed:":           "no number",
		"fixed:high":       "no number",
		"fixed:-1":         "not from 0 to 255",
		"fixed:NaN":        "not from 0 to 255",
		"fixed:1e999":      "not from 0 to 255",
		"fixed:1.5":        "not a whole number",
		"fixed:1,2":        "one parameter too many",
		"fixed:size=1":     "unknown key",
		"bba:5,low=6":      "given twice",
		"bba:low=5,15":     "after a key=value",
		"bba:15,5":         "low is not below high",
		"mpc:5":            "write mpc; it has no parameters",
		"mpc-tuned:0":      `write mpc-tuned:factor=0.55,window=4,horizon=5, or in short mpc-tuned:0.55,4,5`,
		"robust-mpc:99":    "not from 1 to 8",
		"offline:optimum:": `no policy "offline"`,
	} {
		_, err := NewRule(name, nil)
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
