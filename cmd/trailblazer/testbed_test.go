package main

import (
	"encoding/json"
	"strings"
	"testing"

	"trailblazer/internal/testbed"
)

// TestTestbedTable prints a report of one check of each kind.
func TestTestbedTable(t *testing.T) {
	report := testbedReport{Controller: "nada", Report: &testbed.Report{
		Repeats: 2, Packets: 1234,
		OpenLoop: []testbed.Check{
			{Name: "error", Difference: 0.012345, DifferenceUnit: "ms", Tolerance: 1, Verdict: testbed.Met},
			{Name: "packets dropped", Real: &testbed.Range{Mean: 100, Low: 100, High: 100}, Simulated: &testbed.Range{Mean: 102, Low: 101, High: 103}, Difference: 2, Tolerance: 1, Verdict: testbed.Missed},
		},
		ClosedLoop: []testbed.Check{
			{Name: "mean target", Unit: "kbps", Real: &testbed.Range{Mean: 900, Low: 850, High: 950.4}, Simulated: &testbed.Range{Mean: 1020, Low: 1020, High: 1020}, Difference: 13.333, Uncertainty: 5.2, DifferenceUnit: "%", Tolerance: 12, Verdict: testbed.Unsure},
		},
	}}
	var out strings.Builder
	if err := report.print(&out, false); err != nil {
		t.Fatal(err)
	}
	want := `open loop, 2 times, 1234 packets    reality             emulator       difference    tolerance  
  error                                                                0.0123 ms     1.00 ms    met
  packets dropped                   100                 102 (101–103)  2.00          1.00       missed

closed loop with nada, 2 times  reality             emulator   difference      tolerance  
  mean target                   900 kbps (850–950)  1020 kbps  13.3 ± 5.20 %  12.0 %     unsure

1 met, 1 missed, 1 unsure: more --repeats would tell
`
	if got := strings.Join(strings.Fields(out.String()), " "); got != strings.Join(strings.Fields(want), " ") {
		t.Errorf("printed\n%s", out.String())
	}

	out.Reset()
	if err := report.print(&out, true); err != nil {
		t.Fatal(err)
	}
	var again map[string]any
	if err := json.Unmarshal([]byte(out.String()), &again); err != nil || again["controller"] != "nada" || again["packets"] != 1234. || len(again["open_loop"].([]any)) != 2 {
		t.Errorf("%v in %s", err, out.String())
	}
}

func TestTestbedSkips(t *testing.T) {
	report := testbedReport{Skipped: "cannot make a network namespace: operation not permitted", Controller: "nada"}
	var out strings.Builder
	if err := report.print(&out, false); err != nil || !strings.HasPrefix(out.String(), "skipped: cannot make") {
		t.Errorf("%v, %q", err, out.String())
	}
	out.Reset()
	if err := report.print(&out, true); err != nil || !strings.Contains(out.String(), `"skipped"`) || strings.Contains(out.String(), "open_loop") {
		t.Errorf("%v, %q", err, out.String())
	}
}

func TestTestbedRefuses(t *testing.T) {
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"--controller", "vicc"}, "gcc-prod"},
		{[]string{"--duration", "1s"}, "duration: 1s is out of range"},
		{[]string{"--repeats", "-1"}, "repeats"},
		{[]string{"--repeats", "0"}, "at least 1"},
		{[]string{"--duration", "0s"}, "--duration"},
		{[]string{"--loss", "2"}, "loss"},
		{[]string{"--delay", "-1ms"}, "delay"},
	} {
		if _, err := runCommand(t, append([]string{"testbed"}, test.args...)...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q", test.args, err, test.want)
		}
	}
}
