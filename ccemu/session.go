package ccemu

import (
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// Session describes what an emulator plays: media flows from one sender to one
// receiver, over a path with a bottleneck that other traffic may share. It is
// what users write and generators draw. The zero value of most fields is the
// useful default, given in brackets.
type Session struct {
	// DurationMs is how long it lasts [35,000].
	DurationMs float64 `json:"duration_ms"`
	// Forward carries media and cross traffic, Reverse the receiver's reports.
	// An absent reverse bottleneck is never one.
	Forward link.Path `json:"forward"`
	Reverse link.Path `json:"reverse"`
	// Flows are the controlled ones [one, with every default].
	Flows []media.Flow `json:"flows"`
	// Cross is other traffic through the forward bottleneck [none].
	Cross []Cross `json:"cross"`
	// ReportMs is how often the receiver reports [50].
	ReportMs float64 `json:"report_ms"`
}

// The kinds of cross traffic.
const (
	// Unresponsive sends at RateKbps, whatever happens: constant, pulses and
	// random walks are series.
	Unresponsive = "unresponsive"
	// TCPCubic and TCPBBR transfer as fast as RFC 9438's or BBR's TCP can.
	TCPCubic = "tcp-cubic"
	TCPBBR   = "tcp-bbr"
)

// Cross is one flow of cross traffic, or a sequence of short ones.
type Cross struct {
	Kind    string  `json:"kind"`
	StartMs float64 `json:"start_ms,omitempty"`
	// StopMs is when it ends [never].
	StopMs float64 `json:"stop_ms,omitempty"`
	// RateKbps of unresponsive traffic, over time since the session began.
	RateKbps schedule.Series `json:"rate_kbps"`
	// PacketBytes is the size of its packets on the wire [1,200; TCP 1,500].
	PacketBytes int `json:"packet_bytes,omitempty"`
	// DelayMs is the propagation delay of TCP, each way [the forward path's
	// first].
	DelayMs float64 `json:"delay_ms,omitempty"`
	// MeanBytes, if given, makes TCP a sequence of transfers of exponentially
	// distributed size [0: one without end], which begin as a Poisson process
	// with MeanGapMs between them [1,000]; one that finds another running
	// waits for its end.
	MeanBytes float64 `json:"mean_bytes,omitempty"`
	MeanGapMs float64 `json:"mean_gap_ms,omitempty"`
}
