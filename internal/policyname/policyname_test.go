package policyname

import (
	"errors"
	"reflect"
	"strings"
	"testing"

	"trailblazer/api/env"
)

var (
	pair  = []Parameter{{Key: "low", Default: 5, High: 60}, {Key: "high", Default: 15, High: 60}}
	whole = []Parameter{{Key: "level", High: 255, Integer: true}}
)

func ascending(x []float64) string {
	if x[0] >= x[1] {
		return "where low is not below high"
	}
	return ""
}

func TestValues(t *testing.T) {
	for name, want := range map[string][]float64{
		"map":               {5, 15},
		"map:4":             {4, 15},
		"map:4,16":          {4, 16},
		"map:4,high=16":     {4, 16},
		"map:high=16,low=4": {4, 16},
		"map:high=1.6e1":    {5, 16},
	} {
		if got, err := Values(name, pair, ascending); err != nil || !reflect.DeepEqual(got, want) {
			t.Errorf("%s: got %v, %v, want %v", name, got, err, want)
		}
	}
	if got, err := Values("none", nil, nil); err != nil || len(got) != 0 {
		t.Errorf("without parameters: got %v, %v", got, err)
	}
}

func TestValuesThatAreRefused(t *testing.T) {
	for _, c := range []struct {
		name       string
		parameters []Parameter
		want       string
	}{
		{"fixed:", whole, "no number"},
		{"fixed:high", whole, "no number"},
		{"fixed:-1", whole, "not from 0 to 255"},
		{"fixed:NaN", whole, "not from 0 to 255"},
		{"fixed:1e999", whole, "not from 0 to 255"},
		{"fixed:1.5", whole, "not a whole number"},
		{"fixed:1,2", whole, "one parameter too many"},
		{"fixed:size=1", whole, "unknown key"},
		{"map:5,low=6", pair, "given twice"},
		{"map:low=5,15", pair, "after a key=value"},
		{"map:15,5", pair, "low is not below high"},
		{"map:99", pair, "write map:low=5,high=15, or in short map:5,15"},
		{"none:5", nil, "write none; it has no parameters"},
	} {
		check := ascending
		if len(c.parameters) < 2 {
			check = nil
		}
		_, err := Values(c.name, c.parameters, check)
		if _, ok := errors.AsType[*env.FieldError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: got error %v, want one with %q", c.name, err, c.want)
		}
	}
}

func TestSplit(t *testing.T) {
	for list, want := range map[string][]string{
		"mpc":                          {"mpc"},
		"bba,mpc":                      {"bba", "mpc"},
		"bba:5,15,mpc, fixed:3":        {"bba:5,15", "mpc", "fixed:3"},
		"mpc-tuned:0.6,horizon=3,bba":  {"mpc-tuned:0.6,horizon=3", "bba"},
		"bola:target=25,gamma-p=4,bba": {"bola:target=25,gamma-p=4", "bba"},
		"fixed:level=1,fixed:level=2":  {"fixed:level=1", "fixed:level=2"},
		"":                             {""},
		"3,bba":                        {"3", "bba"},
	} {
		got := Split(list)
		if !reflect.DeepEqual(got, want) {
			t.Errorf("Split(%q) = %q, want %q", list, got, want)
		}
		for i, name := range got {
			if base := Base(name); base != strings.Split(want[i], ":")[0] {
				t.Errorf("Base(%q) = %q", name, base)
			}
		}
	}
}

// FuzzValues: whatever is accepted is in range.
func FuzzValues(f *testing.F) {
	for _, name := range []string{"map:4,16", "map:high=16", "map:,", "map:low=low=", "map:1e-400"} {
		f.Add(name)
	}
	f.Fuzz(func(t *testing.T, name string) {
		values, err := Values(name, pair, ascending)
		if err != nil {
			return
		}
		if len(values) != 2 || !(0 <= values[0] && values[0] < values[1] && values[1] <= 60) {
			t.Errorf("%q: accepted %v", name, values)
		}
	})
}
