//go:build unix

package traj

import (
	"bufio"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"testing"
)

// Tests run their own binary as another process with one of these variables
// set to a data set's directory.
const (
	killedChild = "TRAJ_TEST_KILLED"
	fullChild   = "TRAJ_TEST_FULL"
)

// child starts this test binary to run one test only.
func child(t *testing.T, test, variable, dir string) *exec.Cmd {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=^"+test+"$")
	cmd.Env = append(os.Environ(), variable+"="+dir)
	return cmd
}

var killOptions = WriterOptions{ShardSteps: 1000, GroupSteps: 100}

// TestKilledWriter kills a process that adds episodes a hundred times, at moments
// that nobody chose: whatever it had said to be added must be there, once, and
// to the bit.
func TestKilledWriter(t *testing.T) {
	if dir := os.Getenv(killedChild); dir != "" {
		addForever(t, dir)
	}
	kills := 100
	if testing.Short() {
		kills = 10
	}
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	dir := t.TempDir()
	schema := testSchema(t, Labels{})
	said := 0
	for kill := range kills {
		cmd := child(t, "TestKilledWriter", killedChild, dir)
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		cmd.Stderr = os.Stderr
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		lines, wait := bufio.NewScanner(out), random.IntN(15)
		for i := 0; lines.Scan(); i++ {
			if i == wait {
				cmd.Process.Kill()
			}
			// What the process finds is what the one before it has left.
			var n int
			if _, err := fmt.Sscanf(lines.Text(), "kept %d", &n); err == nil && (n < said || n > said+1) {
				t.Fatalf("seed %d: %d episodes are kept, %d were added", seed, n, said)
			}
			if id, err := strconv.Atoi(lines.Text()); err == nil {
				said = max(said, id+1)
			}
		}
		var exit *exec.ExitError
		if err := cmd.Wait(); !errors.As(err, &exit) || exit.Sys().(syscall.WaitStatus).Signal() != syscall.SIGKILL {
			t.Fatalf("seed %d: the process ended by itself: %v", seed, err)
		}
		if kill%10 != 9 {
			continue
		}
		if v := validate(t, dir, true); v.Unrepaired() > 0 {
			t.Fatalf("seed %d: %+v", seed, v.Problems)
		}
		got := readAll(t, dir)
		if len(got) < said || len(got) > said+1 {
			t.Fatalf("seed %d: %d episodes are there, %d were added", seed, len(got), said)
		}
		for id := range len(got) {
			want := numbered(schema, id)
			want.seal(int64(id))
			requireSame(t, got[int64(id)], want)
		}
	}
	if v := validate(t, dir, false); len(v.Problems) > 0 {
		t.Errorf("%+v", v.Problems)
	}
	t.Logf("%d episodes were added between %d kills", said, kills)
}

// addForever is what the process does: it says the ID of each episode that was
// added.
func addForever(t *testing.T, dir string) {
	fmt.Println("begin")
	w := create(t, dir, killOptions)
	fmt.Println("kept", w.Episodes())
	for {
		e := numbered(w.Schema(), w.Episodes())
		mustAdd(t, w, e)
		fmt.Println(e.ID)
	}
}

// TestFullDisk runs a process that may write small files only.
func TestFullDisk(t *testing.T) {
	if dir := os.Getenv(fullChild); dir != "" {
		writeToFullDisk(t, dir)
		return
	}
	if out, err := child(t, "TestFullDisk", fullChild, t.TempDir()).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
}

func writeToFullDisk(t *testing.T, dir string) {
	var free syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &free); err != nil {
		t.Fatal(err)
	}
	room := func(bytes uint64) {
		if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: min(bytes, free.Cur), Max: free.Max}); err != nil {
			t.Fatal(err)
		}
	}
	w := create(t, dir, WriterOptions{ShardSteps: 1000})
	room(8 << 10)
	refused := 0
	for next := 0; next < 40; {
		e := numbered(w.Schema(), next)
		added, err := w.Add(e)
		switch {
		case added && err == nil:
			next++
		case added || err == nil || !errors.Is(err, syscall.EFBIG):
			t.Fatalf("added %v: %v", added, err)
		default:
			if refused++; w.Episodes() != next || w.Has(e.Source) {
				t.Fatalf("%d episodes are kept, %d were added", w.Episodes(), next)
			}
			if refused%3 == 0 {
				room(uint64(8+4*refused) << 10)
			}
		}
	}
	if refused < 3 {
		t.Fatalf("only %d episodes did not fit", refused)
	}
	room(1 << 10)
	for range 2 {
		if err := w.Flush(); !errors.Is(err, syscall.EFBIG) {
			t.Fatalf("flushed to a full disk: %v", err)
		}
	}
	room(free.Cur)
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	// And so that the next run takes it up.
	mustAdd(t, w, numbered(w.Schema(), 40))
	room(1 << 10)
	if err := w.Close(); !errors.Is(err, syscall.EFBIG) {
		t.Fatalf("closed on a full disk: %v", err)
	}
	room(free.Cur)
	mustClose(t, create(t, dir, WriterOptions{}))
	got := readAll(t, dir)
	if len(got) != 41 {
		t.Fatalf("%d episodes", len(got))
	}
	for id := range 41 {
		want := numbered(w.Schema(), id)
		want.seal(int64(id))
		requireSame(t, got[int64(id)], want)
	}
	if v := validate(t, dir, false); len(v.Problems) > 0 {
		t.Errorf("%+v", v.Problems)
	}
}
