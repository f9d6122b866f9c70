package abrenv

import (
	"encoding/json"
	"strings"
	"testing"

	"trailblazer/internal/testdata"
)

func TestCapture(t *testing.T) {
	for name, want := range map[string]string{
		"test_fcc_trace_10652_http---www.amazon.com_1020_0":        "10652",
		"test_fcc_trace_10652_http---www.amazon.com_0_0":           "10652",
		"trace_10652_http---www.yahoo.com":                         "10652",
		"trace_942154_http---www.ebay.com":                         "942154",
		"tram.ljabru-jernbanetorget-report.2011-02-02_1345CET.log": "tram.ljabru-jernbanetorget-report.2011-02-02_1345CET.log",
		"fcc-like_0007": "fcc-like_0007",
	} {
		if got := capture(name); got != want {
			t.Errorf("%s is of the capture %s, want %s", name, got, want)
		}
	}
}

// names are those of the traces of a scenario, without their set.
func names(t *testing.T, l *Library, scenario string) []string {
	t.Helper()
	c, err := l.Config(scenario, json.RawMessage(nil))
	if err != nil {
		t.Fatal(err)
	}
	f, err := l.Factory(scenario, c)
	if err != nil {
		t.Fatal(err)
	}
	m, err := ParseManifest(f.Spec())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, name := range m.Traces {
		names = append(names, strings.TrimPrefix(name, "fcc-train_"))
	}
	return names
}

// checkHalves: two halves make up the whole, about four to one, and what is
// chosen by shares no capture with anything that is learned from.
func checkHalves(t *testing.T, l *Library, pairs map[string][2]string) {
	t.Helper()
	learned := map[string]bool{}
	for _, pair := range pairs {
		for _, name := range names(t, l, pair[0]) {
			learned[capture(name)] = true
		}
	}
	for all, pair := range pairs {
		in := map[string]int{}
		for _, scenario := range pair {
			for _, name := range names(t, l, scenario) {
				in[name]++
			}
		}
		held := names(t, l, pair[1])
		for _, name := range held {
			if learned[capture(name)] {
				t.Errorf("%s: models learn from the capture of %s", pair[1], name)
			}
		}
		want := names(t, l, all)
		for _, name := range want {
			if in[name] != 1 {
				t.Errorf("%s: %s is in %d halves", all, name, in[name])
			}
		}
		if len(in) != len(want) {
			t.Errorf("%s: %d traces in both halves, %d in all", all, len(in), len(want))
		}
		if share := float64(len(held)) / float64(len(want)); share < 0.15 || share > 0.35 {
			t.Errorf("%s: a share of %.2f is held out", all, share)
		}
	}
}

func TestHalves(t *testing.T) {
	l, err := NewLibrary("")
	if err != nil {
		t.Fatal(err)
	}
	checkHalves(t, l, map[string][2]string{"abr/train": {"abr/fit", "abr/valid-fit"}})
}

func TestRealHalves(t *testing.T) {
	l, err := NewLibrary(testdata.Dir(t))
	if err != nil {
		t.Fatal(err)
	}
	checkHalves(t, l, map[string][2]string{
		"abr/train":            {"abr/fit", "abr/valid-fit"},
		"abr/train-file-clean": {"abr/fit-file-clean", "abr/valid-file-clean"},
		"abr/train-leak-free":  {"abr/fit-leak-free", "abr/valid-leak-free"},
		"abr/train-karma":      {"abr/fit-karma", "abr/valid-karma"},
	})
}
