package abrenv

import (
	"math"
	"slices"

	"trailblazer/abrsim"
)

// bounds are what no chunk of a factory's worlds can exceed, rounded up
// generously: they declare spaces and are no measure of the data.
type bounds struct {
	bufferS        float64
	throughputMBps float64
	delayS         float64
	sizeMB         float64
	sleepMs        float64
	share          float64 // of the highest bitrate
}

func (f *Factory) findBounds() bounds {
	player := f.config.Player
	b := bounds{bufferS: player.BufferCapMs / 1000}
	if *player.DrainQuantumMs == 0 {
		b.bufferS *= 1 + 1e-6 // draining to the cap exactly may round up
	}
	largest := 0.0
	for i := range f.data.Videos {
		b.sleepMs = max(b.sleepMs, float64(f.data.Videos[i].ChunkMs)+*player.DrainQuantumMs)
		for _, sizes := range f.data.Videos[i].SizesBytes {
			for _, size := range sizes {
				largest = max(largest, float64(size))
			}
		}
	}
	for _, m := range f.movies {
		b.share = max(b.share, float64(slices.Max(m.share)))
	}
	b.sizeMB = math.Ceil(largest / 1e6)
	top := 0.0
	for i := range f.data.Traces {
		t := &f.data.Traces[i]
		paper, plain := 0.0, 0.0 // Mbit that a pass carries
		for k := 1; k < t.Len(); k++ {
			seconds := t.TimesS[k] - t.TimesS[k-1]
			paper += t.BandwidthMbps[k] * seconds
			plain += t.BandwidthMbps[k-1] * seconds
			top = max(top, t.BandwidthMbps[k])
		}
		top = max(top, t.BandwidthMbps[0])
		carried := paper
		if player.Profile == abrsim.ProfileDefault {
			last := t.Len() - 1
			carried = plain + t.BandwidthMbps[last]*(t.TimesS[last]-t.TimesS[last-1])
		}
		carried *= 1e6 / 8 * player.PayloadPortion
		passes := math.Ceil(largest*player.NoiseHigh/carried) + 1
		b.delayS = max(b.delayS, passes*f.worlds[i].Link().PassS())
	}
	b.delayS = math.Ceil((b.delayS + *player.RTTMs/1000) * max(1, player.NoiseHigh))
	b.throughputMBps = math.Ceil(top / 8 * player.PayloadPortion / min(1, player.NoiseLow) * 1.001)
	return b
}

// rewardBounds are the least and the greatest reward of a chunk.
func (f *Factory) rewardBounds() (low, high float64) {
	low, high = math.Inf(1), math.Inf(-1)
	stall := f.bounds.delayS
	for _, m := range f.movies {
		for level := range m.levels {
			for last := range m.levels {
				r := m.qoe.Rate(level, last, 0)
				high = max(high, r.Total)
				low = min(low, r.Total-m.qoe.RebufferPenalty()*stall)
			}
		}
	}
	return math.Floor(low), high
}
