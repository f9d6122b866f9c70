package policy

// bba maps the buffer to a level, as the reference does: the lowest below
// lowS seconds, the highest from highS on, between them linear in the level
// and truncated. Source: the BBA baseline of Pensieve and NetLLM, after Huang
// et al., "A Buffer-Based Approach to Rate Adaptation" (SIGCOMM 2014); the
// reference has 5 and 15 seconds.
type bba struct {
	lowS, highS float64

	top int
}

func (b *bba) Start(v *Video, _ uint64) error {
	b.top = v.Levels() - 1
	return nil
}

func (b *bba) Choose(now *View) (int, error) {
	bufferS := now.BufferMs / 1000
	switch {
	case bufferS < b.lowS:
		return 0, nil
	case bufferS >= b.highS:
		return b.top, nil
	}
	return int(float64(b.top) * (bufferS - b.lowS) / (b.highS - b.lowS)), nil
}
