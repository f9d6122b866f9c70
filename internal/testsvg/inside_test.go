package testsvg

import (
	"strings"
	"testing"
)

func TestWhatIsInside(t *testing.T) {
	b := box{100, 50}
	for data, problem := range map[string]string{
		"M0 0H100V50z":      "",
		"M1 2L3 4h5v-4":     "",
		"M1 2h-2":           "outside",
		"M1 2V50.5":         "outside",
		"M1 2H100.005":      "", // rounded
		"M1 NaN":            "NaN",
		"M1 +Inf":           "+Inf",
		"M1 2C1 2 3 4 5 6":  "C",
		"M1":                "ends",
		"1 2":               "no command",
		"M1 2H1.2.3":        "1.2.3",
		"M10 20 30 40":      "no command",
		"M1 2v-1v-1v-1":     "outside",
		"M100 50L0 0L50 51": "outside",
	} {
		err := b.path(data)
		if (err == nil) != (problem == "") || err != nil && !strings.Contains(err.Error(), problem) {
			t.Errorf("%s: %v, want %q", data, err, problem)
		}
	}
	for _, test := range []struct {
		element    string
		attributes map[string]string
		ok         bool
	}{
		{"rect", map[string]string{"x": "1", "y": "2", "width": "99", "height": "48"}, true},
		{"rect", map[string]string{"x": "1", "y": "2", "width": "100", "height": "48"}, false},
		{"rect", map[string]string{"x": "1", "y": "2", "width": "-1", "height": "48"}, false},
		{"rect", map[string]string{"width": "100%", "height": "100%"}, true},
		{"text", map[string]string{"x": "NaN", "y": "2"}, false},
		{"text", map[string]string{"transform": "translate(20 60) rotate(90)"}, false},
		{"text", map[string]string{"transform": "translate(20 40) rotate(90)"}, true},
	} {
		if err := b.check(test.element, test.attributes); (err == nil) != test.ok {
			t.Errorf("%s %v: %v", test.element, test.attributes, err)
		}
	}
}

func TestContrast(t *testing.T) {
	for colours, want := range map[[2]string]float64{
		{"#000", "#ffffff"}: 21, {"#fff", "#fff"}: 1, {"#777777", "#fff"}: 4.48, {"#ff0000", "#000000"}: 5.25,
	} {
		if got := Contrast(t, colours[0], colours[1]); got < want-0.01 || got > want+0.01 {
			t.Errorf("%v: %v, want %v", colours, got, want)
		}
	}
}
