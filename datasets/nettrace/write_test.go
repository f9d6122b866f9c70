package nettrace

import (
	"bytes"
	"io"
	"reflect"
	"strings"
	"testing"
)

// again writes what was parsed and parses it again.
func again[T any](t *testing.T, parsed T, write func(io.Writer) error, parse func(string, io.Reader) (T, error)) {
	t.Helper()
	var out bytes.Buffer
	if err := write(&out); err != nil {
		t.Fatal(err)
	}
	text := out.String()
	if got, err := parse("again", &out); err != nil || !reflect.DeepEqual(got, parsed) {
		t.Fatalf("written and read again: %+v, %v; want %+v\n%s", got, err, parsed, text)
	}
}

func TestPlaybackText(t *testing.T) {
	p := Playback{Rows: []Row{{Conditions{10.25, 1, 2.5}, Conditions{20, 0, 1e-7}}, {Conditions{0, 0, 0}, Conditions{1, 4, 3}}}}
	const want = `# HoloWAN Playback v1.0
Interval(sec): 0.1
Packet Size(byte): 500
Loss Average: 1.25
Enable Reordering: False
Contents: Delay1(ms),Loss1(%),Bandwidth1(Mbps),Delay2(ms),Loss2(%),Bandwidth2(Mbps)
Switch: 1,1,1,1,1,1
------------------------------------------------
10.25,1,2.5,20,0,0.0000001
0,0,0,1,4,3
`
	var out bytes.Buffer
	if err := p.Write(&out); err != nil || out.String() != want {
		t.Errorf("%v\n%s", err, out.String())
	}
	again(t, p.WithDefaults(), p.Write, ParsePlayback)
	other, err := ParsePlayback("device", strings.NewReader(device))
	if err != nil || len(other.Rows) != 2 || other.IntervalS != 0.5 || !other.Reordering || other.Switch[forwardBandwidth] {
		t.Fatalf("%+v, %v", other, err)
	}
	again(t, other, other.Write, ParsePlayback)
}

func TestWritten(t *testing.T) {
	g := Genet{TimesS: []float64{0, 0.1, 0.2}, BandwidthMbps: []float64{1, 0, 3}, DelayMs: []float64{20}, LossShare: 0.5, QueuePackets: 3, DelayNoiseMs: 1, ChangeS: 2}
	again(t, g, g.Write, ParseGenet)
	o := OpenNetLab{Uplink: []Segment{{100, 300, 0.1, Unchanged, 2}, {50.5, 0, 0, 0, 0}}, Downlink: []Segment{{1, 1, 0, 30, 0}}}
	again(t, o, o.Write, ParseOpenNetLab)
	o.Downlink = nil
	again(t, o, o.Write, ParseOpenNetLab)
	m := []int64{0, 0, 7}
	again(t, m, func(w io.Writer) error { return WriteMahimahi(w, m) }, ParseMahimahi)
}
