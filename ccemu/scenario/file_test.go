package scenario

import (
	"bytes"
	"errors"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/schedule"
	"trailblazer/datasets/nettrace"
	"trailblazer/datasets/trace"
	"trailblazer/internal/testdata"
)

func compile(t *testing.T, text string) []*ccemu.Session {
	t.Helper()
	f, err := ReadFile(strings.NewReader(text), "file")
	if err != nil {
		t.Fatal(err)
	}
	sessions, err := f.Compile()
	if err != nil {
		t.Fatal(err)
	}
	return sessions
}

func TestFile(t *testing.T) {
	got := compile(t, `{"sessions": [{"duration_ms": 5000, "forward": {"bottleneck": {"rate_kbps": {"values": [700]}}}}, {"forward": {"bottleneck": {"rate_kbps": {"values": [800]}}}}],
		"traces": [{"name": "a", "text": "0 1\n100 2\n", "session": {"forward": {"delay_ms": {"values": [30]}, "bottleneck": {"queue": {"limit_ms": 99}}}}}]}`)
	if len(got) != 3 || got[0].DurationMs != 5000 || got[1].Forward.Bottleneck.RateKbps.Values[0] != 800 || len(got[1].Flows) != 1 {
		t.Fatalf("%+v", got)
	}
	s := got[2]
	want := schedule.Series{AtMs: []float64{0, 100_000}, Values: []float64{1000, 2000}, PeriodMs: 200_000}
	if b := s.Forward.Bottleneck; !reflect.DeepEqual(b.RateKbps, want) || b.Queue.LimitMs != 99 || s.Forward.DelayMs.Values[0] != 30 || s.DurationMs != 200_000 {
		t.Errorf("a trace over a session: %+v", s)
	}
}

// TestRecordings: a file of any format is a session.
func TestRecordings(t *testing.T) {
	for _, c := range []struct {
		name, text string
		check      func(s *ccemu.Session) bool
	}{
		{"mahimahi", "1\n", func(s *ccemu.Session) bool {
			return s.Forward.Bottleneck.Kind == link.Mahimahi && s.DurationMs == 35_000 && reflect.DeepEqual(s.Forward.Bottleneck.OpportunitiesMs, []int64{1})
		}},
		{"genet", `{"timestamps": [0, 40], "bandwidths": [20, 0], "delays": [30], "loss": 0.02, "queue": 9, "delay_noise": 1}`, func(s *ccemu.Session) bool {
			return s.DurationMs == 40_000 && s.Forward.Bottleneck.RateKbps.Values[0] == 20_000 && s.Forward.Loss.Share.Values[0] == 0.02 &&
				s.Forward.Bottleneck.Queue.LimitPackets == 9 && s.Reverse.DelayMs.Values[0] == 30 && s.Forward.Jitter.DeviationMs > 0.6
		}},
		{"opennetlab", `{"uplink": {"trace_pattern": [{"duration": 0.5, "capacity": 1}, {"duration": 700000, "capacity": 2e7, "rtt": 20}]}}`, func(s *ccemu.Session) bool {
			// What lasts for less than 1 ms gives way; more than 10 Gbps is none.
			return s.DurationMs == 600_000 && reflect.DeepEqual(s.Forward.Bottleneck.RateKbps.Values, []float64{1}) && s.Reverse.DelayMs.Values[0] == 10
		}},
		{"opennetlab, fast", `{"uplink": {"trace_pattern": [{"duration": 700, "capacity": 1}, {"duration": 700, "capacity": 2e7}]}}`, func(s *ccemu.Session) bool {
			return reflect.DeepEqual(s.Forward.Bottleneck.RateKbps, schedule.Series{AtMs: []float64{0, 700}, Values: []float64{1, link.MaxKbps}, PeriodMs: 1400})
		}},
		{"playback", "Enable Reordering: True\n1,2,3,4,5,6\n1,2,4,4,5,6\n", func(s *ccemu.Session) bool {
			return reflect.DeepEqual(s.Forward.Bottleneck.RateKbps, schedule.Series{AtMs: []float64{0, 100}, Values: []float64{3000, 4000}, PeriodMs: 200}) &&
				s.Forward.DelayMs.Values[0] == 1 && s.Forward.Loss.Share.Values[0] == 0.02 && s.Forward.ReorderShare == 1 &&
				s.Reverse.Bottleneck.RateKbps.Values[0] == 6000 && s.Reverse.DelayMs.Values[0] == 4 && s.Reverse.Loss.Share.Values[0] == 0.05
		}},
	} {
		if got := compile(t, c.text); len(got) != 1 || !c.check(got[0]) {
			t.Errorf("%s: %+v", c.name, got[0])
		}
	}
}

func TestFileRefused(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{``, "file: is empty; give a mahimahi"},
		{`{}`, "file: sessions: are missing; give at least one"},
		{`{"sessions": []}`, "sessions: are missing"},
		{`{"sessions": [{"duration": 5}]}`, `"duration" is no known field`},
		{`{"sessions": [{"duration_ms": null}]}`, "has a null"},
		{"{\n\"sessions\": [{\"duration_ms\": \"x\"}]}", "file: line 2: sessions.duration_ms: \"string\" has the wrong type; give {"},
		{`{"sessions": [{}, {"duration_ms": -1}]}`, `file: sessions[1].duration_ms: "-1" is out of range`},
		{`{"sessions": [{"forward": {"bottleneck": {"rate_kbps": {"values": [-1]}}}}]}`, "sessions[0].forward.bottleneck.rate_kbps.values[0]"},
		{`{"traces": [{"name": "a", "text": "1,2,3\n"}]}`, `traces[0].text: a: line 1: "1,2,3" has 3 columns`},
		{`{"traces": [{"text": "1\n", "session": {"report_ms": -5}}]}`, "traces[0].session.report_ms"},
		{"Switch: 1,1,0,1,1,0\n1,0,1,1,0,1\n", "session.forward: has no bandwidth: there is nothing to predict; use a recording with one (in a playback file: switch Bandwidth1 on)"},
		{"1 2 3", "is no line of a known format"},
	} {
		_, err := ReadFile(strings.NewReader(c.text), "file")
		if _, ok := errors.AsType[*nettrace.FormatError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.text, err, c.want)
		}
	}
}

// TestWritten: sessions of every set survive being written as a file.
func TestWritten(t *testing.T) {
	var f File
	for _, s := range Sets() {
		f.Sessions = append(f.Sessions, *draws(t, &s, 1, nil)[0])
	}
	f.Traces = []Recording{{Name: "a", Text: "1\n"}}
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	again, err := ReadFile(&out, "again")
	if err != nil || fingerprint(pointers(again.Sessions)) != fingerprint(pointers(f.Sessions)) || again.Traces[0].Text != "1\n" {
		t.Errorf("not the same: %v", err)
	}
}

func pointers(sessions []ccemu.Session) []*ccemu.Session {
	list := make([]*ccemu.Session, len(sessions))
	for i := range sessions {
		list[i] = &sessions[i]
	}
	return list
}

// TestPlayback: what a playback file can say of a session comes back.
func TestPlayback(t *testing.T) {
	s, err := Find("cc/test")
	if err != nil {
		t.Fatal(err)
	}
	for i, session := range draws(t, s, 50, nil) {
		p := Playback(session)
		var text bytes.Buffer
		if err := p.Write(&text); err != nil {
			t.Fatal(err)
		}
		again := compile(t, text.String())[0]
		for ms := 0.0; ms+1000 <= session.DurationMs; ms += 1000 {
			want, got := meanOver(&session.Forward.Bottleneck.RateKbps, ms, 1000), meanOver(&again.Forward.Bottleneck.RateKbps, ms, 1000)
			if math.Abs(got-want) > 1e-6*want+1e-6 {
				t.Fatalf("session %d at %v ms: %v kbps, want %v", i, ms, got, want)
			}
		}
		if math.Abs(again.Reverse.DelayMs.Values[0]-session.Reverse.DelayMs.Values[0]) > 1e-9 || math.Abs(again.Forward.Loss.Share.Values[0]-session.Forward.Loss.Share.Values[0]) > 1e-12 ||
			again.DurationMs != max(session.DurationMs, 35_000) || !again.Reverse.Bottleneck.RateKbps.IsZero() {
			t.Fatalf("session %d: %+v", i, again)
		}
	}
	mahimahi := compile(t, "1\n")[0]
	if p := Playback(mahimahi); math.Abs(p.Rows[3].Forward.BandwidthMbps-12.032) > 1e-9 {
		t.Errorf("an opportunity each millisecond is %v Mbps, want 1504 bytes", p.Rows[3].Forward.BandwidthMbps)
	}
}

func meanOver(s *schedule.Series, ms, width float64) float64 {
	c := schedule.Cursor{Steps: s.Compile(1)}
	c.Seek(schedule.Milliseconds(ms))
	return c.Mean(schedule.Milliseconds(ms), schedule.Milliseconds(ms+width))
}

// TestPublishedRecordings: every public recording is a session.
func TestPublishedRecordings(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "cc")
	for _, set := range []string{"mahimahi", "genet-synthetic", "opennetlab"} {
		names, err := trace.Names(filepath.Join(dir, set))
		if err != nil {
			t.Fatal(err)
		}
		for _, name := range names {
			file, err := os.Open(filepath.Join(dir, set, name))
			if err != nil {
				t.Fatal(err)
			}
			f, err := ReadFile(file, name)
			file.Close()
			if err != nil {
				t.Errorf("%s: %v", name, err)
				continue
			}
			if sessions, err := f.Compile(); err != nil || len(sessions) != 1 || sessions[0].DurationMs < 30_000 {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// FuzzReadFile: what is read can be compiled, and written and read again.
func FuzzReadFile(f *testing.F) {
	for _, seed := range []string{
		"", "1\n", "0 1\n1 2\n", "1,2,3,4,5,6\n", `{"sessions": [{}]}`, `{"sessions": [{"duration_ms": 1e3, "flows": [{"retries": -1}], "cross": [{"kind": "tcp-bbr"}]}]}`,
		`{"traces": [{"text": "1\n2\n", "session": {"report_ms": 20}}]}`, `{"uplink": {"trace_pattern": [{"duration": 0.002, "capacity": 1}, {"duration": 5, "capacity": 2}]}}`,
		`{"timestamps": [0, 0.0001, 1], "bandwidths": [1, 2, 3], "delays": [4]}`, "0 1\n1e-7 2\n3e6 1\n", `{"sessions": [{"forward": {"bottleneck": {"kind": "mahimahi", "opportunities_ms": [0, 1]}}}]}`,
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		read, err := ReadFile(bytes.NewReader(text), "fuzz")
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		sessions, err := read.Compile()
		if err != nil {
			t.Fatalf("read what can't be compiled: %v", err)
		}
		for i, s := range sessions {
			if err := s.Validate(); err != nil {
				t.Fatalf("session %d: %v", i, err)
			}
		}
		var out bytes.Buffer
		if err := read.Write(&out); err != nil {
			t.Fatal(err)
		}
		if _, err := ReadFile(&out, "again"); err != nil {
			t.Fatalf("written and read again: %v", err)
		}
	})
}
