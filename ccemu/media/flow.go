package media

import (
	"math"
	"time"

	"trailblazer/ccemu/schedule"
)

// Flow is a controlled media flow. All rates are those on the wire, headers
// included, where nothing else is said. The zero value of a field stands for
// the default in brackets.
type Flow struct {
	// StartMs is when it begins [0].
	StartMs float64 `json:"start_ms,omitempty"`
	// RequestKbps is how much the application wants to send, over the
	// session's time [4,000]. The media rate is that or the controller's,
	// whichever is less.
	RequestKbps schedule.Series `json:"request_kbps"`
	Video       Video           `json:"video"`
	Audio       Audio           `json:"audio"`
	// StartKbps is the rate until the first decision [300].
	StartKbps float64 `json:"start_kbps,omitempty"`
	// PacingFactor is how much faster than the rate packets may leave [2.5].
	PacingFactor float64 `json:"pacing_factor,omitempty"`
	// Retries is how often a lost video packet is sent again [1]; -1 for
	// never.
	Retries int `json:"retries,omitempty"`
	// ExtraDelayMs adds to the propagation of both directions, for flows of
	// differing round-trip time [0].
	ExtraDelayMs float64 `json:"extra_delay_ms,omitempty"`
}

// Video is an encoder. Its rate is the media rate without audio.
type Video struct {
	// FPS is the number of frames in a second [30].
	FPS float64 `json:"fps,omitempty"`
	// KeyMs is the time between key frames [5,000], which are KeyRatio times
	// as large as others [4]. Frame sizes vary by SizeDeviation, that of the
	// logarithm [0.3]; -1 for not at all.
	KeyMs         float64 `json:"key_ms,omitempty"`
	KeyRatio      float64 `json:"key_ratio,omitempty"`
	SizeDeviation float64 `json:"size_deviation,omitempty"`
	// LagMs is how long the encoder takes to follow a change of its rate: the
	// time constant of a first-order lag [100]. It misses its rate by up to
	// RateError, relative, at random, anew every second [0.1; -1 for not at
	// all].
	LagMs     float64 `json:"lag_ms,omitempty"`
	RateError float64 `json:"rate_error,omitempty"`
	// MinKbps is the least that it can do [50].
	MinKbps float64 `json:"min_kbps,omitempty"`
	// PayloadBytes is the most of a frame in one packet [1,188, which
	// is 1,242 bytes on the wire].
	PayloadBytes int `json:"payload_bytes,omitempty"`
}

// Audio is a codec of constant rate.
type Audio struct {
	// RateKbps is the codec's, without headers [32]; -1 for no audio. PacketMs
	// is the time in one packet [20].
	RateKbps float64 `json:"rate_kbps,omitempty"`
	PacketMs float64 `json:"packet_ms,omitempty"`
}

// HeaderBytes is what a media packet's payload comes with on the wire: 12
// bytes of RTP, 8 of UDP, 20 of IPv4 and 14 of Ethernet.
const HeaderBytes = 54

// frameInterval is the time from one frame to the next.
func (f *Flow) frameInterval() time.Duration { return time.Duration(math.Round(1e9 / f.Video.FPS)) }

// audioPacketBytes is the size of an audio packet on the wire; 0 for no audio.
func (f *Flow) audioPacketBytes() int32 {
	if f.Audio.RateKbps < 0 {
		return 0
	}
	return int32(math.Round(f.Audio.RateKbps*f.Audio.PacketMs/8)) + HeaderBytes
}

// audioBps is the rate of audio on the wire.
func (f *Flow) audioBps() float64 {
	return float64(f.audioPacketBytes()) * 8000 / f.Audio.PacketMs
}
