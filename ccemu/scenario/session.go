package scenario

import (
	"trailblazer/ccemu"
	"trailblazer/ccemu/link"
	"trailblazer/ccemu/media"
	"trailblazer/ccemu/schedule"
)

// session spells the conditions out. Half of the round-trip time lies in each
// direction; jitter and losses strike both, but reports, which are few, are
// lost one by one, and nothing limits their rate.
func (c *conditions) session() *ccemu.Session {
	forward := link.Path{
		Bottleneck: c.bottleneck,
		Loss:       link.Loss{Share: schedule.Constant(c.loss), BurstPackets: c.burst},
		DelayMs:    schedule.Constant(c.rttMs / 2),
		Jitter:     c.jitter,
	}
	forward.Bottleneck.RateKbps = c.capacity
	s := ccemu.Session{
		DurationMs: c.durationMs,
		Forward:    forward,
		Reverse:    link.Path{Loss: link.Loss{Share: forward.Loss.Share}, DelayMs: forward.DelayMs, Jitter: c.jitter},
		Flows:      []media.Flow{c.flow()},
		Cross:      c.cross,
	}
	complete := s.WithDefaults()
	return &complete
}

// flow sends the content. Where little is requested, its codecs go as low as
// that needs.
func (c *conditions) flow() media.Flow {
	lowest := least(&c.request)
	return media.Flow{
		RequestKbps: c.request,
		Video: media.Video{
			FPS: c.content.fps, KeyMs: c.content.keyMs, KeyRatio: c.content.keyRatio, SizeDeviation: c.content.sizeSpread,
			MinKbps: min(50, lowest/4),
		},
		Audio: media.Audio{RateKbps: min(c.content.audioKbps, max(lowest/8, 8)), PacketMs: audioPacketMs(lowest)},
	}
}

// audioPacketMs is the time in one audio packet: with 20 ms headers alone take
// 22 kbps.
func audioPacketMs(requestKbps float64) float64 {
	if requestKbps < 200 {
		return 60
	}
	return 20
}
