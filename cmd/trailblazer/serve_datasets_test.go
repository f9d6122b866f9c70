package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/api/env"
	client "trailblazer/clients/go"
	"trailblazer/datasets/pull"
	"trailblazer/datasets/sample"
	"trailblazer/datasets/traj"
)

// TestServeKeepsDatasets records a session, pulls it, and leaves another in the
// middle of an episode when the server is stopped.
func TestServeKeepsDatasets(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "experience")
	s := startServe(t, "--addr", "127.0.0.1:0", "--datasets", dir)
	c, err := client.Dial(s.url)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	session := func(steps int) env.Env {
		e, err := c.Make(t.Context(), client.MakeOptions{Env: "trailblazer/ABR-v0", Scenario: "abr/default-test", Record: &client.Recording{Dataset: "mine", Policy: "lowest"}})
		if err != nil {
			t.Fatal(err)
		}
		out, action := env.NewBatch(e.Spec(), 1), env.NewArrays(env.Leaves(e.Spec().Action), 1)
		seed := uint64(0)
		if err := e.Reset(&seed, nil, out, 0); err != nil {
			t.Fatal(err)
		}
		for range steps {
			if err := e.Step(action, out, 0); err != nil {
				t.Fatal(err)
			}
		}
		return e
	}
	session(47).Close()
	p, err := pull.New(c).Pull(t.Context(), "mine", sample.Query{Filter: sample.Filter{Policies: []string{"lowest"}}}, pull.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if b, err := p.Next(t.Context()); err != nil || b.Frame.Rows != 47 {
		t.Fatalf("pulling what was recorded: %v", err)
	}
	session(5)
	s.stop(t)
	set, err := traj.Open(filepath.Join(dir, "mine"))
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	if n := set.Info().Statistics; n.Episodes != 2 || n.Complete != 1 || n.Steps != 52 {
		t.Errorf("%d episodes, %d complete, %d steps; want 2, 1, 52", n.Episodes, n.Complete, n.Steps)
	}
}

func TestServeRefusesAFileForDatasets(t *testing.T) {
	file := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(file, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := runCommand(t, "serve", "--addr", "127.0.0.1:0", "--datasets", file); err == nil || !strings.Contains(err.Error(), "--datasets") {
		t.Errorf("a file: %v", err)
	}
}
