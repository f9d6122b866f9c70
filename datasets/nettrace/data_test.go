package nettrace

import (
	"math"
	"path/filepath"
	"testing"

	"trailblazer/internal/testdata"
)

// TestPublishedData reads all recordings, with the mean rates that are known
// of them.
func TestPublishedData(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "cc")
	for _, c := range []struct {
		set    string
		files  int
		digest string
		means  map[string]float64 // kbps
	}{
		{"mahimahi", 7, "551708af280ebf5f738811fcdb5814b0c09d32c1616a797faa88f6fd4e7806f7", map[string]float64{
			"ATT-LTE-driving-2016.down": 4560, "ATT-LTE-driving-2016.up": 1910, "ATT-LTE-driving.up": 834,
			"TMobile-LTE-short.down": 16_703, "TMobile-LTE-short.up": 13_318, "TMobile-UMTS-driving.down": 2020, "TMobile-UMTS-driving.up": 943,
		}},
		{"genet-synthetic", 20, "22929939762abc96a435f8aeba9f739d8ca440f7c20eaf7ef004a252e607130a", nil},
		{"opennetlab", 20, "0d8f925e3d3e1c50dc29e3c7dfbe93bccf99262dbfac363048e908eb22471a7d", map[string]float64{
			"WIRED_900kbs.json": 862.7, "WIRED_200kbps.json": 203.6, "4G_500kbps.json": 498, "4G_700kbps.json": 678.6, "trace_300k.json": 300, "trace_example.json": 387.2,
		}},
	} {
		traces, err := LoadDir(filepath.Join(dir, c.set))
		if err != nil {
			t.Error(err)
			continue
		}
		found := 0
		for i := range traces {
			d := &traces[i].Forward
			checkPlayable(t, d)
			checkPlayable(t, &traces[i].Reverse)
			want, known := c.means[traces[i].Name]
			if !known {
				continue
			}
			found++
			if got := d.MeanKbps(); math.Abs(got/want-1) > 0.001 {
				t.Errorf("%s: mean %.1f kbps, want %v", traces[i].Name, got, want)
			}
		}
		if len(traces) != c.files || found != len(c.means) {
			t.Errorf("%s: %d files, want %d; %d of %d that are known", c.set, len(traces), c.files, found, len(c.means))
		}
		if got := HashTraces(traces).String(); got != c.digest {
			t.Errorf("%s: digest %s, want %s", c.set, got, c.digest)
		}
	}
	one, err := Load(filepath.Join(dir, "genet-synthetic", "trace_00000.json"))
	if err != nil || one.Format != FormatGenet || one.Name != "trace_00000.json" || one.Forward.LengthMs != 30_000 || one.Forward.DelayMs.Values[0] != 104.07294 || one.Forward.QueuePackets != 62 {
		t.Errorf("%+v, %v", one, err)
	}
}

// TestOutages: the share of seconds in which recordings of drives carry
// nothing is up to 9 percent.
func TestOutages(t *testing.T) {
	dir := filepath.Join(testdata.Dir(t), "cc", "mahimahi")
	for name, want := range map[string]float64{"ATT-LTE-driving.up": 0.092, "TMobile-UMTS-driving.down": 0.034, "TMobile-LTE-short.up": 0} {
		one, err := Load(filepath.Join(dir, name))
		if err != nil {
			t.Error(err)
			continue
		}
		dead := 0
		bins := one.Forward.Bins(1000)
		for _, kbps := range bins {
			if kbps == 0 {
				dead++
			}
		}
		if got := float64(dead) / float64(len(bins)); math.Abs(got-want) > 0.001 {
			t.Errorf("%s: %.3f of the seconds carry nothing, want %v", name, got, want)
		}
	}
}
