package recipe

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"trailblazer/internal/setting"
)

// Recipe is an experiment as its file has it; the package comment has the form.
type Recipe struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	About string `json:"about"`
	// Base is the recipe that has what is left out here.
	Base string `json:"base,omitempty"`
	// Values are placeholders with what they stand for. Real replaces some where
	// there is a data directory, Quick for a first look.
	Values map[string]string `json:"values"`
	Real   map[string]string `json:"real,omitempty"`
	Quick  map[string]string `json:"quick,omitempty"`
	// Seeds are those to run where none are asked for; of a first look, the first.
	Seeds []uint64 `json:"seeds"`
	// Files are written beside the results, with placeholders of Values filled in.
	Files map[string]json.RawMessage `json:"files,omitempty"`
	Steps []Step                     `json:"steps"`
}

// Step is a command, or steps that are repeated.
type Step struct {
	// Run is the command without the program's name.
	Run string `json:"run,omitempty"`
	// Report names the file that keeps what the command prints.
	Report string `json:"report,omitempty"`
	// Repeat is how often to take Steps: a number, or a placeholder of one.
	Repeat string `json:"repeat,omitempty"`
	Steps  []Step `json:"steps,omitempty"`
}

// The placeholders that a plan fills in itself.
const (
	outPlace    = "out"
	filesPlace  = "files"
	dirPlace    = "dir"
	seedPlace   = "seed"
	freshPlace  = "fresh"
	roundPlace  = "round"
	beforePlace = "before"
	dataPlace   = "data"
)

var reserved = []string{outPlace, filesPlace, dirPlace, seedPlace, freshPlace, roundPlace, beforePlace, dataPlace}

// MostSeeds and MostRounds bound what a run may repeat; MostSeed keeps the seeds
// of episodes below 2^40, from where on others are taken.
const (
	MostSeed   = 1_000_000
	MostSeeds  = 1000
	MostRounds = 50
)

var nameForm = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)

func (r *Recipe) validate() error {
	switch {
	case !nameForm.MatchString(r.Name):
		return refuse("name", strconv.Quote(r.Name), "is no name", "give words of small letters and digits, joined by hyphens")
	case r.Title == "" || strings.Contains(r.Title, "\n"):
		return refuse("title", strconv.Quote(r.Title), "is not one line", "say in a line what the recipe shows")
	case r.About == "":
		return refuse("about", `""`, "says nothing", "say where the recipe comes from and what to expect")
	case len(r.Steps) == 0:
		return refuse("steps", "[]", "do nothing", `give commands, as {"run": "collect ..."}`)
	}
	for name := range r.Values {
		if !nameForm.MatchString(name) || slices.Contains(reserved, name) {
			return refuse("values", strconv.Quote(name), "can't be a placeholder", "give another name of small letters, digits and hyphens")
		}
	}
	for _, part := range []struct {
		field  string
		values map[string]string
	}{{"real", r.Real}, {"quick", r.Quick}} {
		for _, name := range sortedKeys(part.values) {
			if _, ok := r.Values[name]; !ok {
				return refuse(part.field, strconv.Quote(name), "replaces no value", "name one of values")
			}
		}
	}
	if err := checkSeeds("seeds", r.Seeds); err != nil {
		return err
	}
	for _, name := range sortedKeys(r.Files) {
		if name != filepath.Base(name) || !strings.HasSuffix(name, ".json") {
			return refuse("files", strconv.Quote(name), "is no name of a file", "give one that ends in .json, without a directory")
		}
	}
	// Whatever else can be wrong shows where a plan is made.
	for _, real := range []string{"", "data"} {
		for _, quick := range []bool{false, true} {
			if _, err := NewPlan(r, Settings{Out: "out", Data: real, Quick: quick}); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkSeeds(field string, seeds []uint64) error {
	if len(seeds) == 0 || len(seeds) > MostSeeds {
		return refuse(field, fmt.Sprint(seeds), "are not 1 to "+strconv.Itoa(MostSeeds)+" seeds", "give some, such as 1,2,3")
	}
	for i, seed := range seeds {
		switch {
		case seed > MostSeed:
			return refuse(field, strconv.FormatUint(seed, 10), "is too large", "give seeds up to "+strconv.Itoa(MostSeed)+": each stands for a million of episodes")
		case slices.Contains(seeds[:i], seed):
			return refuse(field, strconv.FormatUint(seed, 10), "occurs twice", "give each seed once")
		}
	}
	return nil
}

func refuse(field, value, problem, remedy string) error {
	return setting.Refuse(field, value, problem, remedy)
}
