package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/internal/testdata"
)

// TestSession draws sessions, describes them and plays them: what comes of a
// file is what comes of the scenario.
func TestSession(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "mine.json")
	if text, err := runCommand(t, "session", "draw", "cc/test", "--seed", "5", "--count", "2", "--out", file, "--data", ""); err != nil || !strings.Contains(text, "--sessions "+file) {
		t.Fatalf("draw: %v\n%s", err, text)
	}
	text, err := runCommand(t, "session", "describe", file, "--json")
	var described struct {
		Sessions []struct {
			DurationS float64 `json:"duration_s"`
			MeanKbps  float64 `json:"mean_kbps"`
		}
	}
	if err != nil || json.Unmarshal([]byte(text), &described) != nil || len(described.Sessions) != 2 || described.Sessions[0].DurationS < 30 || described.Sessions[1].MeanKbps < 100 {
		t.Errorf("describe: %v\n%s", err, text)
	}
	one := filepath.Join(dir, "one.json")
	if _, err := runCommand(t, "session", "draw", "cc/test", "--seed", "5", "--out", one, "--data", ""); err != nil {
		t.Fatal(err)
	}
	drawn := runRollout(t, "--scenario", "cc/test", "--seed", "5", "--episodes", "1", "--policies", "max-rate,oracle", "--config", `{"max_steps": 100}`, "--data", "")
	played := runRollout(t, "--scenario", "cc/custom", "--sessions", one, "--policies", "max-rate,oracle", "--config", `{"max_steps": 100}`, "--data", "")
	if len(drawn.Results) != 2 || len(played.Results) != 2 || drawn.Results[0].Steps != 100 {
		t.Fatalf("%+v, %+v", drawn, played)
	}
	if mape := played.Results[1].Metrics["mape"]; mape.Mean != 0 {
		t.Errorf("the oracle errs by %v", mape)
	}
}

// TestPlaybackIsPlayed: a session written as a HoloWAN file has the path's
// conditions.
func TestPlaybackIsPlayed(t *testing.T) {
	file := filepath.Join(t.TempDir(), "holowan.txt")
	if _, err := runCommand(t, "session", "draw", "cc/libwebrtc", "--playback", "--out", file); err != nil {
		t.Fatal(err)
	}
	text, err := runCommand(t, "session", "describe", file)
	if err != nil || strings.Count(text, "\n") != 2 || !strings.Contains(text, "fifo") {
		t.Errorf("describe: %v\n%s", err, text)
	}
	result := runRollout(t, "--scenario", "cc/custom", "--sessions", file, "--policies", "oracle")
	if u := result.Results[0].Metrics["utilization"]; u.Mean < 0.5 || u.Mean > 1.1 {
		t.Errorf("the oracle uses %v of the path", u)
	}
}

func TestRecordingsArePlayed(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "cc")
	for _, name := range []string{"mahimahi/TMobile-UMTS-driving.up", "genet-synthetic/trace_00000.json", "opennetlab/4G_500kbps.json"} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if text, err := runCommand(t, "session", "describe", path); err != nil || strings.Count(text, "\n") != 2 {
			t.Errorf("%s: %v\n%s", name, err, text)
		}
		result := runRollout(t, "--scenario", "cc/custom", "--sessions", path, "--policies", "oracle", "--config", `{"max_steps": 50}`)
		if mape := result.Results[0].Metrics["mape"]; mape.Mean != 0 {
			t.Errorf("%s: the oracle errs by %v", name, mape)
		}
	}
}

func TestSessionRefusals(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"session", "draw", "cc/none"}, "cc/train"},
		{[]string{"session", "draw", "cc/test", "--count", "0"}, "--count"},
		{[]string{"session", "draw", "cc/test", "--count", "2", "--playback"}, "one session"},
		{[]string{"session", "draw", "cc/test", "--out", filepath.Join(dir, "no", "x.json")}, "--out"},
		{[]string{"session", "describe", filepath.Join(dir, "none")}, "no such file"},
		{[]string{"session", "describe", write("empty", "")}, "empty"},
		{[]string{"session", "describe", write("negative.json", `{"sessions": [{"forward": {"bottleneck": {"rate_kbps": {"values": [-5]}}}}]}`)}, "rate_kbps"},
		{[]string{"rollout", "--scenario", "cc/custom", "--policies", "oracle", "--sessions", write("cut.json", `{"sessions": [{"dura`)}, "cut.json"},
		{[]string{"rollout", "--scenario", "abr/train", "--policies", "bba", "--sessions", write("mbps", "0 1\n1 2\n")}, "sessions"},
	} {
		if text, err := runCommand(t, test.args...); err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %q\n%s", test.args, err, test.want, text)
		}
	}
}

// TestControlRollout plays, logs and draws what an issue's reader would type.
func TestControlRollout(t *testing.T) {
	dir := t.TempDir()
	log, picture := filepath.Join(dir, "steps.csv"), filepath.Join(dir, "rates.svg")
	result := runRollout(t, "--scenario", "cc/test", "--policies", "gcc-prod,nada,request-rate,oracle", "--episodes", "2",
		"--config", `{"max_steps": 60}`, "--log", log, "--draw", picture, "--data", "")
	if len(result.Results) != 4 {
		t.Fatalf("%+v", result)
	}
	for _, r := range result.Results {
		for _, name := range []string{"mape", "stall_rate_100ms", "stall_rate_200ms", "stall_rate_500ms", "utilization", "queue_delay_p95_ms"} {
			if m, ok := r.Metrics[name]; !ok || m.CI95[0] > m.Mean || m.CI95[1] < m.Mean {
				t.Errorf("%s: %s is %+v", r.Policy, name, m)
			}
		}
		if wrong := r.Metrics["mape"].Mean == 0; wrong != (r.Policy == "oracle") {
			t.Errorf("%s: mape %v", r.Policy, r.Metrics["mape"].Mean)
		}
	}
	if rows := readCSV(t, log); len(rows) != 1+4*2*60 || rows[0][0] != "time_ms" {
		t.Errorf("the log has %d rows, the first %q", len(rows), rows[0])
	}
	svg, err := os.ReadFile(picture)
	if err != nil || !strings.Contains(string(svg), "request-rate") {
		t.Errorf("the picture: %v, %d bytes", err, len(svg))
	}
}
