package control_test

import (
	"errors"
	"math"
	"slices"
	"strings"
	"testing"

	"trailblazer/ccemu/control"
	"trailblazer/internal/setting"
)

func TestCatalog(t *testing.T) {
	names := control.Names()
	for i, d := range control.Descriptions() {
		if d.Name != names[i] || slices.Index(names, d.Name) != i {
			t.Errorf("%s is not number %d of the names, or twice", d.Name, i)
		}
		if d.Summary == "" || strings.HasSuffix(d.Summary, ".") {
			t.Errorf("%s: summary %q", d.Name, d.Summary)
		}
		var low, high, defaults []float64
		for _, p := range d.Parameters {
			if p.Key == "" || p.Meaning == "" || !(p.Low <= p.Default && p.Default <= p.High) {
				t.Errorf("%s: parameter %+v", d.Name, p)
			}
			low, high, defaults = append(low, p.Low), append(high, p.High), append(defaults, p.Default)
		}
		for _, values := range [][]float64{nil, low, high, defaults} {
			if c, err := control.New(d.Name, values); err != nil || c == nil {
				t.Errorf("%s%v: %v", d.Name, values, err)
			}
		}
	}
}

func TestRefused(t *testing.T) {
	for _, c := range []struct {
		name   string
		values []float64
		want   string
	}{
		{"reno", nil, `controller: "reno" is none that is known; use one of gcc, `},
		{"copa", []float64{1, 2}, "copa: 2 values are given; give 1, or none for the defaults"},
		{"copa", []float64{0}, "copa.delta: 0 is out of range; use a number from 0.01 to 10"},
		{"constant", []float64{math.NaN()}, "constant.kbps: NaN is out of range"},
		{"scream", []float64{0.5}, "scream.compete: 0.5 is no whole number; use a whole number"},
		{"bbr", []float64{1}, "bbr: 1 values are given; give 0, or none for the defaults"},
	} {
		_, err := control.New(c.name, c.values)
		var refused *setting.Error
		if !errors.As(err, &refused) || !strings.HasPrefix(err.Error(), c.want) {
			t.Errorf("%s%v: %v, want %q", c.name, c.values, err, c.want)
		}
	}
}

// all makes every controller with its defaults.
func all(t testing.TB, visit func(name string, again func() Controller)) {
	for _, name := range control.Names() {
		visit(name, func() Controller {
			c, err := control.New(name, nil)
			if err != nil {
				t.Fatal(err)
			}
			c.Reset()
			return c
		})
	}
}
