package reference

import (
	"math"

	"trailblazer/api/env"
)

// CartPole is Gymnasium's CartPole-v1: a pole stands on a cart that is pushed
// left or right. It shows the cart's place (m) and speed, and the pole's angle
// (rad) and its speed; each step pays 1; the episode is over beyond 2.4 m or
// 12 degrees, and is cut off after 500 steps. The physics are those of Barto,
// Sutton and Anderson, "Neuronlike adaptive elements that can solve difficult
// learning control problems" (1983), with Gymnasium's constants and its Euler
// steps. Seeds begin the same episodes as in Gymnasium.
func CartPole() env.Factory {
	return kind{
		name:     "trailblazer/CartPole-v1",
		observed: []string{"position", "velocity", "angle", "angular_velocity"},
		action:   &env.Discrete{N: 2, Choices: []env.Feature{{Name: "left"}, {Name: "right"}}},
		low:      0, high: 1, steps: 500, config: "{}",
		rules: func() rules { return new(cartPole) },
	}.factory()
}

// cartPole is the state in the order in which it is shown.
type cartPole struct{ x, speed, angle, spin float64 }

const (
	gravity     = 9.8  // m/s²
	poleMass    = 0.1  // kg
	totalMass   = 1.1  // kg, of cart and pole
	halfLength  = 0.5  // m, of the pole
	push        = 10.0 // N
	interval    = 0.02 // s
	farthest    = 2.4  // m
	steepest    = 12 * 2 * math.Pi / 360
	startSpread = 0.05
)

func (c *cartPole) reset(random *source) {
	for _, x := range []*float64{&c.x, &c.speed, &c.angle, &c.spin} {
		*x = random.between(-startSpread, startSpread)
	}
}

func (c *cartPole) step(action float64) (reward float64, terminated bool) {
	force := push
	if action == 0 {
		force = -push
	}
	sin, cos := math.Sincos(c.angle)
	const poleMoment = poleMass * halfLength
	shared := (force + float64(float64(poleMoment*float64(c.spin*c.spin))*sin)) / totalMass
	spinUp := (float64(gravity*sin) - float64(cos*shared)) / float64(halfLength*(4.0/3.0-float64(poleMass*float64(cos*cos))/totalMass))
	speedUp := shared - float64(float64(poleMoment*spinUp)*cos)/totalMass
	c.x += float64(interval * c.speed)
	c.speed += float64(interval * speedUp)
	c.angle += float64(interval * c.spin)
	c.spin += float64(interval * spinUp)
	return 1, c.x < -farthest || c.x > farthest || c.angle < -steepest || c.angle > steepest
}

func (c *cartPole) show(observation []float32, _ []float64) {
	observation[0], observation[1] = float32(c.x), float32(c.speed)
	observation[2], observation[3] = float32(c.angle), float32(c.spin)
}
