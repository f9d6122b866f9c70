package optimal

import (
	"fmt"
	"math"

	"trailblazer/abrsim"
)

// Plan is a choice of level for every chunk that is left.
type Plan struct {
	// Levels has one level per chunk, beginning with the state's next one.
	Levels []int
	// Value is the sum of these chunks' rewards, as the world plays them.
	Value float64
	// Bound is what no plan exceeds.
	Bound float64
	// Labels is how many partial plans were kept on the way.
	Labels int
}

// Proven reports whether no plan is better, up to the rounding of sums.
func (p Plan) Proven() bool { return p.Bound-p.Value <= 1e-7 }

// DefaultWidth is how many labels per chunk [Beam] keeps by default.
const DefaultWidth = 300

const (
	// firstWidth is that of the beam whose plan a search sets out to beat.
	firstWidth = 30
	// mostLabels bounds the memory of a search. Measured traces stay far below.
	mostLabels = 1 << 18
)

// Search finds the best plan from a state.
//
// It proves its plan with a relaxation: a player that pauses exactly until its
// buffer is at the cap, without the drain quantum. No plan is worth less to
// that player, which is never later and never stands still for longer. There
// the dominance of labels is strict, so the best plan is known, and where the
// world plays it for the same value it is the best in the world too:
// [Plan.Proven]. Where it does not, since the quantum costs time when it
// matters, a second search runs in the world itself with the same dominance,
// which is then not strict: Value is the better of both, and Bound says how
// much may be missing. Of the reference's 200 test playbacks 199 are proven;
// one may miss 0.0028 a chunk.
//
// Effort and memory are bounded by keeping at most 262,144 labels per chunk;
// if that drops any, Bound says so too.
func Search(w *abrsim.World, from abrsim.State, q *abrsim.QoE) (Plan, error) {
	return SearchAhead(w, from, q, w.Chunks())
}

// SearchAhead is [Search] for a player who looks at most so many chunks ahead, as
// if the video ended there.
func SearchAhead(w *abrsim.World, from abrsim.State, q *abrsim.QoE, chunks int) (Plan, error) {
	if chunks < 1 {
		return Plan{}, fmt.Errorf("optimal: chunks: %d is no horizon; use 1 or more", chunks)
	}
	x, plan, err := begin(w, from, q, firstWidth, chunks)
	if err != nil || x == nil {
		return plan, err
	}
	exact := *x.d
	exact.quantumMs = 0
	best := x.run(&exact, mostLabels, plan.Value)
	bound := max(plan.Value, best.dropped)
	if best.levels != nil {
		bound = max(bound, best.value)
		plan.improve(best.levels, x.play(best.levels))
	}
	plan.Bound = min(plan.Bound, bound)
	if !plan.Proven() && x.d.quantumMs > 0 {
		best = x.run(x.d, mostLabels, plan.Value)
		if best.levels != nil {
			plan.improve(best.levels, best.value)
		}
	}
	plan.Labels = x.labels
	return plan, nil
}

// Beam finds a good plan from a state and keeps at most width labels per
// chunk on the way; 0 means [DefaultWidth]. Its effort is proportional to
// chunks, levels and width.
func Beam(w *abrsim.World, from abrsim.State, q *abrsim.QoE, width int) (Plan, error) {
	if width == 0 {
		width = DefaultWidth
	}
	if width < 0 {
		return Plan{}, fmt.Errorf("optimal: width: %d is negative; use 0 for %d", width, DefaultWidth)
	}
	_, plan, err := begin(w, from, q, width, w.Chunks())
	return plan, err
}

// begin makes a search of at most so many chunks and its first plan. At the end
// of a video there is no search.
func begin(w *abrsim.World, from abrsim.State, q *abrsim.QoE, width, chunks int) (*search, Plan, error) {
	if err := w.Check(from); err != nil {
		return nil, Plan{}, err
	}
	if n := len(q.Quality()); n != w.Levels() {
		return nil, Plan{}, fmt.Errorf("optimal: the metric is for %d levels, but the video has %d", n, w.Levels())
	}
	if w.Done(from) {
		return nil, Plan{Levels: []int{}}, nil
	}
	d, m := newDynamics(w), newMetric(q, w.Levels())
	d.chunks = min(d.chunks, int(from.Chunk)+chunks)
	x := &search{d: d, m: m, root: from, frontier: newFrontier(m)}
	plan := x.constant()
	x.ceiling = newCeiling(d, m, from, plan.Value)
	x.expand(d, x.rootLabels(), int(from.Chunk), math.Inf(-1))
	plan.Bound = plan.Value
	for i := range x.open {
		plan.Bound = max(plan.Bound, x.open[i].hope)
	}
	beam := x.run(d, width, plan.Value)
	if beam.levels != nil {
		plan.improve(beam.levels, beam.value)
	}
	plan.Labels = x.labels
	return x, plan, nil
}

func (p *Plan) improve(levels []int, value float64) {
	if value > p.Value {
		p.Levels, p.Value = levels, value
	}
	p.Bound = max(p.Bound, p.Value) // rounding
}

// constant is the best plan that stays on one level.
func (x *search) constant() Plan {
	var best Plan
	for level := range x.d.levels {
		levels := make([]int, x.d.chunks-int(x.root.Chunk))
		for i := range levels {
			levels[i] = level
		}
		if value := x.play(levels); best.Levels == nil || value > best.Value {
			best = Plan{Levels: levels, Value: value}
		}
	}
	return best
}

// play is the value of a plan in the world.
func (x *search) play(levels []int) float64 {
	at, last, value := place{x.root.Link, x.root.BufferMs}, int(x.root.LastLevel), 0.0
	for i, level := range levels {
		next, _, stallMs := x.d.step(at, int(x.root.Chunk)+i, level)
		value += x.m.reward(level, last, stallMs/1000)
		at, last = next, level
	}
	return value
}
