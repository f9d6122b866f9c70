package trace

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestParseCSV(t *testing.T) {
	for _, c := range []struct {
		text        string
		options     CSVOptions
		times, mbps []float64
	}{
		{"time_s,bandwidth_mbps\n0,1\n1,2\n", CSVOptions{}, []float64{0, 1}, []float64{1, 2}},
		{"\ufefftime (ms);place;Throughput (kbps)\n5000;a;500\n5500;b;1500\n", CSVOptions{}, []float64{0, 0.5}, []float64{0.5, 1.5}},
		{"Seconds\tbytes/s rate\n1\t125000\n3\t250000\n", CSVOptions{}, []float64{0, 2}, []float64{1, 2}},
		{"at,down\n1,2\n2,4\n4,6\n", CSVOptions{TimeColumn: "at", TimeUnit: "min", BandwidthColumn: "down", BandwidthUnit: "Gbps"},
			[]float64{0, 60, 180}, []float64{2000, 4000, 6000}},
		{"s,mbps\n0,1\n1,2\n3,4\n", CSVOptions{After: true}, []float64{0, 1, 3, 5}, []float64{1, 1, 2, 4}},
	} {
		got, err := ParseCSV("table", strings.NewReader(c.text), c.options)
		if err != nil {
			t.Errorf("%q: %v", c.text, err)
		} else if !slices.Equal(got.TimesS, c.times) || !slices.Equal(got.BandwidthMbps, c.mbps) {
			t.Errorf("%q: %v at %v, want %v at %v", c.text, got.BandwidthMbps, got.TimesS, c.mbps, c.times)
		}
	}
}

func TestParseCSVErrors(t *testing.T) {
	for _, c := range []struct {
		text    string
		options CSVOptions
		want    string
	}{
		{"", CSVOptions{}, "table: is empty"},
		{"a,b\n1,2\n", CSVOptions{}, "time: is in no column's name; name one with --time-column: a, b"},
		{"time,mbps\n1,2\n", CSVOptions{}, `time: "time" does not name its unit; give --time-unit: s, ms, us, ns, min`},
		{"time_s,time_ms,mbps\n1,2,3\n", CSVOptions{}, `both look like it; name one: --time-column`},
		{"time_s,mbps\n1,2\n", CSVOptions{TimeColumn: "t"}, `"t" is not in the header; give one of: time_s, mbps`},
		{"time_s,rate MB/s\n1,2\n", CSVOptions{}, `does not name its unit`},
		{"time_s,mbps\n1,2\n", CSVOptions{BandwidthUnit: "furlongs"}, `"furlongs" is no unit`},
		{"time_s,mbps\n1,2\n2,x\n", CSVOptions{}, `table: line 3: mbps: "x" is not a number`},
		{"time_s,mbps\n1,2\n1,3\n", CSVOptions{}, `table: line 3: time_s: "1" is not later than`},
		{"time_s,mbps\n1,2\n2\n", CSVOptions{}, "table: line 3: is no row of the table"},
		{"time_s,mbps\n1,2\n2,NaN\n", CSVOptions{}, `mbps: "NaN" is not finite`},
		{"time_s,mbps\n1,2\n", CSVOptions{}, "has only one sample"},
	} {
		if _, err := ParseCSV("table", strings.NewReader(c.text), c.options); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%q: error %v, want %q", c.text, err, c.want)
		}
	}
}

func TestLooksLikeCSV(t *testing.T) {
	for line, want := range map[string]bool{
		"time_s,mbps": true, "a;b": true, "a\tb": true, "1,0,1,1,0,1": false, "0\t1.5": false,
		"Interval(sec): 0.1, x": false, "#a,b": false, `{"a": 1, "b": 2}`: false, "12": false,
	} {
		if got := LooksLikeCSV(line); got != want {
			t.Errorf("%q: %v", line, got)
		}
	}
}

func FuzzParseCSV(f *testing.F) {
	f.Add([]byte("time_s,bandwidth_mbps\n0,1\n1,2\n"), false)
	f.Add([]byte("\ufefftime (ms);\"place\";Throughput (kbps)\n5000;a;500\n5500;b;1500\n"), true)
	f.Fuzz(func(t *testing.T, text []byte, after bool) {
		if got, err := ParseCSV("fuzz", bytes.NewReader(text), CSVOptions{After: after}); err == nil {
			if err := got.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
