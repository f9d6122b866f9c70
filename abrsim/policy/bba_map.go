package policy

// bbaTuned maps the buffer to a bitrate, linearly from the lowest of the
// ladder at lowS seconds to the highest at highS, and chooses the highest
// level of at most that bitrate. It is the rate map of Huang et al., "A
// Buffer-Based Approach to Rate Adaptation" (SIGCOMM 2014), figure 6, without
// their hysteresis.
type bbaTuned struct {
	lowS, highS float64

	video *Video
}

func (b *bbaTuned) Start(v *Video, _ uint64) error {
	b.video = v
	return nil
}

func (b *bbaTuned) Choose(now *View) (int, error) {
	return b.video.highestBelow(b.video.rateMap(now.BufferMs/1000, b.lowS, b.highS)), nil
}

// rateMap is the bitrate in kbit/s that a buffer stands for.
func (v *Video) rateMap(bufferS, lowS, highS float64) float64 {
	bottom, top := float64(v.BitratesKbps[0]), float64(v.BitratesKbps[len(v.BitratesKbps)-1])
	switch {
	case bufferS <= lowS:
		return bottom
	case bufferS >= highS:
		return top
	}
	return bottom + (top-bottom)*(bufferS-lowS)/(highS-lowS)
}

// bba0 is algorithm 1 of Huang et al., BBA-0: the same rate map with
// hysteresis. The level stays while the map's bitrate lies between the levels
// next to it; otherwise it is the highest below the map, or the lowest above.
type bba0 struct {
	lowS, highS float64

	video *Video
}

func (b *bba0) Start(v *Video, _ uint64) error {
	b.video = v
	return nil
}

func (b *bba0) Choose(now *View) (int, error) {
	ladder := b.video.BitratesKbps
	top := len(ladder) - 1
	bufferS := now.BufferMs / 1000
	switch {
	case bufferS <= b.lowS:
		return 0, nil
	case bufferS >= b.highS:
		return top, nil
	}
	rate := b.video.rateMap(bufferS, b.lowS, b.highS)
	last := now.LastLevel
	switch {
	case rate >= float64(ladder[min(last+1, top)]):
		// Strictly below: max{R : R < f(B)}.
		level := b.video.highestBelow(rate)
		if float64(ladder[level]) == rate && level > 0 {
			level--
		}
		return level, nil
	case rate <= float64(ladder[max(last-1, 0)]):
		// min{R : R > f(B)}.
		level := 0
		for float64(ladder[level]) <= rate {
			level++
		}
		return level, nil
	}
	return last, nil
}
