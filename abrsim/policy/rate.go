package policy

// rateBased chooses the highest level whose bitrate is at most a share of the
// throughput, estimated as the harmonic mean of the last samples. It is the
// RB baseline of Pensieve (SIGCOMM 2017, section 5.1) for window 5, share 1.
type rateBased struct {
	window int
	share  float64

	video   *Video
	history throughput
}

func (r *rateBased) Start(v *Video, _ uint64) error {
	r.video = v
	r.history.reset()
	return nil
}

func (r *rateBased) Choose(now *View) (int, error) {
	if now.DelayMs > 0 {
		r.history.push(now.rateKbps())
	}
	return r.video.highestBelow(r.share * r.history.harmonic(r.window)), nil
}

// highestBelow is the highest level of at most rateKbps, or 0.
func (v *Video) highestBelow(rateKbps float64) int {
	level := 0
	for level+1 < len(v.BitratesKbps) && float64(v.BitratesKbps[level+1]) <= rateKbps {
		level++
	}
	return level
}
