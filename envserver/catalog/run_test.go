package catalog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testrun"
	"trailblazer/sparksim/sparkenv"
	"trailblazer/trainer/agent"
)

func TestRunNames(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	for _, dir := range []string{"mine", "runs/abr", "runs/lr=0.1,b:2@home", "mpc"} {
		testrun.Write(t, dir, testrun.Options{Shrink: true}, factory.Spec())
	}
	loaded, err := c.Describe("mine")
	if err != nil || len(loaded.Environments) != 1 || len(loaded.ContentHash) != 64 || !strings.Contains(loaded.Summary, "abr") {
		t.Fatalf("described as %+v, %v", loaded, err)
	}
	pin := loaded.ContentHash[:8]
	for _, name := range []string{
		"mine", "./mine", "mine/", "runs/abr", "runs/abr:sample=1", "mine:0.5,1", "mine@" + pin, "runs/abr@" + pin + ":sample=2",
		"runs/lr=0.1,b:2@home", "runs/lr=0.1,b:2@home:sample=1", "runs/lr=0.1,b:2@home@" + pin, "./mpc",
	} {
		p, err := c.Policy(name, factory)
		if _, ok := p.(*agent.Policy); err != nil || !ok {
			t.Errorf("%s is %T, %v", name, p, err)
		}
	}
	if p, err := c.Policy("mpc", factory); err != nil {
		t.Error(err)
	} else if _, ok := p.(*agent.Policy); ok {
		t.Error("mpc is the run of this name, and not the rule")
	}
	list := SplitPolicies("bba:5,15,runs/abr:sample=1,mean=1,runs/a=b,mine,mpc")
	if want := "bba:5,15|runs/abr:sample=1,mean=1|runs/a=b|mine|mpc"; strings.Join(list, "|") != want {
		t.Errorf("split as %q", list)
	}
	var field *env.FieldError
	for _, name := range []string{"mine:sample=-1", "mine:nope=1", "mine:target=5", "mine:scale=2", "mine@0123456789"} {
		if _, err := c.Policy(name, factory); !errors.As(err, &field) || field.Remedy == "" {
			t.Errorf("%s: %v", name, err)
		}
	}
	for _, name := range []string{"runs/none", "runs", "./nothing:sample=1"} {
		if _, err := c.Policy(name, factory); err == nil || !strings.Contains(err.Error(), "holds no run") && !strings.Contains(err.Error(), "no policy") {
			t.Errorf("%s: %v", name, err)
		}
	}
	var missing *env.NotFoundError
	if _, err := c.Policy("nothing", factory); !errors.As(err, &missing) {
		t.Errorf("an unknown name: %v", err)
	}
	if _, err := c.Describe("nothing"); !errors.As(err, &missing) {
		t.Errorf("an unknown name: %v", err)
	}
	other, err := c.Factory(sparkenv.ID, "cjs/custom", nil)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.Policy("mine", other); !errors.As(err, &field) {
		t.Errorf("in another environment: %v", err)
	}
	if expert, err := c.Expert("mine:sample=1", factory); err != nil || expert.Name != "mine@"+pin+":sample=1" {
		t.Errorf("as an expert: %+v, %v", expert, err)
	}
}

func TestRecordedNames(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	t.Chdir(dir)
	testrun.Write(t, "runs/abr", testrun.Options{Shrink: true}, factory.Spec())
	info, err := c.Describe("runs/abr")
	if err != nil {
		t.Fatal(err)
	}
	pin := info.ContentHash[:8]
	for name, want := range map[string]string{
		"mpc":                          "mpc",
		"bba:5,15":                     "bba:5,15",
		"./runs/../runs/abr":           "runs/abr@" + pin,
		"runs/abr:sample=1":            "runs/abr@" + pin + ":sample=1",
		"runs/abr@" + pin:              "runs/abr@" + pin,
		filepath.Join(dir, "runs/abr"): "abr@" + pin,
	} {
		got, err := c.RecordedName(abrenv.ID, name)
		if err != nil || got != want {
			t.Errorf("%s is recorded as %s, %v; want %s", name, got, err, want)
		}
	}
	// Once it is trained on, what it did before is not asked of it.
	testrun.Write(t, "runs/abr", testrun.Options{Shrink: true, Seed: 1}, factory.Spec())
	var field *env.FieldError
	if _, err := c.Policy("runs/abr@"+pin, factory); !errors.As(err, &field) {
		t.Errorf("other weights: %v", err)
	}
	if got, err := c.RecordedName(abrenv.ID, "runs/abr"); err != nil || got == "runs/abr@"+pin {
		t.Errorf("other weights are recorded as %s, %v", got, err)
	}
}

func TestRunsAreLoadedOnce(t *testing.T) {
	c := open(t, "")
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	testrun.Write(t, dir, testrun.Options{Shrink: true}, factory.Spec())
	first, err := c.Policy(dir, factory)
	if err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for range 8 {
		group.Go(func() {
			other, err := c.Policy(dir+":sample=1", factory)
			if err != nil {
				t.Error(err)
			} else if other.(*agent.Policy).Group() != first.(*agent.Policy).Group() {
				t.Error("a run is loaded twice")
			}
		})
	}
	group.Wait()
	testrun.Write(t, dir, testrun.Options{Shrink: true, Seed: 1}, factory.Spec())
	if after, err := c.Policy(dir, factory); err != nil || after.(*agent.Policy).Group() == first.(*agent.Policy).Group() {
		t.Errorf("a run that has changed is not loaded again: %v", err)
	}
	if err := os.Truncate(filepath.Join(dir, "model.safetensors"), 100); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Policy(dir, factory); err == nil || !strings.Contains(err.Error(), "model.safetensors") {
		t.Errorf("a truncated run: %v", err)
	}
}

// FuzzRunNames reads names of all kinds: what is no run on disk is refused, and
// nothing else happens.
func FuzzRunNames(f *testing.F) {
	for _, name := range []string{"mpc", "a/b", "a/b:sample=1", "a/b@12345678:1,2", ":", "/", "@", "a:b@c:d", "./x\x00"} {
		f.Add(name)
	}
	c := open(f, "")
	factory, err := c.Factory(abrenv.ID, "abr/train", nil)
	if err != nil {
		f.Fatal(err)
	}
	f.Chdir(f.TempDir())
	f.Fuzz(func(t *testing.T, name string) {
		r, ok := parseRun(name)
		if _, err := c.Policy(name, factory); ok && err == nil {
			t.Errorf("%q is the run %+v, and there is none", name, r)
		}
	})
}
