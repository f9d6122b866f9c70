package media

import (
	"fmt"

	"trailblazer/ccemu/schedule"
	"trailblazer/internal/setting"
)

// maxKbps bounds rates: 10 Gbps.
const maxKbps = 1e7

// Validate reports the first setting that is out of range as a *setting.Error
// below field.
func (f *Flow) Validate(field string) error {
	if !f.RequestKbps.IsZero() {
		if err := f.RequestKbps.Validate(field+".request_kbps", 0, maxKbps); err != nil {
			return err
		}
	}
	for _, s := range []struct {
		name             string
		value, low, high float64
		none             bool // whether -1 is a value too
	}{
		{"start_ms", f.StartMs, 0, schedule.MaxMs, false},
		{"start_kbps", f.StartKbps, 1, maxKbps, false},
		{"pacing_factor", f.PacingFactor, 1, 100, false},
		{"retries", float64(f.Retries), 1, 10, true},
		{"extra_delay_ms", f.ExtraDelayMs, 0, 10_000, false},
		{"video.fps", f.Video.FPS, 1, 240, false},
		{"video.key_ms", f.Video.KeyMs, 1, schedule.MaxMs, false},
		{"video.key_ratio", f.Video.KeyRatio, 1, 100, false},
		{"video.size_deviation", f.Video.SizeDeviation, 0, 2, true},
		{"video.lag_ms", f.Video.LagMs, 0, 60_000, false},
		{"video.rate_error", f.Video.RateError, 0, 0.9, true},
		{"video.min_kbps", f.Video.MinKbps, 1, maxKbps, false},
		{"video.payload_bytes", float64(f.Video.PayloadBytes), 100, 8_946, false},
		{"audio.rate_kbps", f.Audio.RateKbps, 1, 10_000, true},
		{"audio.packet_ms", f.Audio.PacketMs, 1, 1_000, false},
	} {
		// 0 stands for the default.
		if s.value == 0 || s.value >= s.low && s.value <= s.high || s.none && s.value == -1 {
			continue
		}
		remedy := fmt.Sprintf("give a number from %v to %v", s.low, s.high)
		if s.none {
			remedy += ", or -1 for none"
		}
		return setting.Refuse(field+"."+s.name, s.value, "is out of range", remedy)
	}
	return nil
}

// WithDefaults spells out every setting that f leaves open.
func (f *Flow) WithDefaults() Flow {
	c := *f
	if c.RequestKbps.IsZero() {
		c.RequestKbps = schedule.Constant(4000)
	}
	if c.Retries == 0 {
		c.Retries = 1
	}
	if c.Video.PayloadBytes == 0 {
		c.Video.PayloadBytes = 1188
	}
	for _, s := range []struct {
		value    *float64
		standard float64
	}{
		{&c.StartKbps, 300},
		{&c.PacingFactor, 2.5},
		{&c.Video.FPS, 30},
		{&c.Video.KeyMs, 5000},
		{&c.Video.KeyRatio, 4},
		{&c.Video.SizeDeviation, 0.3},
		{&c.Video.LagMs, 100},
		{&c.Video.RateError, 0.1},
		{&c.Video.MinKbps, 50},
		{&c.Audio.RateKbps, 32},
		{&c.Audio.PacketMs, 20},
	} {
		if *s.value == 0 {
			*s.value = s.standard
		}
	}
	return c
}
