package main

import (
	"bytes"
	"encoding/json"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/internal/testdata"
	"trailblazer/trainer/online"
)

func onlineConfig(t *testing.T, args ...string) *online.Config {
	t.Helper()
	out, err := runCommand(t, append([]string{"train", "online", "--print-config"}, args...)...)
	if err != nil {
		t.Fatal(err)
	}
	c, err := online.ParseConfig(json.RawMessage(out))
	if err != nil {
		t.Fatalf("%v in %s", err, out)
	}
	return c
}

// TestOnlineConfigs: flags hold over --set, that over --config, that over the
// preset; what is printed can be given again.
func TestOnlineConfigs(t *testing.T) {
	c := onlineConfig(t, "--preset", "hindsight", "--config", `{"environments": 24, "copies": 4, "stages": {"ppo": {"gamma": 0.5, "lambda": 0.6}}}`,
		"--set", "stages.ppo.gamma=0.7", "--set", "seed=9", "--environments", "16", "--iterations", "30", "--scenario", "abr/fit")
	ppo := &c.Stages[1]
	if c.Seed != 9 || c.Environments != 16 || c.Copies != 4 || c.Scenario != "abr/fit" || c.Iterations() != 30 || ppo.Gamma != 0.7 || ppo.Lambda != 0.6 {
		t.Errorf("the config is %s", c.JSON())
	}
	file := filepath.Join(t.TempDir(), "full.json")
	if err := os.WriteFile(file, c.JSON(), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := onlineConfig(t, "--config", file); !bytes.Equal(again.JSON(), c.JSON()) {
		t.Errorf("a config that was printed gives another: %s", again.JSON())
	}
}

// TestApportion: counts sum up to the total, are at least one, and are not further
// from their exact share than rounding and that take them.
func TestApportion(t *testing.T) {
	seed := rand.Uint64()
	random := rand.New(rand.NewPCG(seed, 0))
	for range 500 {
		counts, sum := make([]int, 1+random.IntN(5)), 0
		for i := range counts {
			counts[i] = 1 + random.IntN(1000)
			sum += counts[i]
		}
		total := len(counts) + random.IntN(2000)
		shares, err := apportion(counts, total)
		if err != nil {
			t.Fatal(err)
		}
		left := total
		for i, n := range shares {
			left -= n
			exact := float64(total) * float64(counts[i]) / float64(sum)
			if n < 1 || float64(n) > exact+1.5 || float64(n) < exact-float64(len(counts))-1.5 {
				t.Fatalf("seed %d: %v of %d give %v", seed, counts, total, shares)
			}
		}
		if left != 0 {
			t.Fatalf("seed %d: %v of %d give %v", seed, counts, total, shares)
		}
	}
	if _, err := apportion([]int{3, 4}, 1); err == nil || !strings.Contains(err.Error(), "--iterations is 1: give at least 2") {
		t.Errorf("the error is %v", err)
	}
}

// TestOnlineRefuses: what can't be trained is refused before anything is, with the
// field and what to do.
func TestOnlineRefuses(t *testing.T) {
	out := filepath.Join(t.TempDir(), "run")
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"pensieve"}, "trailblazer train online --preset pensieve --out RUN"},
		{nil, "nothing is named to train: give --preset NAME"},
		{[]string{"--preset", "pensive"}, "give one of bandwidth"},
		{[]string{"--preset", "pensieve", "--set", "stages.ppo.gama=1"}, "stages.ppo.gama"},
		{[]string{"--preset", "pensieve", "--set", "stages.ppo.gamma=2"}, "config.stages.ppo.gamma"},
		{[]string{"--preset", "pensieve", "--set", "stages.ppo.gamma"}, "such as stages.ppo.iterations=50"},
		{[]string{"--preset", "pensieve", "--config", "{"}, "--config is no JSON"},
		{[]string{"--preset", "pensieve", "--scenario", "abr/default-test"}, "in this one quality is measured"},
		{[]string{"--preset", "pensieve", "--scenario", "abr/train-no-such"}, "abr/train-no-such"},
		{[]string{"--preset", "pensieve", "--scenario", "abr/valid-no-such"}, "known: "},
		{[]string{"--preset", "pensieve", "--scenario", "cc/train"}, "the scenario cc/train is one of trailblazer/CC-v0, and the preset pensieve is for trailblazer/ABR-v0"},
		{[]string{"--preset", "hindsight", "--set", "stages.dagger.expert=bba", "--set", "least_value=0"}, "expert is bba, which does not know what an episode can bring, as least_value asks: give one of offline-"},
		{[]string{"--preset", "pensieve", "--environments", "0"}, "--environments is 0"},
		{[]string{"--preset", "hindsight", "--iterations", "1"}, "--iterations is 1: give at least 2"},
		{[]string{"--preset", "pensieve", "--data", "no-such-directory"}, "no-such-directory"},
		{[]string{"--preset", "hindsight", "--set", "expert=nobody"}, "nobody"},
		{[]string{"--preset", "pensieve", "--resume"}, "leave out --preset"},
	} {
		_, err := runCommand(t, append(append([]string{"train", "online"}, test.args...), "--out", out)...)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%v: the error is %v, without %q", test.args, err, test.want)
		}
	}
	if _, err := runCommand(t, "train", "online", "--preset", "pensieve"); err == nil || !strings.Contains(err.Error(), "--out names no directory") {
		t.Errorf("without --out: %v", err)
	}
}

func TestPresetsAreListed(t *testing.T) {
	t.Setenv("TRAILBLAZER_DATA", "")
	text, err := runCommand(t, "train", "online", "--list")
	if err != nil {
		t.Fatal(err)
	}
	out, err := runCommand(t, "train", "online", "--list", "--json")
	var list []presetListing
	if err != nil || json.Unmarshal([]byte(out), &list) != nil || len(list) != len(online.Presets()) {
		t.Fatalf("%v: %s", err, out)
	}
	for line := range strings.Lines(text) {
		if len(line) > 100 {
			t.Errorf("a line of %d columns: %s", len(line), line)
		}
	}
	for _, p := range list {
		if p.Name == "pensieve" && (len(p.Experts) > 0 || p.Judge == "" || p.Scenario != "abr/fit") {
			t.Errorf("of the built-in data: %+v", p)
		}
		if p.Environment == "" || p.Description == "" || len(p.Stages) == 0 || p.Stages[0].Iterations == 0 || !strings.Contains(text, "\n"+p.Name+" ") {
			t.Errorf("%+v in\n%s", p, text)
		}
	}
}

// TestOnlinePlaysWhatIsThere: of the built-in data there is nothing to leave out;
// of the published ones validation takes what the scenario holds out.
func TestOnlinePlaysWhatIsThere(t *testing.T) {
	check := func(scenario, validation string, args ...string) {
		t.Helper()
		c := onlineConfig(t, args...)
		if c.Scenario != scenario || c.Validation.Play.Name != validation {
			t.Errorf("%v: learns in %s, is chosen by %s", args, c.Scenario, c.Validation.Play.Name)
		}
	}
	check("abr/fit", "abr/valid-fit", "--preset", "hindsight")
	check("abr/fit", "abr/valid", "--preset", "hindsight", "--set", "validation.play.scenario=abr/valid")
	check("cc/train", "cc/train", "--preset", "bandwidth")
	s := startServe(t, "--addr", "127.0.0.1:0")
	defer s.stop(t)
	check("abr/fit", "abr/valid-fit", "--preset", "hindsight", "--server", s.url)
	t.Run("published", func(t *testing.T) {
		data := testdata.Dir(t)
		check("abr/fit-leak-free", "abr/valid-leak-free", "--preset", "hindsight", "--data", data)
		check("abr/fit-file-clean", "abr/valid-file-clean", "--preset", "hindsight", "--data", data, "--scenario", "abr/fit-file-clean")
	})
}
