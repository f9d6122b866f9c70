package nettrace

import (
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"trailblazer/datasets/trace"
)

// TestTraces: what small files of every format say.
func TestTraces(t *testing.T) {
	series := func(pairs ...float64) (s Series) {
		for i := 0; i < len(pairs); i += 2 {
			s.AtMs, s.Values = append(s.AtMs, pairs[i]), append(s.Values, pairs[i+1])
		}
		return s
	}
	for _, c := range []struct {
		name, text string
		want       Trace
	}{
		{"mahimahi", "0\n1\r\n1\n\n12\n", Trace{
			Format: FormatMahimahi, Forward: Direction{LengthMs: 12, OpportunitiesMs: []int64{0, 1, 1, 12}},
		}},
		{"mbps", "3.5\t1.5\n4 1.5\n5.5 0\n", Trace{
			Format: FormatMbps, Forward: Direction{LengthMs: 3500, Kbps: series(0, 1500, 2000, 0)},
		}},
		{"genet", `{"timestamps": [0, 0.5, 1], "bandwidths": [2, 0.25, 9], "delays": [30, 40, 50], "loss": 0.01, "queue": 7, "delay_noise": 2, "T_s": 3, "more": {}}`, Trace{
			Format:  FormatGenet,
			Forward: Direction{LengthMs: 1000, Kbps: series(0, 2000, 500, 250), DelayMs: series(0, 30, 500, 40), LossShare: series(0, 0.01), JitterMs: 1 / halfNormalMean, QueuePackets: 7},
			Reverse: Direction{LengthMs: 1000, DelayMs: series(0, 30, 500, 40)},
		}},
		{"genet with one delay", `{"timestamps": [1, 3], "bandwidths": [2, 2], "delays": [30]}`, Trace{
			Format:  FormatGenet,
			Forward: Direction{LengthMs: 2000, Kbps: series(0, 2000), DelayMs: series(0, 30), LossShare: series(0, 0)},
			Reverse: Direction{LengthMs: 2000, DelayMs: series(0, 30)},
		}},
		{"opennetlab", `{"type": "video", "downlink": {}, "uplink": {"trace_pattern": [
			{"duration": 200, "capacity": 300}, {"duration": 100, "capacity": 0, "loss": 0.5, "rtt": 80, "jitter": 6}, {"duration": 100, "capacity": 10}]}}`, Trace{
			Format:  FormatOpenNetLab,
			Forward: Direction{LengthMs: 400, Kbps: series(0, 300, 200, 0, 300, 10), DelayMs: series(0, 40), LossShare: series(0, 0, 200, 0.5, 300, 0), JitterMs: 1.5},
			Reverse: Direction{LengthMs: 400, DelayMs: series(0, 40)},
		}},
		{"opennetlab both ways", `{"uplink": {"trace_pattern": [{"duration": 5, "capacity": 1}]}, "downlink": {"trace_pattern": [{"duration": 7, "capacity": 2, "rtt": 0}]}}`, Trace{
			Format:  FormatOpenNetLab,
			Forward: Direction{LengthMs: 5, Kbps: series(0, 1), LossShare: series(0, 0)},
			Reverse: Direction{LengthMs: 7, Kbps: series(0, 2), LossShare: series(0, 0), DelayMs: series(0, 0)},
		}},
		{"playback", "10,1,2,20,0,0.5\n10,0,2,30,0,0\n", Trace{
			Format:  FormatPlayback,
			Forward: Direction{LengthMs: 200, Kbps: series(0, 2000), DelayMs: series(0, 10), LossShare: series(0, 0.01, 100, 0)},
			Reverse: Direction{LengthMs: 200, Kbps: series(0, 500, 100, 0), DelayMs: series(0, 20, 100, 30), LossShare: series(0, 0)},
		}},
		{"playback with a header", device, Trace{
			Format: FormatPlayback, Reordering: true,
			Forward: Direction{LengthMs: 1000, DelayMs: series(0, 100, 500, 105), LossShare: series(0, 0.001, 500, 0.002)},
			Reverse: Direction{LengthMs: 1000, DelayMs: series(0, 95, 500, 98), LossShare: series(0, 0, 500, 0.001)},
		}},
	} {
		got, err := Parse("name", strings.NewReader(c.text))
		c.want.Name = "name"
		if err != nil || !reflect.DeepEqual(got, c.want) {
			t.Errorf("%s: %+v, %v; want %+v", c.name, got, err, c.want)
		}
	}
}

// device is a header as tools that feed the device write it.
const device = `# HoloWAN Playback v1.0
Operator: "Generated" NetworkType: "CoreLab"
 SignalStrength: -100(dbm)
test_name: "a: b, c"
Destination: "127.0.0.1:8080"
Start Time: 2025-01-01 00:00:00
End Time: 2025-01-01 00:00:01
Interval(sec): 0.5
Packet Size(byte): 500
Loss Average: 0.10
Enable Reordering: True
Contents: Delay1(ms),Loss1(%),Bandwidth1(Mbps),Delay2(ms),Loss2(%),Bandwidth2(Mbps)
Switch: 1,1,0,1,1,0
------------------------------------------------
100.00,0.10,10.000000,95.00,0.00,12.000000
105.0 0.2 9.5 98.0 0.1 11.5
`

func TestRefused(t *testing.T) {
	const rows = "\n1,0,1,1,0,1\n"
	for _, c := range []struct{ name, text, want string }{
		{"nothing", " \r\n", "file: is empty; give a mahimahi file"},
		{"prose", "one two three", `file: line 1: "one two three" is no line of a known format; give a mahimahi`},
		{"other JSON", `{"traces": []}`, `file: line 1: JSON: has neither "timestamps" nor "uplink"; give`},
		{"broken JSON", "{\n\"uplink\": {]", "file: line 2: JSON: is malformed"},
		{"short JSON", `{"uplink": `, "is cut short"},

		{"no number", "1\nx\n", `file: line 2: opportunities_ms: "x" is not a whole number; write the millisecond`},
		{"fraction", "1.5\n", "is not a whole number"},
		{"negative", "-1\n5\n", `"-1" is negative; shift the trace`},
		{"descending", "5\n4\n", `line 2: opportunities_ms: "4" comes before the one before it, 5; sort the file`},
		{"without length", "0\n0\n", `"0" is the last one: the trace has no length; end with the millisecond`},
		{"later than all", "99999999999999999999\n", "is later than 30 days"},

		{"Mbit/s missing", "0 1\n1\n", "line 2: "},
		{"Mbit/s negative", "0 1\n1 -1\n", "is negative; give 0 Mbit/s"},
		{"Mbit/s NaN", "0 1\n1 NaN\n", "is not finite"},

		{"Genet, one sample", `{"timestamps": [0], "bandwidths": [1], "delays": [1]}`, `timestamps: "1 values" are no trace; give at least 2`},
		{"Genet, too few", `{"timestamps": [0, 1], "bandwidths": [1], "delays": [1]}`, `bandwidths: "1 values" for 2 timestamps; give one for each`},
		{"Genet, delays", `{"timestamps": [0, 1, 2], "bandwidths": [1, 1, 1], "delays": [1, 2]}`, `delays: "2 values" for 3 timestamps`},
		{"Genet, order", `{"timestamps": [0, 1, 1], "bandwidths": [1, 1, 1], "delays": [1]}`, `timestamps[2]: "1" does not come after the one before it`},
		{"Genet, negative", `{"timestamps": [0, 1], "bandwidths": [1, -1], "delays": [1]}`, `bandwidths[1]: "-1" is negative; give Mbit/s`},
		{"Genet, dead", `{"timestamps": [0, 1], "bandwidths": [0, 1], "delays": [1]}`, "bandwidths: is 0 all the time"},
		{"Genet, loss", `{"timestamps": [0, 1], "bandwidths": [1, 1], "delays": [1], "loss": 5}`, `loss: "5" is not from 0 to 1; give a share`},
		{"Genet, queue", `{"timestamps": [0, 1], "bandwidths": [1, 1], "delays": [1], "queue": -1}`, `queue: "-1" is negative`},
		{"Genet, type", "{\"timestamps\":\n [0, \"1\"]}", `file: line 2: timestamps: "string" has the wrong type; give {"timestamps"`},
		{"Genet, null", `{"timestamps": [0, null]}`, "JSON: has a null"},

		{"OpenNetLab, empty", `{"uplink": {}}`, `uplink.trace_pattern: is empty; give {"uplink"`},
		{"OpenNetLab, missing", `{"uplink": {"trace_pattern": [{"duration": 1}]}}`, "uplink.trace_pattern[0].capacity: is missing; give"},
		{"OpenNetLab, no duration", `{"uplink": {"trace_pattern": [{"duration": 0, "capacity": 1}]}}`, `uplink.trace_pattern[0].duration: "0" is not from 0.001 to`},
		{"OpenNetLab, loss", `{"uplink": {"trace_pattern": [{"duration": 1, "capacity": 1}, {"duration": 1, "capacity": 1, "loss": 2}]}}`, `uplink.trace_pattern[1].loss: "2" is not from 0 to 1`},
		{"OpenNetLab, rtt", `{"uplink": {"trace_pattern": [{"duration": 1, "capacity": 1, "rtt": -2}]}}`, `.rtt: "-2" is negative`},
		{"OpenNetLab, dead", `{"uplink": {"trace_pattern": [{"duration": 1, "capacity": 0}]}}`, "uplink.trace_pattern: is 0 all the time"},
		{"OpenNetLab, down", `{"uplink": {"trace_pattern": [{"duration": 1, "capacity": 1}]}, "downlink": {"trace_pattern": [{"duration": 1, "capacity": -1}]}}`, `downlink.trace_pattern[0].capacity: "-1" is negative`},

		{"playback without rows", "# HoloWAN Playback v1.0\nInterval(sec): 0.1\n", "file: rows: are missing; write rows of Delay1(ms)"},
		{"five columns", "1,1,1,1,1\n", `line 1: "1,1,1,1,1" has 5 columns; write 6, Delay1(ms)`},
		{"seven columns", "# x" + rows + "1 0 1 1 0 1 0\n", `line 3: "1 0 1 1 0 1 0" has 7 columns`},
		{"empty column", "1,,1,1,0,1\n", "Loss1: is not a number"},
		{"word", "1,0,x,1,0,1\n", `Bandwidth1: "x" is not a number`},
		{"negative delay", "1,0,1,-1,0,1\n", `Delay2: "-1" is negative; give milliseconds`},
		{"NaN", "1,0,1,1,NaN,1\n", `Loss2: "NaN" is not finite; give percent`},
		{"NaN first", "# x" + rows + "nan,0,1,1,0,1\n", `line 3: Delay1: "NaN" is not finite`},
		{"infinite", "1,0,inf,1,0,1\n", `Bandwidth1: "+Inf" is not finite`},
		{"too much loss", "1,101,1,1,0,1\n", `Loss1: "101" is not from 0 to 100`},
		{"too late", "1,0,1,60001,0,1\n", `Delay2: "60001" is not from 0 to 60000`},
		{"dead", "1,0,1,1,0,0\n", "Bandwidth2: is 0 in every row"},
		{"no interval", "Interval(sec): 0" + rows, `line 1: Interval(sec): "0" is no interval; give seconds, such as 0.1`},
		{"long interval", "Interval(sec): 1e9" + rows, `Interval(sec): "1e+09" is not from 0.001 to 3600`},
		{"packet size", "Packet Size(byte): -5" + rows, `"-5" is no size of a packet`},
		{"loss average", "Loss Average: much" + rows, `Loss Average: "much" is no share`},
		{"reordering", "Enable Reordering: maybe" + rows, `"maybe" is neither True nor False`},
		{"switch", "Switch: 1,1,1" + rows, `Switch: "1,1,1" does not say which`},
		{"switch off", "Switch: 0,0,0,0,0,0" + rows, "switches everything off"},
		{"columns", "Contents: Delay1(ms),Delay2(ms)" + rows, "are other columns"},
		{"column names", "Delay1(ms),Loss1(%)" + rows, "line 1: Contents: "},
		{"header below rows", "# x" + rows + "Switch: 1,1,1,1,1,1\n", `line 3: Delay1: "Switch: 1" is not a number`},
	} {
		_, err := Parse("file", strings.NewReader(c.text))
		if _, ok := errors.AsType[*FormatError](err); !ok || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v; want %q", c.name, err, c.want)
		}
	}
}

// TestBins has cases by hand.
func TestBins(t *testing.T) {
	m := MahimahiTrace([]int64{1, 1, 4, 10})
	if got, want := m.Forward.Bins(5), []float64{3 * 1500 * 8 / 5.0, 1500 * 8 / 5.0}; !reflect.DeepEqual(got, want) {
		t.Errorf("bins of opportunities %v, want %v", got, want)
	}
	one := MahimahiTrace([]int64{1})
	if got := one.Forward.MeanKbps(); got != 12_000 {
		t.Errorf("an opportunity each millisecond: %v kbps, want 12 Mbps", got)
	}
	s := MbpsTrace(trace.Trace{TimesS: []float64{0, 0.25, 0.3, 1.1, 1.15}, BandwidthMbps: []float64{1, 2, 0, 4, 3}})
	// 0-250 ms 1, -300 2, -1100 0, -1150 4, -1200 3 Mbps.
	got := append(s.Forward.Bins(500), s.Forward.MeanKbps())
	for i, want := range []float64{(250 + 100) * 2, 0, (200 + 150) * 5, (250.0 + 100 + 200 + 150) / 1.2} {
		if math.Abs(got[i]-want) > 1e-9 {
			t.Errorf("bin %d is %v, want %v", i, got[i], want)
		}
	}
}
