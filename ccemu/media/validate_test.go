package media

import (
	"encoding/json"
	"errors"
	"math"
	"strings"
	"testing"

	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

func TestValidate(t *testing.T) {
	nan, inf := math.NaN(), math.Inf(1)
	for _, c := range []struct {
		field string // "" if the flow is fine
		flow  Flow
	}{
		{"", Flow{}},
		{"", (&Flow{}).WithDefaults()},
		{"", Flow{Retries: -1, Audio: Audio{RateKbps: -1}, Video: Video{SizeDeviation: -1, RateError: -1}}},
		{"", Flow{RequestKbps: schedule.Series{AtMs: []float64{0, 5000}, Values: []float64{64, 4000}, PeriodMs: 10_000}}},
		{"", Flow{RequestKbps: schedule.Constant(0)}},
		{"", Flow{StartKbps: 1e6, RequestKbps: schedule.Constant(1e6), Video: Video{FPS: 240}}},
		{"start_ms", Flow{StartMs: -1}},
		{"start_ms", Flow{StartMs: nan}},
		{"start_ms", Flow{StartMs: inf}},
		{"start_kbps", Flow{StartKbps: -300}},
		{"start_kbps", Flow{StartKbps: 0.5}},
		{"start_kbps", Flow{StartKbps: 1e8}},
		{"start_kbps", Flow{StartKbps: nan}},
		{"pacing_factor", Flow{PacingFactor: 0.9}},
		{"pacing_factor", Flow{PacingFactor: nan}},
		{"pacing_factor", Flow{PacingFactor: -1}},
		{"retries", Flow{Retries: -2}},
		{"retries", Flow{Retries: 11}},
		{"extra_delay_ms", Flow{ExtraDelayMs: -1}},
		{"extra_delay_ms", Flow{ExtraDelayMs: inf}},
		{"video.fps", Flow{Video: Video{FPS: -30}}},
		{"video.fps", Flow{Video: Video{FPS: 1000}}},
		{"video.fps", Flow{Video: Video{FPS: nan}}},
		{"video.key_ms", Flow{Video: Video{KeyMs: -1}}},
		{"video.key_ms", Flow{Video: Video{KeyMs: inf}}},
		{"video.key_ratio", Flow{Video: Video{KeyRatio: 0.5}}},
		{"video.key_ratio", Flow{Video: Video{KeyRatio: nan}}},
		{"video.size_deviation", Flow{Video: Video{SizeDeviation: -0.3}}},
		{"video.size_deviation", Flow{Video: Video{SizeDeviation: 3}}},
		{"video.lag_ms", Flow{Video: Video{LagMs: -1}}},
		{"video.rate_error", Flow{Video: Video{RateError: 1}}},
		{"video.rate_error", Flow{Video: Video{RateError: nan}}},
		{"video.min_kbps", Flow{Video: Video{MinKbps: -50}}},
		{"video.payload_bytes", Flow{Video: Video{PayloadBytes: 10}}},
		{"video.payload_bytes", Flow{Video: Video{PayloadBytes: -1}}},
		{"video.payload_bytes", Flow{Video: Video{PayloadBytes: 65_536}}},
		{"audio.rate_kbps", Flow{Audio: Audio{RateKbps: -2}}},
		{"audio.rate_kbps", Flow{Audio: Audio{RateKbps: inf}}},
		{"audio.packet_ms", Flow{Audio: Audio{PacketMs: -20}}},
		{"audio.packet_ms", Flow{Audio: Audio{PacketMs: 0.1}}},
		{"request_kbps.values[0]", Flow{RequestKbps: schedule.Constant(nan)}},
		{"request_kbps.values[0]", Flow{RequestKbps: schedule.Constant(-1)}},
		{"request_kbps.values", Flow{RequestKbps: schedule.Series{AtMs: []float64{0}}}},
	} {
		err := c.flow.Validate("flows[0]")
		if c.field == "" {
			if err != nil {
				t.Errorf("%+v: %v", c.flow, err)
			}
			continue
		}
		var refused *setting.Error
		if !errors.As(err, &refused) || refused.Field != "flows[0]."+c.field {
			t.Errorf("%+v: %v, want an error of %s", c.flow, err, c.field)
			continue
		}
		if refused.Remedy == "" || strings.Contains(refused.Remedy, "%!") {
			t.Errorf("%v", err)
		}
	}
}

// TestWithDefaults: defaults are those that the comments name, stay once they
// are set, and are valid.
func TestWithDefaults(t *testing.T) {
	full := (&Flow{}).WithDefaults()
	text, err := json.Marshal(full)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"request_kbps":{"values":[4000]},` +
		`"video":{"fps":30,"key_ms":5000,"key_ratio":4,"size_deviation":0.3,"lag_ms":100,"rate_error":0.1,"min_kbps":50,"payload_bytes":1188},` +
		`"audio":{"rate_kbps":32,"packet_ms":20},"start_kbps":300,"pacing_factor":2.5,"retries":1}`
	if string(text) != want {
		t.Errorf("defaults are %s, want %s", text, want)
	}
	given := Flow{
		StartMs: 1, RequestKbps: schedule.Constant(7), StartKbps: 2, PacingFactor: 3, Retries: -1, ExtraDelayMs: 4,
		Video: Video{FPS: 5, KeyMs: 6, KeyRatio: 7, SizeDeviation: -1, LagMs: 8, RateError: -1, MinKbps: 9, PayloadBytes: 100},
		Audio: Audio{RateKbps: -1, PacketMs: 10},
	}
	a, _ := json.Marshal(given)
	filled := given.WithDefaults()
	b, _ := json.Marshal(filled)
	if string(a) != string(b) {
		t.Errorf("%s became %s", a, b)
	}
}
