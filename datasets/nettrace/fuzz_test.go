package nettrace

import (
	"bytes"
	"io"
	"math"
	"testing"
)

var seeds = []string{
	"", "0\n1\n1\n7\n", "0 1\n1 2\n", device, "1,0,1,1,0,1\n2 0 2 2 0 2\n",
	`{"timestamps": [0, 1, 2], "bandwidths": [1, 2, 3], "delays": [4], "loss": 0, "queue": 5, "delay_noise": 0.5, "T_s": 1}`,
	`{"uplink": {"trace_pattern": [{"duration": 5, "capacity": 1e3, "rtt": 7}]}, "downlink": {"trace_pattern": [{"duration": 5, "capacity": 1, "loss": 0.1}]}}`,
	"1e308,0,1,1,0,1", "-0,-0,1,-0,0,1", "Interval(sec): nan\n1,0,1,1,0,1", "Switch: 1\n", `{"uplink": 1}`, "99999999999999999999", "\xef\xbb\xbf1\n", "HoloWAN Recorder File (www.msytest.com)\n1,0,1,1,0,1",
}

// FuzzParse: what is parsed can be played, whatever the format.
func FuzzParse(f *testing.F) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		tr, err := Parse("fuzz", bytes.NewReader(text))
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without words")
			}
			return
		}
		if !tr.Forward.Limited() && tr.Format != FormatPlayback {
			t.Fatal("no bandwidth")
		}
		for _, d := range []*Direction{&tr.Forward, &tr.Reverse} {
			checkPlayable(t, d)
		}
	})
}

func checkPlayable(t *testing.T, d *Direction) {
	t.Helper()
	if !(d.LengthMs >= 0) || d.JitterMs < 0 || d.QueuePackets < 0 {
		t.Fatalf("length %v, jitter %v, queue %v", d.LengthMs, d.JitterMs, d.QueuePackets)
	}
	last := int64(0)
	for _, ms := range d.OpportunitiesMs {
		if ms < last {
			t.Fatalf("opportunity %d after %d", ms, last)
		}
		last = ms
	}
	for _, c := range []struct {
		s    *Series
		most float64
	}{{&d.Kbps, MaxKbps}, {&d.DelayMs, MaxDelayMs}, {&d.LossShare, 1}} {
		if len(c.s.AtMs) != len(c.s.Values) {
			t.Fatalf("%d times for %d values", len(c.s.AtMs), len(c.s.Values))
		}
		before := math.Inf(-1)
		for i, at := range c.s.AtMs {
			if i == 0 && at != 0 || !(at > before && at < d.LengthMs) {
				t.Fatalf("time %d is %v after %v, of %v", i, at, before, d.LengthMs)
			}
			if v := c.s.Values[i]; !(v >= 0 && v <= c.most) {
				t.Fatalf("value %d is %v", i, v)
			}
			before = at
		}
	}
}

func fuzzFormat[T any](f *testing.F, parse func(string, io.Reader) (T, error), write func(T, io.Writer) error) {
	for _, seed := range seeds {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		if parsed, err := parse("fuzz", bytes.NewReader(text)); err == nil {
			again(t, parsed, func(w io.Writer) error { return write(parsed, w) }, parse)
		}
	})
}

func FuzzMahimahi(f *testing.F) {
	fuzzFormat(f, ParseMahimahi, func(list []int64, w io.Writer) error { return WriteMahimahi(w, list) })
}

func FuzzGenet(f *testing.F) {
	fuzzFormat(f, ParseGenet, func(g Genet, w io.Writer) error { return g.Write(w) })
}

func FuzzOpenNetLab(f *testing.F) {
	fuzzFormat(f, ParseOpenNetLab, func(o OpenNetLab, w io.Writer) error { return o.Write(w) })
}

func FuzzPlayback(f *testing.F) {
	fuzzFormat(f, ParsePlayback, func(p Playback, w io.Writer) error { return p.Write(w) })
}
