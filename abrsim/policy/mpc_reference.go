package policy

import "math"

// referenceMPC is RobustMPC as the reference runs it, step-exact, with what
// one would call its faults:
//
//   - It plans with the sizes of one chunk too far: position p of the horizon
//     takes those of chunk k+p+1, where k is the next chunk.
//   - Errors and estimates are never reset: the first decisions of a video
//     use those of the video before. It also decides once at the end of a
//     video, with nothing left to plan; the decision is discarded but its
//     error and its estimate count. So the order of videos changes results.
//   - The error of an estimate is taken before the discount.
//   - During the first video throughputs are rounded to float32, because the
//     reference's state is; after it they are not.
//   - Plans may change by one level at a time only, where Pensieve's original
//     takes all of them.
//   - It predicts with a constant throughput and neither round trip nor
//     buffer cap. Of plans that are equally good it takes the last in
//     lexicographic order.
//
// Rewards are linear in the bitrate with smoothness penalty 1, whatever the
// metric in force; the rebuffering penalty is the metric's. Sources: Yin et
// al., "A Control-Theoretic Approach for Dynamic Adaptive Video Streaming
// over HTTP" (SIGCOMM 2015), and the script of Pensieve.
type referenceMPC struct {
	video   *Video
	penalty float64

	// Kept from one video to the next.
	errors       throughput
	lastEstimate float64
	estimates    int
	videosEnded  int

	history throughput
	plan    referencePlan
}

const (
	referenceHorizon = 5
	referenceWindow  = 5
)

func (m *referenceMPC) Start(v *Video, _ uint64) error {
	// A video that was left before its end counts as one.
	if m.history.count > 0 {
		m.videosEnded++
	}
	m.history.reset()
	m.video = v
	m.penalty = v.QoE.RebufferPenalty()
	return nil
}

// Choose implements [Rule]. Before the first chunk nothing is known, and the
// reference does not ask: the answer is the lowest level.
func (m *referenceMPC) Choose(now *View) (int, error) {
	if now.DelayMs == 0 {
		return 0, nil
	}
	return m.plan.best(m.video, now, m.predict(now), m.penalty), nil
}

// End implements [Ender].
func (m *referenceMPC) End(now *View) {
	if now.DelayMs == 0 {
		return
	}
	m.predict(now)
	m.history.reset()
	m.videosEnded++
}

// predict notes the last download and returns the throughput to plan with, in
// megabytes per second.
func (m *referenceMPC) predict(now *View) float64 {
	rate := now.SizeBytes / now.DelayMs / 1000
	if m.videosEnded == 0 {
		rate = float64(float32(rate))
	}
	m.history.push(rate)
	err := 0.0
	if m.estimates > 0 {
		err = math.Abs(m.lastEstimate-rate) / rate
	}
	m.errors.push(err)
	harmonic := m.history.harmonic(referenceWindow)
	m.lastEstimate = harmonic
	m.estimates++
	return harmonic / (1 + m.errors.largest(referenceWindow))
}

// referencePlan searches the reference's plans. It is kept only so that the
// search allocates nothing.
type referencePlan struct {
	video   *Video
	rate    float64 // megabytes per second
	penalty float64
	first   int // chunk index of position 0
	horizon int

	most   float64
	answer int
}

// best is the first level of the best plan.
//
// The plans are walked from the last to the first, so that of equal ones the
// last wins, as in the reference, and those that cannot win are skipped: what
// is left could at best climb a level per chunk without any rebuffering. The
// prefix of a plan is evaluated once for all that share it, in the
// reference's order of operations, so every score is the same double.
func (p *referencePlan) best(v *Video, now *View, rate, penalty float64) int {
	p.video, p.rate, p.penalty = v, rate, penalty
	p.first = now.Chunk + 1
	p.horizon = min(referenceHorizon, v.Chunks-now.Chunk)
	p.most, p.answer = -1e8, 0
	if p.horizon > 0 {
		p.search(0, now.LastLevel, 0, now.BufferMs/1000, 0, 0, 0)
	}
	return p.answer
}

func (p *referencePlan) search(position, last, start int, bufferS, rebufferS float64, sumKbps, changesKbps int) {
	ladder := p.video.BitratesKbps
	for level := min(last+1, len(ladder)-1); level >= max(last-1, 0); level-- {
		if position == 0 {
			start = level
		}
		buffer, rebuffer := bufferS, rebufferS
		download := p.size(p.first+position, level) / 1000000. / p.rate
		if buffer < download {
			rebuffer += download - buffer
			buffer = 0
		} else {
			buffer -= download
		}
		buffer += p.video.ChunkMs / 1000
		sum := sumKbps + ladder[level]
		changes := changesKbps + abs(ladder[level]-ladder[last])
		if position+1 == p.horizon {
			if reward := p.score(sum, changes, rebuffer); reward > p.most {
				p.most, p.answer = reward, start
			}
			continue
		}
		if p.bound(position+1, level, sum, changes, rebuffer) > p.most {
			p.search(position+1, level, start, buffer, rebuffer, sum, changes)
		}
	}
}

func (p *referencePlan) score(sumKbps, changesKbps int, rebufferS float64) float64 {
	return float64(sumKbps)/1000. - float64(p.penalty*rebufferS) - float64(changesKbps)/1000.
}

// bound is at least the score of every plan that begins like this: scores are
// monotone in each of the three sums, in floating point too, and a climb to a
// level costs in changes what separates it from the last.
func (p *referencePlan) bound(position, last, sumKbps, changesKbps int, rebufferS float64) float64 {
	ladder := p.video.BitratesKbps
	for ; position < p.horizon; position++ {
		last = min(last+1, len(ladder)-1)
		sumKbps += ladder[last]
	}
	return p.score(sumKbps, changesKbps, rebufferS)
}

// size is 0 behind the end of the file, as in the reference.
func (p *referencePlan) size(chunk, level int) float64 {
	if chunk >= p.video.FileChunks {
		return 0
	}
	return p.video.SizeBytes(chunk, level)
}

func abs(x int) int { return max(x, -x) }
