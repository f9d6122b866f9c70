package collect_test

import (
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"trailblazer/api/env"
	"trailblazer/datasets/collect"
	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
)

// scenario is one of the catalog's, with its policies.
type scenario struct {
	catalog *catalog.Catalog
	factory env.Factory
	// own are policies beside the catalog's.
	own map[string]func() env.Policy
}

func open(t testing.TB, id, name, config string) *scenario {
	t.Helper()
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory(id, name, json.RawMessage(config))
	if err != nil {
		t.Fatal(err)
	}
	return &scenario{catalog: c, factory: factory}
}

func (s *scenario) Spec() *env.Spec                         { return s.factory.Spec() }
func (s *scenario) NewEnv(context.Context) (env.Env, error) { return s.factory.New(0, 1) }
func (s *scenario) NewPolicy(name string) (env.Policy, error) {
	if own := s.own[name]; own != nil {
		return own(), nil
	}
	return s.catalog.Policy(name, s.factory)
}

func (s *scenario) expert(t testing.TB, name string) *collect.Expert {
	t.Helper()
	e, err := s.catalog.Expert(name, s.factory)
	if err != nil {
		t.Fatal(err)
	}
	return &collect.Expert{Labels: traj.Labels{Expert: e.Name, Value: e.Value, Advantage: e.Advantage}, Remembers: e.Remembers, New: e.New}
}

func (s *scenario) run(t testing.TB, dir string, o collect.Options) *collect.Result {
	t.Helper()
	result, err := collect.Run(t.Context(), dir, s, o)
	if err != nil {
		t.Fatal(err)
	}
	return result
}

// files are the contents of all files of a data set.
func files(t testing.TB, dir string) map[string]string {
	t.Helper()
	all := map[string]string{}
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := os.ReadFile(path)
		name, _ := filepath.Rel(dir, path)
		all[name] = string(content)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// episodes reads all episodes of a data set in order.
func episodes(t testing.TB, dir string) []*traj.Episode {
	t.Helper()
	set, err := traj.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	list := make([]*traj.Episode, len(headers))
	for i := range headers {
		if list[i], err = set.Episode(&headers[i]); err != nil {
			t.Fatal(err)
		}
	}
	return list
}

// content is everything of an episode but where it lies.
func content(t testing.TB, e *traj.Episode) string {
	t.Helper()
	header := e.Header
	header.Shard, header.Group, header.Row = 0, 0, 0
	text, err := json.Marshal(struct {
		Header                traj.Header
		Policies              []string
		Steps, Initial, Final []traj.Values
	}{header, e.Policies, e.Steps.Values, e.Initial.Values, e.Final.Values})
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// column returns a field of an episode.
func column[T env.Element](t testing.TB, e *traj.Episode, name string) []T {
	t.Helper()
	values := e.Steps.Find(name)
	if values == nil {
		t.Fatalf("there is no field %q", name)
	}
	return traj.Of[T](values)
}

var errStop = errors.New("stop here")
