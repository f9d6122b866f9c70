package recipe

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"

	"trailblazer/internal/atomicfile"
	"trailblazer/internal/contenthash"
	"trailblazer/internal/filelock"
	"trailblazer/internal/strictjson"
)

// journalName is the file that says what is finished; lockName the one that keeps
// a second run out.
const (
	journalName = "recipe.json"
	lockName    = "recipe.lock"
)

// journal is what a run's directory says of it.
type journal struct {
	Recipe string `json:"recipe"`
	// Definition is the hash of the recipe's steps and files.
	Definition contenthash.Digest `json:"definition"`
	Quick      bool               `json:"quick"`
	RealData   bool               `json:"real_data"`
	Values     map[string]string  `json:"values"`
	// Finished holds labels of commands, in the order in which they ended.
	Finished []string `json:"finished"`

	path string
	lock *os.File
}

// IsRun reports whether a recipe was run in a directory.
func IsRun(dir string) bool {
	info, err := os.Stat(filepath.Join(dir, journalName))
	return err == nil && info.Mode().IsRegular()
}

// openJournal makes a run's directory, or goes on with it where it is one of the
// same recipe with the same values; seeds may differ.
func openJournal(p *Plan) (*journal, error) {
	if err := os.MkdirAll(p.Out, 0o755); err != nil {
		return nil, err
	}
	lock, err := os.OpenFile(filepath.Join(p.Out, lockName), os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	free, err := filelock.Try(lock)
	if err == nil && !free {
		err = fmt.Errorf("%s: another process runs a recipe there: wait for it, or give another directory", p.Out)
	}
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	j := &journal{Recipe: p.Recipe.Name, Definition: p.Recipe.definition(), Quick: p.Quick, RealData: p.Data != "", Values: p.Values,
		path: filepath.Join(p.Out, journalName), lock: lock}
	if err := j.load(); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	return j, nil
}

// load reads what is finished.
func (j *journal) load() error {
	text, err := os.ReadFile(j.path)
	if errors.Is(err, fs.ErrNotExist) {
		return j.save()
	}
	if err != nil {
		return err
	}
	var before journal
	if err := strictjson.Decode(text, &before, true); err != nil {
		return fmt.Errorf("%s: line %d: %w: delete the file to run all commands again", j.path, err.Line, err)
	}
	if err := j.differs(&before); err != nil {
		return err
	}
	j.Finished = before.Finished
	return nil
}

// differs says in what an earlier run differs from this one.
func (j *journal) differs(before *journal) error {
	refuse := func(field, now, then string) error {
		return refuse(field, now, "is not that of the run in "+filepath.Dir(j.path)+", which is "+then, "give the same, or another directory")
	}
	switch {
	case j.Recipe != before.Recipe:
		return refuse("recipe", strconv.Quote(j.Recipe), strconv.Quote(before.Recipe))
	case j.Quick != before.Quick:
		return refuse("quick", strconv.FormatBool(j.Quick), strconv.FormatBool(before.Quick))
	case j.RealData != before.RealData:
		return refuse("real data", strconv.FormatBool(j.RealData), strconv.FormatBool(before.RealData))
	case j.Definition != before.Definition:
		return refuse("definition of recipe "+j.Recipe, j.Definition.String()[:12], before.Definition.String()[:min(12, len(before.Definition.String()))])
	}
	for _, name := range sortedKeys(j.Values) {
		if now, then := j.Values[name], before.Values[name]; now != then {
			return refuse("value "+name, strconv.Quote(now), strconv.Quote(then))
		}
	}
	return nil
}

// finished reports whether a command is.
func (j *journal) finished(c *Command) bool { return slices.Contains(j.Finished, c.Label) }

// finish notes that a command is.
func (j *journal) finish(c *Command) error {
	if !j.finished(c) {
		j.Finished = append(j.Finished, c.Label)
	}
	return j.save()
}

func (j *journal) save() error {
	return atomicfile.Write(j.path, func(w io.Writer) error {
		encoder := json.NewEncoder(w)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		out := *j
		out.Finished = append([]string{}, j.Finished...) // [] rather than null
		return encoder.Encode(&out)
	})
}

func (j *journal) close() error { return j.lock.Close() }

// definition is the hash of what a recipe does.
func (r *Recipe) definition() contenthash.Digest {
	text, err := json.Marshal(struct {
		Steps []Step
		Files map[string]json.RawMessage
	}{r.Steps, r.Files})
	if err != nil {
		panic(err) // It has been parsed.
	}
	h := contenthash.New("recipe")
	h.Text(string(text))
	return h.Digest()
}
