package online

import (
	"encoding/json"
	"math"
	"strings"

	"trailblazer/internal/draw"
	"trailblazer/trainer/rl"
)

// drawn are the episodes of a stage, with what the curriculum draws for each.
type drawn struct {
	first uint64
	draws []Draw
	// done is the share of the run that is over.
	done float64
	// found are settings that a search has found, the oldest first. Each is played
	// with the probability share where no later one is.
	found []setting
	share float64
}

// setting is a value for each of the draws.
type setting []float64

// drawStream sets what is drawn for episodes apart from what environments draw,
// which have the same seeds.
const drawStream = 0x63757272

func newDrawn(c *Config, stage int) *drawn {
	return &drawn{first: firstSeed(c.Seed, stage), draws: c.Curriculum.Draws, share: c.Curriculum.Gap.Share}
}

// Draw implements rl.Episodes.
func (d *drawn) Draw(episode uint64) (uint64, json.RawMessage) {
	seed := d.first + episode
	if len(d.draws) == 0 {
		return seed, nil
	}
	random := draw.New(seed, drawStream)
	for i := len(d.found) - 1; i >= 0; i-- {
		if random.Chance(d.share) {
			return seed, d.options(d.found[i])
		}
	}
	return seed, d.options(d.any(random))
}

// any draws a setting.
func (d *drawn) any(random draw.Draws) setting {
	values := make(setting, len(d.draws))
	for i := range d.draws {
		one := &d.draws[i]
		switch {
		case one.Exponential:
			values[i] = random.Exponential() * (one.Low + d.done*(one.High-one.Low))
		case one.Log:
			values[i] = random.LogBetween(one.Low, one.High)
		default:
			values[i] = random.Between(one.Low, one.High)
		}
		if one.Whole {
			values[i] = math.Round(values[i])
		}
	}
	return values
}

// options are those of a reset with a setting.
func (d *drawn) options(values setting) json.RawMessage {
	tree := map[string]any{}
	for i, x := range values {
		at, names := tree, strings.Split(d.draws[i].Name, ".")
		for _, name := range names[:len(names)-1] {
			below, ok := at[name].(map[string]any)
			if !ok {
				below = map[string]any{}
				at[name] = below
			}
			at = below
		}
		at[names[len(names)-1]] = x
	}
	text, err := json.Marshal(tree)
	if err != nil {
		panic(err) // Numbers that are not finite: Validate comes first.
	}
	return text
}

var _ rl.Episodes = (*drawn)(nil)
