package online

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"

	"trailblazer/internal/jsonconfig"
)

// Curriculum decides which episodes are played as training goes on.
type Curriculum struct {
	// Mixture lists what is played beside one another, each by its share of the
	// environments; empty for the config's scenario alone.
	Mixture []Part `json:"mixture"`
	Gap     Gap    `json:"gap"`
	// Draws are numbers in the options of each reset, drawn evenly, or evenly by
	// their logarithm, between bounds that may move over the run.
	Draws []Draw `json:"draws"`
}

// Part is one scenario of a mixture.
type Part struct {
	Name string `json:"name"`
	// Scenario is what it plays; empty stands for the config's.
	Scenario string `json:"scenario"`
	// EnvironmentConfig is laid over the config's, and both over the scenario's
	// settings.
	EnvironmentConfig json.RawMessage `json:"environment_config"`
	// Weight is its share of the environments, against the others'.
	Weight float64 `json:"weight"`
}

// Draw is a number that is drawn for each episode.
type Draw struct {
	// Name is the path of its field in the options of a reset, names between dots.
	Name string  `json:"name"`
	Low  float64 `json:"low"`
	High float64 `json:"high"`
	// Log draws it evenly by its logarithm. Exponential draws from the exponential
	// distribution whose mean moves from Low to High over the run, as Decima's
	// limit of an episode's time does (Mao et al., 2019, section 5.3).
	Log         bool `json:"log"`
	Exponential bool `json:"exponential"`
	// Whole rounds it to a whole number.
	Whole bool `json:"whole"`
}

// Gap is the curriculum of GENET (Xia et al., "Genet: Automatic Curriculum
// Generation for Learning Adaptation in Networking", SIGCOMM 2022): every so often
// the settings are looked for in which the model is the furthest behind a rule,
// and are played more from then on.
type Gap struct {
	// Every is how many iterations lie between searches; 0 for no such curriculum.
	Every int `json:"every"`
	// Baseline is the rule, by its name in the catalog.
	Baseline string `json:"baseline"`
	// Candidates are how many settings are tried, in Episodes episodes each.
	Candidates int `json:"candidates"`
	Episodes   int `json:"episodes"`
	// Share is how often the settings of the last search are played; the rest is
	// played as before it.
	Share float64 `json:"share"`
}

// defaultCurriculum has GENET's share of 0.3, and about its number of trials.
func defaultCurriculum() Curriculum {
	return Curriculum{Gap: Gap{Candidates: 15, Episodes: 10, Share: 0.3}}
}

// on reports whether there is a curriculum of gaps.
func (g *Gap) on() bool { return g.Every > 0 }

func (c *Curriculum) validate(path string, config *Config) error {
	names := map[string]bool{}
	for i := range c.Mixture {
		p := &c.Mixture[i]
		if err := refuse(fmt.Sprintf("%s.mixture[%d]", path, i),
			check{p.Name != "" && !names[p.Name], "name", p.Name, "give each a name of its own"},
			check{config.AllowTest || trainable(p.Scenario), "scenario", p.Scenario, `learn in a scenario of training; or say "allow_test": true`},
			from(math.SmallestNonzeroFloat64, math.MaxFloat64, "weight", p.Weight),
		); err != nil {
			return err
		}
		names[p.Name] = true
	}
	if groups := config.Environments / config.Copies; len(c.Mixture) > groups {
		return jsonconfig.Refuse(path+".mixture", fmt.Sprintf("a list of %d", len(c.Mixture)), fmt.Sprintf("give at least %d environments, so that each has some", len(c.Mixture)*config.Copies))
	}
	names = map[string]bool{}
	for i := range c.Draws {
		d := &c.Draws[i]
		least := -math.MaxFloat64
		if d.Log || d.Exponential {
			least = math.SmallestNonzeroFloat64
		}
		if err := refuse(fmt.Sprintf("%s.draws[%d]", path, i),
			check{d.Name != "" && !names[d.Name] && !strings.HasPrefix(d.Name, ".") && !strings.HasSuffix(d.Name, "."), "name", d.Name, "give the path of a field of the options of a reset, each once"},
			from(least, math.MaxFloat64, "low", d.Low),
			check{d.High >= d.Low && d.High <= math.MaxFloat64, "high", d.High, "give a number that is not below low"},
			check{!d.Log || !d.Exponential, "log", d.Log, "give one of log and exponential"},
		); err != nil {
			return err
		}
		names[d.Name] = true
	}
	if !c.Gap.on() {
		return refuse(path, atLeast(0, "gap.every", c.Gap.Every))
	}
	return refuse(path+".gap",
		check{c.Gap.Baseline != "", "baseline", c.Gap.Baseline, "name a rule, such as mpc"},
		atLeast(1, "candidates", c.Gap.Candidates), atLeast(1, "episodes", c.Gap.Episodes), from(0, 1, "share", c.Gap.Share),
		check{len(c.Draws) > 0, "every", c.Gap.Every, "list what can be chosen in curriculum.draws, or give 0"},
		check{len(c.Mixture) == 0, "every", c.Gap.Every, "leave the mixture out, or give 0"})
}
