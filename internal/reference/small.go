package reference

import (
	"math"

	"trailblazer/api/env"
)

// BanditReward is what each arm pays by the light: the best policy's mean is
// 1.5, a blind one's at most 0.75.
func BanditReward(light, arm int) float64 {
	return [2][2]float64{{1, -0.5}, {0, 2}}[light][arm]
}

// Bandit is a contextual bandit: one of two lights is shown, each as often, and
// one of two arms pays BanditReward. Episodes have one step.
func Bandit() env.Factory {
	return kind{
		name: "trailblazer/Bandit-v0", observed: []string{"left", "right"}, action: &env.Discrete{N: 2},
		low: -0.5, high: 2, steps: 1, config: "{}", rules: func() rules { return new(bandit) },
	}.factory()
}

type bandit struct{ light int }

func (b *bandit) reset(random *source) { b.light = int(random.Uint64() >> 63) }

func (b *bandit) step(action float64) (float64, bool) {
	return BanditReward(b.light, int(action)), true
}

func (b *bandit) show(observation []float32, _ []float64) {
	clear(observation)
	observation[b.light] = 1
}

// ChainLeave is what leaving a chain pays: so little that going on looks better
// to a policy that chooses evenly, too.
const ChainLeave = 0.05

// Chain is a walk through so many places: choice 1 goes on by one, which pays
// 1 at the last place and nothing before, choice 0 leaves for ChainLeave. Both
// ends terminate. At place s (from 0) of n the optimal value is the larger of
// ChainLeave and discount^(n-1-s). The place is shown as n numbers, of which
// its own is 1.
func Chain(places int) env.Factory {
	names := make([]string, places)
	for i := range names {
		names[i] = "place_" + string(rune('a'+i))
	}
	return kind{
		name: "trailblazer/Chain-v0", observed: names, action: &env.Discrete{N: 2},
		low: 0, high: 1, steps: places, config: field("places", places), rules: func() rules { return &chain{places: places} },
	}.factory()
}

type chain struct{ places, at int }

func (c *chain) reset(*source) { c.at = 0 }

func (c *chain) step(action float64) (float64, bool) {
	if action == 0 {
		return ChainLeave, true
	}
	if c.at++; c.at == c.places {
		c.at--
		return 1, true
	}
	return 0, false
}

func (c *chain) show(observation []float32, _ []float64) {
	clear(observation)
	observation[c.at] = 1
}

// Aim shows a number x from -1 to 1 and pays -(a - x/2 - 0.3)² for the real
// action a, for as many steps as it is given: the best return is 0.
func Aim(steps int) env.Factory {
	return kind{
		name: "trailblazer/Aim-v0", observed: []string{"x"},
		action: &env.Box{DType: env.Float64, Shape: []int{1}, Low: []float64{-10}, High: []float64{10}, Features: []env.Feature{{Name: "a"}}},
		low:    -math.MaxFloat64, high: 0, steps: steps, config: field("steps", steps), rules: func() rules { return new(aim) },
	}.factory()
}

type aim struct {
	random *source
	x      float64
}

func (a *aim) reset(random *source) {
	a.random = random
	a.x = random.between(-1, 1)
}

func (a *aim) step(action float64) (float64, bool) {
	miss := action - a.x/2 - 0.3
	a.x = a.random.between(-1, 1)
	return -float64(miss * miss), false
}

func (a *aim) show(observation []float32, _ []float64) { observation[0] = float32(a.x) }

// Driven pays, at each of so many steps, 1 for the choice of the light that is
// shown, and the place of a random walk that nothing is shown of and no choice
// changes: what follows a choice differs far more by the walk than by the
// choice. Info has the walk's place ("input") and the time ("wall_ms"), which
// goes on by 100 ms, or by 200 after a wrong choice. The seed decides the walk
// and the lights.
func Driven(steps int) env.Factory {
	return kind{
		name: "trailblazer/Driven-v0", observed: []string{"left", "right"}, info: []string{"input", "wall_ms"}, action: &env.Discrete{N: 2},
		low: -math.MaxFloat64, high: math.MaxFloat64, steps: steps, config: field("steps", steps), rules: func() rules { return new(driven) },
	}.factory()
}

type driven struct {
	random      *source
	light       int
	input, time float64
}

func (d *driven) reset(random *source) {
	d.random, d.input, d.time = random, 0, 0
	d.draw()
}

// draw takes equally many random numbers at each step, whatever was chosen.
func (d *driven) draw() {
	d.input += d.random.between(-5, 5)
	d.light = int(d.random.Uint64() >> 63)
}

func (d *driven) step(action float64) (float64, bool) {
	reward := d.input
	d.time += 100
	if int(action) == d.light {
		reward++
	} else {
		d.time += 100
	}
	d.draw()
	return reward, false
}

func (d *driven) show(observation []float32, info []float64) {
	clear(observation)
	observation[d.light] = 1
	info[0], info[1] = d.input, d.time
}
