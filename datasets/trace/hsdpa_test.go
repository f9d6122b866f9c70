package trace

import (
	"bytes"
	"math"
	"slices"
	"strings"
	"testing"
)

// The first lines are those that the data set's description shows.
const hsdpaLog = `1289406399 549692 59.851754 10.781778 248069 1008
1289406400 550772 59.851864 10.781833 191698 1080
1289406401 551773 59.851964 10.781901 0 0
1289406402 552893 59.85206  10.781969 248971 1120
`

func TestParseHSDPA(t *testing.T) {
	got, err := ParseHSDPA("log", strings.NewReader(hsdpaLog))
	if err != nil {
		t.Fatal(err)
	}
	if want := []float64{0, 1.008, 2.088, 3.208}; !slices.Equal(got.TimesS, want) {
		t.Errorf("times %v, want %v", got.TimesS, want)
	}
	bytes := 0.0
	for i := 1; i < got.Len(); i++ {
		bytes += got.BandwidthMbps[i] * 1e6 / 8 * (got.TimesS[i] - got.TimesS[i-1])
	}
	if math.Abs(bytes-(248069+191698+248971)) > 1e-3 {
		t.Errorf("the trace carries %v bytes", bytes)
	}
	if !LooksLikeHSDPA(strings.SplitN(hsdpaLog, "\n", 2)[0]) || LooksLikeHSDPA("0.1 0 1 0.1 0 1") || LooksLikeHSDPA("1 2") {
		t.Error("logs are not told from other formats")
	}
}

func TestParseHSDPACarriesBytes(t *testing.T) {
	got, err := ParseHSDPA("log", strings.NewReader("1 2 3.0 4.0 1000 0\n1 2 3.0 4.0 1000 2\n"))
	if err != nil || got.BandwidthMbps[1] != 8 {
		t.Errorf("%v, %v: want the bytes of both lines in 2 ms, 8 Mbit/s", got, err)
	}
}

func TestParseHSDPAErrors(t *testing.T) {
	for text, want := range map[string]string{
		"":                               "times_s: has no samples",
		"1 2 3 4 5\n":                    `log: line 1: "1 2 3 4 5" has 5 fields; write unix_s`,
		"1 2 3.0 4.0 -5 6\n":             `log: line 1: bytes: "-5" is not a whole number`,
		"1 2 3.0 4.0 5 NaN\n":            `log: line 1: ms: "NaN" is not a whole number`,
		"1 2 3.0 4.0 9000000000000 1\n":  "are more than 1e+06 Mbit/s",
		"1 2 3.0 4.0 5 9000000000000000": "makes the log too long",
		"1 2 3.0 4.0 0 5\n":              "is 0 in every sample",
	} {
		if _, err := ParseHSDPA("log", strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want %q", text, err, want)
		}
	}
}

func FuzzParseHSDPA(f *testing.F) {
	f.Add([]byte(hsdpaLog))
	f.Add([]byte("1 2 3.0 4.0 1000 0\n1 2 3.0 4.0 1000 2\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		if got, err := ParseHSDPA("fuzz", bytes.NewReader(text)); err == nil {
			if err := got.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
