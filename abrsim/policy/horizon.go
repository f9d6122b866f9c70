package policy

import "math"

// mostHorizon bounds how far a plan may look ahead. At the default of five
// chunks a decision takes microseconds for six levels and below a millisecond
// for fifty; each chunk more multiplies that.
const mostHorizon = 8

// horizonPlan finds the best levels for the next chunks if the throughput
// stayed constant: over all plans, levels^horizon of them, with the player's
// own buffer dynamics, round trip and cap included.
//
// The search is branch and bound, and exact: a prefix of a plan is dropped
// only if its value, plus what the rest could be worth without any
// rebuffering, does not exceed the best plan known. The rest's bound is a
// dynamic programme over (chunks left, last level), made once per video.
//
// Of plans whose values differ by no more than rounding the last in
// lexicographic order wins, the boldest. Ties are common: under a linear
// metric the last chunk of a plan gains by a higher level exactly what the
// change costs. On training traces boldness is worth 0.016 a chunk to the tuned
// rule, and costs the robust one 0.013.
type horizonPlan struct {
	video   *Video
	horizon int
	// rest[n*levels+last] is what n chunks after level last are worth at
	// most: their best quality less smoothness.
	rest []float64
	// value[level*levels+last] is a chunk's quality less smoothness.
	value   []float64
	penalty float64 // per millisecond

	// The search at hand.
	msPerByte     float64
	begin, end    int // chunks
	first, answer int // levels
	most          float64
}

func (p *horizonPlan) start(v *Video, horizon int) {
	levels := v.Levels()
	p.video, p.horizon = v, horizon
	p.penalty = v.QoE.RebufferPenalty() / 1000
	p.value = make([]float64, levels*levels)
	for level := range levels {
		for last := range levels {
			p.value[level*levels+last] = v.QoE.Rate(level, last, 0).Total
		}
	}
	p.rest = make([]float64, (horizon+1)*levels)
	for n := 1; n <= horizon; n++ {
		for last := range levels {
			most := math.Inf(-1)
			for level := range levels {
				most = max(most, p.value[level*levels+last]+p.rest[(n-1)*levels+level])
			}
			p.rest[n*levels+last] = most
		}
	}
}

// tie is how far apart the values of plans that count as equal may be.
const tie = 1e-9

// best is the first level of the best plan at rateKbps.
func (p *horizonPlan) best(now *View, rateKbps float64) int {
	p.msPerByte = 8 / rateKbps
	p.begin, p.end = now.Chunk, min(now.Chunk+p.horizon, p.video.Chunks)
	p.answer = 0
	if p.begin >= p.end {
		return 0
	}
	// The plans that stay on one level are a floor from which most others
	// can be dropped at once. It lies low enough for them to be accepted
	// when the search comes by.
	p.most = math.Inf(-1)
	for level := range p.video.Levels() {
		p.most = max(p.most, p.constant(now, level))
	}
	p.most -= 2 * tie
	p.search(p.begin, now.LastLevel, now.BufferMs, 0)
	return p.answer
}

func (p *horizonPlan) constant(now *View, level int) float64 {
	value, bufferMs, last := 0.0, now.BufferMs, now.LastLevel
	for chunk := p.begin; chunk < p.end; chunk++ {
		value, bufferMs = p.step(chunk, level, last, bufferMs, value)
		last = level
	}
	return value
}

// step plays one chunk: the value so far and the buffer after it.
func (p *horizonPlan) step(chunk, level, last int, bufferMs, value float64) (float64, float64) {
	v := p.video
	delayMs := float64(v.SizeBytes(chunk, level)*p.msPerByte) + v.RTTMs
	value += p.value[level*len(v.BitratesKbps)+last]
	if delayMs > bufferMs {
		value -= float64(p.penalty * (delayMs - bufferMs))
		bufferMs = 0
	} else {
		bufferMs -= delayMs
	}
	return value, v.drain(bufferMs + v.ChunkMs)
}

// search walks plans from the last to the first.
func (p *horizonPlan) search(chunk, last int, bufferMs, value float64) {
	levels := len(p.video.BitratesKbps)
	for level := levels - 1; level >= 0; level-- {
		if chunk == p.begin {
			p.first = level
		}
		v, b := p.step(chunk, level, last, bufferMs, value)
		if v+p.rest[(p.end-chunk-1)*levels+level] <= p.most+tie {
			continue
		}
		if chunk+1 == p.end {
			p.most, p.answer = v, p.first
			continue
		}
		p.search(chunk+1, level, b, v)
	}
}

// drain is the buffer after the pause that a full one causes.
func (v *Video) drain(bufferMs float64) float64 {
	over := bufferMs - v.CapMs
	if over <= 0 {
		return bufferMs
	}
	if v.QuantumMs > 0 {
		over = float64(math.Ceil(over/v.QuantumMs) * v.QuantumMs)
	}
	return bufferMs - over
}
