package scenario

import (
	"trailblazer/ccemu/schedule"
	"trailblazer/internal/draw"
)

// content is a type of media. The paper's sessions have nine types, of which
// it names two ("singing and gaming"); these are nine of our own.
type content struct {
	name                        string
	fps                         float64
	keyMs, keyRatio, sizeSpread float64
	audioKbps                   float64
	variation                   float64 // of the request, up and down
}

var contents = [...]content{
	{"talking", 30, 5000, 4, 0.20, 32, 0.1},
	{"singing", 30, 5000, 4, 0.25, 64, 0.15},
	{"dancing", 30, 5000, 3, 0.35, 64, 0.25},
	{"gaming", 60, 5000, 4, 0.40, 48, 0.4},
	{"sports", 30, 4000, 3, 0.35, 48, 0.3},
	{"walking", 30, 5000, 3, 0.40, 32, 0.35},
	{"crafting", 30, 8000, 5, 0.25, 32, 0.15},
	{"group", 15, 5000, 4, 0.25, 32, 0.3},
	{"screen", 15, 10_000, 6, 0.80, 32, 0.5},
}

// leastRequestKbps is what an application asks for at the least.
const leastRequestKbps = 64

// drawRequest draws what is sent: its type, and a request that changes every 5
// to 20 s and has a mean.
func (c *conditions) drawRequest(d draw.Draws, meanKbps float64) {
	c.content = contents[d.Below(len(contents))]
	var s steps
	for at := 0.0; at < c.durationMs; at += d.Between(5000, 20_000) {
		s.add(at, 1000*d.Between(1-c.content.variation, 1+c.content.variation))
	}
	scale := meanKbps / mean(&s.Series, c.durationMs)
	var scaled steps
	for i, x := range s.Values {
		scaled.add(s.AtMs[i], max(float64(x*scale), leastRequestKbps))
	}
	c.request = scaled.Series
}

// least is the smallest value of a series, most the largest.
func least(s *schedule.Series) float64 {
	x := s.Values[0]
	for _, v := range s.Values {
		x = min(x, v)
	}
	return x
}

func most(s *schedule.Series) float64 {
	x := s.Values[0]
	for _, v := range s.Values {
		x = max(x, v)
	}
	return x
}
