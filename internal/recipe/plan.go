package recipe

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Settings fill in a recipe's placeholders.
type Settings struct {
	// Out is the directory of the run.
	Out string
	// Data is the directory of the real data sets; empty for the built-in data.
	Data string
	// Quick takes the recipe's values for a first look.
	Quick bool
	// Seeds are those to run; none stand for the recipe's.
	Seeds []uint64
	// Values replace the recipe's.
	Values map[string]string
}

// Plan is the commands of one run.
type Plan struct {
	Recipe *Recipe
	Settings
	// Files are the recipe's, by their names, with placeholders filled in.
	Files    map[string][]byte
	Commands []Command
}

// Command is one command of a plan.
type Command struct {
	Seed uint64
	// Args are what the program is called with.
	Args []string
	// Report is the path of the file that keeps what it prints; empty where it
	// is only shown.
	Report string
	// Label tells the command from all others of a plan, whatever the
	// directories are called.
	Label string
}

// NewPlan fills in placeholders. The error names what can't be.
func NewPlan(r *Recipe, s Settings) (*Plan, error) {
	values := maps.Clone(r.Values)
	if values == nil {
		values = map[string]string{}
	}
	if s.Data != "" {
		maps.Copy(values, r.Real)
	}
	if s.Quick {
		maps.Copy(values, r.Quick)
	}
	for _, name := range sortedKeys(s.Values) {
		if _, ok := values[name]; !ok {
			return nil, refuse("set", strconv.Quote(name), "is no value of recipe "+r.Name, "give one of "+strings.Join(sortedKeys(r.Values), ", "))
		}
		values[name] = s.Values[name]
	}
	if s.Seeds == nil {
		if s.Seeds = r.Seeds; s.Quick {
			s.Seeds = r.Seeds[:min(1, len(r.Seeds))]
		}
	}
	if err := checkSeeds("seeds", s.Seeds); err != nil {
		return nil, err
	}
	s.Values = values
	p := &Plan{Recipe: r, Settings: s, Files: map[string][]byte{}}
	for _, name := range sortedKeys(r.Files) {
		text, err := fillJSON("files."+name, r.Files[name], values)
		if err != nil {
			return nil, err
		}
		p.Files[name] = text
	}
	for _, seed := range s.Seeds {
		m := &maker{plan: p, seed: seed, reports: map[string]bool{}}
		if err := m.steps("steps", r.Steps, 0); err != nil {
			return nil, err
		}
	}
	return p, nil
}

// Dir is the directory of a seed.
func (p *Plan) Dir(seed uint64) string { return filepath.Join(p.Out, dirName(seed)) }

func dirName(seed uint64) string { return fmt.Sprintf("seed-%d", seed) }

// filesName is the directory of the recipe's files.
const filesName = "files"

// A command may take so many seeds for episodes, and a seed so many commands.
const (
	freshEpisodes = 10_000
	freshStep     = 100
)

// maker makes the commands of one seed.
type maker struct {
	plan     *Plan
	seed     uint64
	commands int
	reports  map[string]bool
}

// steps adds the commands of steps; round is 0 outside a repeat.
func (m *maker) steps(path string, steps []Step, round int) error {
	for i, step := range steps {
		at := fmt.Sprintf("%s[%d]", path, i)
		var err error
		switch {
		case (step.Run == "") == (step.Repeat == ""):
			return refuse(at, strconv.Quote(step.Run), "is no step", "give either run or repeat")
		case step.Repeat != "":
			err = m.repeat(at, &step, round)
		default:
			err = m.command(at, &step, round)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

func (m *maker) repeat(at string, step *Step, round int) error {
	text, err := fill(at+".repeat", step.Repeat, m.plan.Values)
	if err != nil {
		return err
	}
	times, err := strconv.Atoi(text)
	switch {
	case err != nil || times < 0 || times > MostRounds:
		return refuse(at+".repeat", strconv.Quote(text), "is no number of rounds", "give 0 to "+strconv.Itoa(MostRounds))
	case round > 0:
		return refuse(at+".repeat", strconv.Quote(text), "is within another repeat", "write the rounds out")
	case step.Report != "":
		return refuse(at+".report", strconv.Quote(step.Report), "stands beside repeat", "give it to a step with run")
	case len(step.Steps) == 0:
		return refuse(at+".steps", "[]", "are nothing to repeat", "give steps")
	}
	for i := range times {
		if err := m.steps(at+".steps", step.Steps, i+1); err != nil {
			return err
		}
	}
	return nil
}

// command fills in a command twice: once with the directories, and once without
// for its label.
func (m *maker) command(at string, step *Step, round int) error {
	if len(step.Steps) > 0 {
		return refuse(at+".steps", "given", "beside run", "give steps to repeat")
	}
	if m.commands++; m.commands >= freshStep {
		return refuse("steps", strconv.Itoa(m.commands)+" commands", "are too many", "give fewer than "+strconv.Itoa(freshStep)+" for a seed")
	}
	out := m.plan.Out
	places := maps.Clone(m.plan.Values)
	places[seedPlace] = strconv.FormatUint(m.seed, 10)
	places[freshPlace] = strconv.FormatUint((m.seed*freshStep+uint64(m.commands))*freshEpisodes, 10)
	if round > 0 {
		places[roundPlace], places[beforePlace] = strconv.Itoa(round), strconv.Itoa(round-1)
	}
	label := maps.Clone(places)
	places[outPlace], places[filesPlace], places[dirPlace], places[dataPlace] = out, filepath.Join(out, filesName), m.plan.Dir(m.seed), m.plan.Data
	label[outPlace], label[filesPlace], label[dirPlace], label[dataPlace] = "{out}", "{out}/"+filesName, "{out}/"+dirName(m.seed), "{data}"
	c := Command{Seed: m.seed}
	var words []string
	for _, word := range m.plan.words(step.Run) {
		if m.plan.Data == "" && strings.Contains(word, "{"+dataPlace+"}") {
			continue
		}
		arg, err := fill(at+".run", word, places)
		if err != nil {
			return err
		}
		c.Args = append(c.Args, arg)
		named, err := fill(at+".run", word, label)
		if err != nil {
			return err
		}
		words = append(words, named)
	}
	c.Label = fmt.Sprintf("seed %d: %s", m.seed, strings.Join(words, " "))
	if name := step.Report; name != "" {
		name, err := fill(at+".report", name, places)
		if err != nil {
			return err
		}
		if name != filepath.Base(name) || m.reports[name] {
			return refuse(at+".report", strconv.Quote(name), "is no name of a file of its own", "give one without a directory, that no other step has")
		}
		m.reports[name] = true
		c.Report = filepath.Join(m.plan.Dir(m.seed), name)
	}
	m.plan.Commands = append(m.plan.Commands, c)
	return nil
}

// words cuts a command at its spaces. A word that is nothing but one of the
// recipe's values stands for all words of that.
func (p *Plan) words(run string) []string {
	var words []string
	for _, word := range strings.Fields(run) {
		if value, ok := p.Values[strings.TrimSuffix(strings.TrimPrefix(word, "{"), "}")]; ok && place.FindString(word) == word {
			words = append(words, strings.Fields(value)...)
			continue
		}
		words = append(words, word)
	}
	return words
}

// place is a placeholder: JSON in files has braces with other things in them.
var place = regexp.MustCompile(`\{[a-z0-9-]+\}`)

// fill replaces the placeholders of a text.
func fill(field, text string, values map[string]string) (string, error) {
	var unknown string
	filled := place.ReplaceAllStringFunc(text, func(found string) string {
		value, ok := values[found[1:len(found)-1]]
		if !ok {
			unknown = found
		}
		return value
	})
	if unknown != "" {
		return "", refuse(field, unknown, "is no placeholder here", "give one of "+strings.Join(sortedKeys(values), ", "))
	}
	return filled, nil
}

// fillJSON replaces the placeholders of a JSON text; a string that is nothing but
// a placeholder becomes a number where its value is one.
func fillJSON(field string, text []byte, values map[string]string) ([]byte, error) {
	numbers := make(map[string]string)
	for name, value := range values {
		var number json.Number
		if json.Unmarshal([]byte(value), &number) == nil && !strings.HasPrefix(value, `"`) {
			numbers[`"{`+name+`}"`] = value
		}
	}
	bare := quotedPlace.ReplaceAllFunc(text, func(found []byte) []byte {
		if number, ok := numbers[string(found)]; ok {
			return []byte(number)
		}
		return found
	})
	filled, err := fill(field, string(bare), values)
	if err != nil {
		return nil, err
	}
	var indented bytes.Buffer
	if err := json.Indent(&indented, []byte(filled), "", "  "); err != nil {
		return nil, refuse(field, strconv.Quote(filled), "is no JSON", "give values without quotes and backslashes")
	}
	indented.WriteByte('\n')
	return indented.Bytes(), nil
}

var quotedPlace = regexp.MustCompile(`"\{[a-z0-9-]+\}"`)

func sortedKeys[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
