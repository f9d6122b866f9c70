package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/datasets/traj"
	"trailblazer/envserver/catalog"
	"trailblazer/internal/testplay"
)

// TestUnfinishedEpisodesAreNoted, those of a writer at work and of one that died.
func TestUnfinishedEpisodesAreNoted(t *testing.T) {
	c, err := catalog.New(catalog.Options{})
	if err != nil {
		t.Fatal(err)
	}
	factory, err := c.Factory("trailblazer/ABR-v0", "abr/default-test", nil)
	if err != nil {
		t.Fatal(err)
	}
	from := testplay.Create(t, "trailblazer/ABR-v0", "abr/default-test", "", testplay.Play{Policy: "bba", Episodes: 3})
	set, err := traj.Open(from)
	if err != nil {
		t.Fatal(err)
	}
	defer set.Close()
	headers, err := set.Headers()
	if err != nil {
		t.Fatal(err)
	}
	out := t.TempDir()
	live, killed := filepath.Join(out, "live"), filepath.Join(out, "killed")
	w, err := traj.Create(live, factory.Spec(), set.Info().Labels, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer w.Close()
	for i := range headers {
		e, err := set.Episode(&headers[i])
		if err != nil {
			t.Fatal(err)
		}
		if _, err := w.Add(e); err != nil {
			t.Fatal(err)
		}
		if i == 0 {
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
	}
	// Nobody has locked the copy.
	if err := os.CopyFS(killed, os.DirFS(live)); err != nil {
		t.Fatal(err)
	}
	check := func(dir, remedy string, args ...string) {
		t.Helper()
		text, err := runCommand(t, append(append([]string{"data"}, args...), "--json")...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		var result struct{ Unfinished []traj.Unfinished }
		if err := json.Unmarshal([]byte(text), &result); err != nil {
			t.Fatal(err)
		}
		if u := result.Unfinished; len(u) != 1 || u[0].Directory != dir || u[0].Episodes != 2 || u[0].Writing != (dir == live) || !strings.Contains(u[0].Remedy, remedy) {
			t.Errorf("%v: %+v", args, u)
		}
		var note strings.Builder
		noteUnfinished(&note, from, dir)
		if want := "note: 2 episodes of " + dir + " lie in journals"; !strings.HasPrefix(note.String(), want) || strings.Count(note.String(), "\n") != 1 {
			t.Errorf("%q, want %q", &note, want)
		}
	}
	for dir, remedy := range map[string]string{live: "stop it", killed: "data validate --repair " + killed} {
		check(dir, remedy, "info", dir)
		check(dir, remedy, "export", dir, "--format", "csv", "--out", filepath.Join(out, "x.csv"))
	}
	check(live, "stop it", "merge", from, live, "--out", filepath.Join(out, "merged"))
	check(live, "stop it", "split", live, "--out", filepath.Join(out, "split"))
	if _, err := runCommand(t, "data", "merge", from, killed, "--out", filepath.Join(out, "y")); err == nil || !strings.Contains(err.Error(), "data validate --repair "+killed) {
		t.Errorf("merging what a process left: %v", err)
	}
	// Nothing but a journal.
	empty := filepath.Join(out, "empty")
	begun, err := traj.Create(empty, factory.Spec(), set.Info().Labels, traj.WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	defer begun.Close()
	e, err := set.Episode(&headers[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := begun.Add(e); err != nil {
		t.Fatal(err)
	}
	if _, err := runCommand(t, "data", "export", empty, "--format", "csv", "--out", filepath.Join(out, "z.csv")); err == nil || !strings.Contains(err.Error(), "no finished shard, hence no episode to export") {
		t.Errorf("exporting a journal: %v", err)
	}
}
