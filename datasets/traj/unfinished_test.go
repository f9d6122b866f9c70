package traj

import (
	"math/rand/v2"
	"os"
	"strings"
	"testing"
)

func TestFindUnfinished(t *testing.T) {
	whole, writing, killed := threeShards(t), threeShards(t), threeShards(t)
	w := create(t, writing, WriterOptions{})
	mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 10))
	leave(t, killed, 3)
	found, err := FindUnfinished(whole, writing, killed)
	if err != nil || len(found) != 2 {
		t.Fatalf("%+v, %v", found, err)
	}
	for i, want := range []string{
		"1 episode of " + writing + " lies in journals and can't be read yet: a process is writing it; stop it, or wait for its end",
		"3 episodes of " + killed + ` lie in journals and can't be read yet: a process died; run "trailblazer data validate --repair ` + killed + `"`,
	} {
		if got := found[i].String(); got != want {
			t.Errorf("%s\nwant %s", got, want)
		}
	}
	mustClose(t, w)
	if found := validate(t, killed, true); found.Unrepaired() > 0 {
		t.Errorf("%+v", found)
	}
	if found, err := FindUnfinished(whole, writing, killed, t.TempDir()); err != nil || len(found) > 0 {
		t.Errorf("after finishing: %+v, %v", found, err)
	}
}

// TestFindUnfinishedOfFinishedShard: a writer died after it finished a shard,
// before it removed the journal.
func TestFindUnfinishedOfFinishedShard(t *testing.T) {
	dir := t.TempDir()
	leave(t, dir, 3)
	names, err := journalNames(dir)
	if err != nil || len(names) != 1 {
		t.Fatal(names, err)
	}
	path := journalPath(dir, names[0])
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	validate(t, dir, true)
	if err := os.WriteFile(path, text, 0o644); err != nil {
		t.Fatal(err)
	}
	if found, err := FindUnfinished(dir); err != nil || len(found) > 0 {
		t.Errorf("%+v, %v", found, err)
	}
	// A record of a newer program.
	payload := newRecord(nil, kindEpisode)
	payload[8]++
	sealRecord(payload)
	if err := os.WriteFile(path, payload, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := FindUnfinished(dir); err == nil || !strings.Contains(err.Error(), names[0]) || !strings.Contains(err.Error(), "a newer one may read it") {
		t.Errorf("a newer journal: %v", err)
	}
}
