package feature_test

import (
	"math"
	"testing"
	"time"

	"trailblazer/ccemu/feature"
	"trailblazer/ccemu/feedback"
)

func milliseconds(ms float64) time.Duration { return time.Duration(ms * 1e6) }

// handFlow is a flow that can be followed with pencil and paper: packet k
// leaves at 10k ms with 1,250 bytes, takes 30 ms, and is reported every 50 ms
// by messages that take 20 ms back. The receiver's clock is 5 s ahead. Number
// 49 takes 34 ms; 50 and 51 have not arrived when 52 has.
type handFlow struct {
	tracker feature.Tracker
	sent    []feedback.Sent
}

func (h *handFlow) send(until int) {
	for k := len(h.sent); k <= until; k++ {
		p := feedback.Sent{Sequence: int64(k), At: milliseconds(float64(10 * k)), SizeBytes: 1250, Frame: int32(k / 3), AppLimited: k%5 == 0}
		if k%10 == 7 {
			p.Kind, p.Frame = feedback.Audio, -1
		}
		h.sent = append(h.sent, p)
		h.tracker.OnSent(&p)
	}
}

func (h *handFlow) report(leaves float64, first, last int) {
	const clock = 5 * time.Second
	departure := milliseconds(leaves)
	r := feedback.Report{At: departure + milliseconds(20), Departure: departure + clock, JitterBuffer: milliseconds(35), Stalled: milliseconds(40)}
	for k := first; k <= last; k++ {
		result := feedback.Result{Sent: h.sent[k]}
		if k != 50 && k != 51 {
			result.Received, result.Arrival = true, result.At+milliseconds(30)+clock
		}
		if k == 49 {
			result.Arrival += milliseconds(4)
		}
		r.Results = append(r.Results, result)
	}
	h.tracker.OnReport(&r)
}

func (h *handFlow) state(now float64) *feedback.Sender {
	return &feedback.Sender{Now: milliseconds(now), RequestBps: 1e6, TargetBps: 1.5e6, TargetAt: milliseconds(400), PacerDelay: milliseconds(7)}
}

func (h *handFlow) observe(now float64) (values map[string]float64, present map[string]bool) {
	var raw [feature.Count]float64
	var flags [feature.Count]int8
	h.tracker.Raw(h.state(now), raw[:], flags[:])
	values, present = map[string]float64{}, map[string]bool{}
	for i, f := range feature.Table() {
		values[f.Name], present[f.Name] = raw[i], flags[i] == 1
	}
	return values, present
}

func newHandFlow() *handFlow {
	h := &handFlow{}
	start := h.state(0)
	start.RequestBps = 2e6
	h.tracker.Raw(start, make([]float64, feature.Count), make([]int8, feature.Count))
	next := 0
	for j := 1; j <= 11; j++ {
		h.send(5 * j)
		h.report(float64(50*j), next, 5*j-3)
		next = 5*j - 2
	}
	h.send(60)
	return h
}

// At 600 ms, packets up to 60 have left, and the last report, of up to 52, left
// at 550 and came at 570 ms.
func TestFeaturesByHand(t *testing.T) {
	variance := func(squares, n, sum float64) float64 { return math.Sqrt(squares/n - sum/n*sum/n) }
	want := map[string]float64{
		"loss_S": 2.0 / 10, "loss_M": 2.0 / 50, "loss_L": 2.0 / 53,
		"burst_mean_L": 2, "burst_max_L": 2, "time_since_loss": 30,

		"rtt_last": 50, "rtt_mean_S": (7*50 + 54) / 8.0, "rtt_min_L": 50, "rtt_max_L": 54,
		"srtt": 50, "rttvar": 25 * math.Pow(0.75, 10), "rtt_min_H": 50,

		"send_rate_S": 1000, "send_rate_M": 1000, "target_prev": 1500, "pacer_queue_ms": 7,
		"inflight_bytes": 8 * 1250, "sent_pkts_S": 10, "app_limited_frac_M": 0.2, "last_action_age": 200,

		// Numbers 43 to 49 and 52 arrived in the last 100 ms, 48 packets in the
		// last 500, and 51 in the 520 since the first.
		"recv_rate_S": 800, "recv_rate_M": 960, "recv_rate_L": 510 / 0.52, "recv_max_2s": 1000,
		"recv_send_ratio_M": 0.96, "jitterbuffer_ms": 35, "stall_ms_L": 40,

		"owd_mean_S": 0.5, "owd_max_S": 4, "owd_min_L": 0, "owd_p95_M": 0,
		// Only 49 is above the line; arrivals are 0, 10, … 450, 464 and 490 ms
		// after the first.
		"owd_slope_M": 1000 * 4 * (464 - 235.5) / 932804,

		"qd_mean_S": 0.5, "qd_max_S": 4, "qd_mean_M": 4.0 / 48, "qd_mean_L": 4.0 / 51,
		// 49 changes of the delay, the last of 4 ms; the last 20 are at 0, 10, …
		// 180 and 194 ms.
		"gcc_trend":  49 * 4 * 0.1 * 4 * (194 - 95.2) / 67275.2,
		"qd_low_age": 30,

		"recv_pkts_S": 8, "mean_size_S": 1250, "ia_mean_S": 12.5, "ia_max_S": 26, "reorder_M": 0, "audio_frac_M": 5.0 / 48,

		"rfc3550_jitter": 0.25 + (4-0.25)/16, "ia_std_M": variance(46*100+14*14+26*26, 48, 500), "abs_ddelay_mean_S": 1,
		// Frame 5 ends 10 ms early, with number 16, and frame 15 with 46; frame
		// 16 ends with 49.
		"frame_arrival_std_L": variance(12*900+400+1600+400+34*34, 16, 474),

		"request_rate": 1000, "request_rate_change_M": -1000, "target_request_ratio": 1.5,
	}
	got, present := newHandFlow().observe(600)
	for _, f := range feature.Table() {
		if w, ok := want[f.Name]; !ok || !(math.Abs(got[f.Name]-w) <= 1e-9*(1+math.Abs(w))) || !present[f.Name] {
			t.Errorf("%s is %v (present: %v), want %v", f.Name, got[f.Name], present[f.Name], w)
		}
	}
}

func TestMissingValuesAreCarriedForward(t *testing.T) {
	h := newHandFlow()
	before, _ := h.observe(600)
	for _, c := range []struct {
		now     float64
		missing []string
	}{
		{669, nil},
		{670, []string{"loss_S", "rtt_mean_S", "recv_rate_S", "owd_mean_S", "qd_max_S", "ia_max_S", "abs_ddelay_mean_S"}},
		{1070, []string{"loss_M", "rtt_last", "srtt", "recv_rate_M", "gcc_trend", "rfc3550_jitter", "jitterbuffer_ms", "ia_std_M"}},
		{1570, []string{"loss_L", "burst_max_L", "rtt_max_L", "recv_rate_L", "stall_ms_L", "owd_min_L", "frame_arrival_std_L"}},
		{2570, []string{"recv_max_2s"}},
		{10570, []string{"rtt_min_H"}},
	} {
		values, present := h.observe(c.now)
		for _, name := range c.missing {
			if present[name] {
				t.Errorf("%s is present at %v ms", name, c.now)
			}
			if values[name] != before[name] {
				t.Errorf("%s is %v at %v ms, want %v as before", name, values[name], c.now, before[name])
			}
		}
		if c.missing == nil {
			for name, is := range present {
				if !is {
					t.Errorf("%s is missing at %v ms", name, c.now)
				}
			}
		}
	}
}

func TestPacketsThatAreLateCountAsReceived(t *testing.T) {
	h := newHandFlow()
	late := feedback.Report{At: milliseconds(620), Departure: milliseconds(5600)}
	result := feedback.Result{Sent: h.sent[50], Received: true, Arrival: milliseconds(5590)}
	late.Results = append(late.Results, result)
	h.tracker.OnReport(&late)
	values, _ := h.observe(620)
	// Reports at 570 and 620 ms: 48 to 52, of which 51 is missing.
	if values["loss_S"] != 0.2 || values["burst_max_L"] != 1 || values["loss_L"] != 1.0/53 {
		t.Errorf("loss %v and %v, bursts of %v", values["loss_S"], values["loss_L"], values["burst_max_L"])
	}
	// It arrived after 48, 49 and 52.
	if values["reorder_M"] == 0 || values["recv_pkts_S"] != 4 || values["owd_max_S"] != 60 || values["rtt_last"] != 110 {
		t.Errorf("reordered %v, received %v, delay %v, round trip %v", values["reorder_M"], values["recv_pkts_S"], values["owd_max_S"], values["rtt_last"])
	}
}

func TestObservingChangesNothing(t *testing.T) {
	watched, alone := newHandFlow(), newHandFlow()
	for now := 600.0; now < 700; now++ {
		watched.observe(now)
	}
	watched.report(650, 53, 60)
	alone.report(650, 53, 60)
	values, _ := watched.observe(700)
	other, _ := alone.observe(700)
	for name, value := range values {
		if other[name] != value {
			t.Errorf("%s is %v where others were observed before, else %v", name, value, other[name])
		}
	}
}

func TestConditions(t *testing.T) {
	h := newHandFlow()
	want := feature.Conditions{RTTMs: 50, LossShare: 2.0 / 53, RateBps: 1.5e6, RequestBps: 1e6, Known: true}
	if got := h.tracker.Conditions(h.state(600)); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got := h.tracker.Conditions(h.state(1070)); got.Known {
		t.Error("known half a second after the last report")
	}
	h.tracker.Reset()
	if got := h.tracker.Conditions(h.state(600)); got.Known || got.RTTMs != 0 {
		t.Errorf("after Reset: %+v", got)
	}
}
