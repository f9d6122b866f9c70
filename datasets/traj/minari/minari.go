package minari

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"

	"trailblazer/datasets/traj"
	"trailblazer/internal/atomicfile"
	"trailblazer/internal/spacejson"
)

// version is the version of Minari whose format this is.
const version = "0.5.4"

// maxRows is the most rows that Minari reads of an episode: one batch of
// PyArrow.
const maxRows = 131_072

// idForm is that of Minari's data set ids: namespaces, a name, and a version.
var idForm = regexp.MustCompile(`^(?:[\w.-]+/)*[\w.-]+-v\d+$`)

// Options says how to write. The zero value is useful.
type Options struct {
	// ID is the data set's id, such as "trailblazer/abr-mpc-v0"; empty for the
	// environment's.
	ID string
	// Description is free text.
	Description string
	// Progress is nil, or called after each episode.
	Progress func(done, total int)
}

// Write writes episodes of a set below a directory of Minari data sets, and
// returns the id under which they are there. What is there under this id stays:
// it is an error.
func Write(ctx context.Context, root string, set *traj.Set, headers []*traj.Header, o Options) (string, error) {
	info := set.Info()
	if o.ID == "" {
		o.ID = info.Environment
	}
	if !idForm.MatchString(o.ID) || !filepath.IsLocal(filepath.FromSlash(o.ID)) {
		return "", fmt.Errorf("%q is no id of a Minari data set: give a name and a version, such as trailblazer/abr-mpc-v0", o.ID)
	}
	w := &writer{set: set, o: o, dir: filepath.Join(root, filepath.FromSlash(o.ID), "data")}
	if err := w.declare(); err != nil {
		return "", err
	}
	if _, err := os.Stat(w.dir); !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("%s is there already: remove it, or give another id", w.dir)
	}
	// Until it is complete it lies beside its place, where Minari does not look.
	final := w.dir
	w.dir = filepath.Join(filepath.Dir(final), ".partial")
	if err := os.RemoveAll(w.dir); err != nil {
		return "", err
	}
	err := w.write(ctx, headers)
	if err == nil {
		err = os.Rename(w.dir, final)
	}
	if err != nil {
		os.RemoveAll(w.dir)
		return "", err
	}
	return o.ID, nil
}

// writer writes one data set.
type writer struct {
	set    *traj.Set
	o      Options
	dir    string
	root   *column
	schema *parquet.Schema
	// observation and action are the spaces in Minari's JSON.
	observation, action string
	bytes               int64
}

// declare takes the spaces.
func (w *writer) declare() error {
	info := w.set.Info()
	observation, err := spacejson.Unmarshal(info.Observation)
	if err != nil {
		return err
	}
	action, err := spacejson.Unmarshal(info.Action)
	if err != nil {
		return err
	}
	if w.observation, err = spaceJSON(observation); err != nil {
		return fmt.Errorf("observations of %s: %w", info.Environment, err)
	}
	if w.action, err = spaceJSON(action); err != nil {
		return fmt.Errorf("actions of %s: %w", info.Environment, err)
	}
	if w.root, err = columns(w.set, observation, action); err != nil {
		return err
	}
	w.schema = parquet.NewSchema("schema", w.root.node())
	return nil
}

func (w *writer) write(ctx context.Context, headers []*traj.Header) error {
	steps := 0
	var policies []string
	for i, h := range headers {
		if err := ctx.Err(); err != nil {
			return err
		}
		if h.Steps+1 > maxRows {
			return fmt.Errorf("episode %d has %d steps: Minari reads at most %d; export as d4rl", h.ID, h.Steps, maxRows-1)
		}
		e, err := w.set.Episode(h)
		if err != nil {
			return err
		}
		if err := w.episode(i, e); err != nil {
			return err
		}
		steps += h.Steps
		if !slices.Contains(policies, h.Policy) {
			policies = append(policies, h.Policy)
		}
		if w.o.Progress != nil {
			w.o.Progress(i+1, len(headers))
		}
	}
	slices.Sort(policies)
	return w.json(filepath.Join(w.dir, "metadata.json"), map[string]any{
		"dataset_id": w.o.ID, "minari_version": version, "data_format": "parquet", "jpeg_encoding": false,
		"total_episodes": len(headers), "total_steps": steps,
		"observation_space": w.observation, "action_space": w.action,
		"algorithm_name": strings.Join(policies, ", "), "description": w.o.Description,
		// Megabytes with one decimal, as Minari rounds them.
		"dataset_size": float64(w.bytes/100_000) / 10,
	})
}

// episode writes the directory of one.
func (w *writer) episode(id int, e *traj.Episode) error {
	dir := filepath.Join(w.dir, strconv.Itoa(id))
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return err
	}
	file, err := os.Create(filepath.Join(dir, "part-0.parquet"))
	if err != nil {
		return err
	}
	if err := errors.Join(w.steps(file, e), file.Close()); err != nil {
		return err
	}
	if stat, err := os.Stat(file.Name()); err == nil {
		w.bytes += stat.Size()
	}
	metadata := map[string]any{"id": id, "total_steps": e.Header.Steps, "policy": e.Policy, "scenario": e.Scenario, "scenario_hash": e.ScenarioHash, "return": e.Return}
	if e.Seeded {
		metadata["seed"] = e.Seed
	}
	if len(e.ResetOptions) > 0 {
		metadata["options"] = e.ResetOptions
	}
	return w.json(filepath.Join(dir, "metadata.json"), metadata)
}

func (w *writer) steps(to io.Writer, e *traj.Episode) error {
	out := parquet.NewGenericWriter[any](to, w.schema, parquet.Compression(&parquet.Zstd), parquet.CreatedBy("trailblazer", "1", ""))
	writers := out.ColumnWriters()
	for i, c := range w.root.leaves() {
		if err := c.write(writers[i], e); err != nil {
			return err
		}
		if err := writers[i].Flush(); err != nil {
			return err
		}
	}
	return out.Close()
}

// json writes an object; encoding/json sorts its keys.
func (w *writer) json(file string, object map[string]any) error {
	return atomicfile.Write(file, func(to io.Writer) error { return json.NewEncoder(to).Encode(object) })
}
