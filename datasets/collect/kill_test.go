package collect_test

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"trailblazer/datasets/collect"
)

// The test plays the part of the process that is killed where this variable
// names a directory.
const childVariable = "TRAILBLAZER_TEST_COLLECT"

func killed(t testing.TB) (*scenario, collect.Options) {
	s, o := kinds(t)["abr each"]()
	o.Policies, o.Episodes, o.Expert = []string{"bba", "mpc"}, 30, nil
	return s, o
}

// TestKilled kills the process again and again without warning. In the end the
// episodes are those of a run that nobody killed, each once.
func TestKilled(t *testing.T) {
	s, o := killed(t)
	if dir := os.Getenv(childVariable); dir != "" {
		o.Progress = func(p collect.Progress) { fmt.Println("kept", p.Done) }
		s.run(t, dir, o)
		return
	}
	whole, parts := t.TempDir(), t.TempDir()
	s.run(t, whole, o)
	done := 0
	for kill := 1; done < 60; kill++ {
		cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^TestKilled$")
		cmd.Env = append(os.Environ(), childVariable+"="+parts)
		cmd.Stderr = os.Stderr
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines := bufio.NewScanner(out)
		for n, before := 0, done; lines.Scan(); {
			text, ok := strings.CutPrefix(lines.Text(), "kept ")
			if !ok {
				continue // What tests print at their end.
			}
			if done, err = strconv.Atoi(text); err != nil || done <= before {
				t.Fatalf("%d episodes were kept, and it goes on with %q", before, text)
			}
			if n++; n == 4*kill {
				cmd.Process.Kill()
			}
		}
		if err := cmd.Wait(); err != nil && cmd.ProcessState.Exited() {
			t.Fatal(err)
		}
	}
	// The last kill may have met episodes that were kept, and no shard yet: the
	// same command finishes it.
	s.run(t, parts, o)
	got, want := episodes(t, parts), episodes(t, whole)
	if len(got) != len(want) {
		t.Fatalf("%d episodes, want %d", len(got), len(want))
	}
	for i := range want {
		if content(t, got[i]) != content(t, want[i]) {
			t.Errorf("episode %d differs", i)
		}
	}
}
