package traj

import (
	"context"
	"errors"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"trailblazer/api/env"
)

// played makes a data set of episodes with the seeds low up to high.
func played(t *testing.T, low, high int) string {
	t.Helper()
	dir := t.TempDir()
	w := create(t, dir, WriterOptions{ShardSteps: 60, Command: "play " + strconv.Itoa(low)})
	for i := low; i < high; i++ {
		e := numbered(w.Schema(), i)
		e.Seed, e.Seeded, e.Split = uint64(i), true, []string{"", "test"}[i%2]
		Of[int32](e.Initial.Find("info.count"))[0] = int32(i % 7)
		mustAdd(t, w, e)
	}
	mustClose(t, w)
	return dir
}

func TestMerge(t *testing.T) {
	one, two := played(t, 0, 20), played(t, 15, 40)
	out := filepath.Join(t.TempDir(), "out")
	calls, last := 0, 0
	result, err := Merge(t.Context(), out, []string{one, two}, RewriteOptions{ShardSteps: 50, Command: "merge", Progress: func(done, total int) {
		calls++
		if last = done; total != 45 {
			t.Errorf("%d in all", total)
		}
	}})
	if err != nil {
		t.Fatal(err)
	}
	if result.Episodes != 40 || result.Duplicates != 5 || len(result.Splits) != 2 || result.Splits[0].Episodes+result.Splits[1].Episodes != 40 || calls != 45 || last != 45 {
		t.Errorf("%+v after %d calls", result, calls)
	}
	if v := validate(t, out, false); len(v.Problems) > 0 || v.Steps != result.Steps {
		t.Errorf("%+v", v)
	}
	seeds := map[uint64]bool{}
	for id, e := range readAll(t, out) {
		want := numbered(testSchema(t, Labels{}), int(e.Seed))
		want.Seed, want.Seeded = e.Seed, true
		Of[int32](want.Initial.Find("info.count"))[0] = int32(e.Seed % 7)
		want.seal(id)
		requireSame(t, e, want)
		if e.Split != []string{"train", "test"}[e.Seed%2] {
			t.Errorf("seed %d is in %s", e.Seed, e.Split)
		}
		seeds[e.Seed] = true
	}
	if len(seeds) != 40 {
		t.Errorf("%d seeds", len(seeds))
	}
	info, err := readInfo(out)
	if err != nil || info.Command != "play 0\nplay 15\nmerge" || len(info.Scenarios) != 1 {
		t.Errorf("%+v (%v)", info, err)
	}
	again := filepath.Join(t.TempDir(), "again")
	if _, err := Merge(t.Context(), again, []string{one, two}, RewriteOptions{ShardSteps: 50, Command: "merge"}); err != nil {
		t.Fatal(err)
	}
	requireSameFiles(t, files(t, again), files(t, out))
}

func TestMergeRefused(t *testing.T) {
	one := played(t, 0, 4)
	other := testSpec()
	other.Info.Entries = other.Info.Entries[:3]
	two := t.TempDir()
	w, err := Create(two, other, Labels{}, WriterOptions{})
	if err != nil {
		t.Fatal(err)
	}
	mustAdd(t, w, drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3))
	mustClose(t, w)
	killed := played(t, 0, 4)
	leave(t, killed, 2)
	base := t.TempDir()
	out := filepath.Join(base, "out")
	for _, c := range []struct {
		dirs []string
		out  string
		want string
	}{
		{nil, out, "there is no data set to read"},
		{[]string{one, two}, out, `field "info.delay_ms" is missing, here it is float64`},
		{[]string{one, base}, out, "holds no data set"},
		{[]string{one, killed}, out, "validate --repair"},
		{[]string{one}, one, "is not empty"},
		{[]string{one}, filepath.Join(one, "README.md"), "not a directory"},
	} {
		if _, err := Merge(t.Context(), c.out, c.dirs, RewriteOptions{}); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("error %v, want one with %q", err, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	if _, err := Merge(ctx, out, []string{one}, RewriteOptions{Progress: func(done, _ int) { cancel() }}); !errors.Is(err, context.Canceled) {
		t.Errorf("interrupted: %v", err)
	}
	if left, err := os.ReadDir(base); err != nil || len(left) > 0 {
		t.Errorf("%v is left (%v)", left, err)
	}
	// What a killed merge leaves is no obstacle, what somebody put there is.
	leave(t, out+partialSuffix, 2)
	if _, err := Merge(t.Context(), out, []string{one}, RewriteOptions{}); err != nil {
		t.Error(err)
	}
	second := filepath.Join(base, "second")
	os.Mkdir(second+partialSuffix, 0o755)
	if _, err := Merge(t.Context(), second, []string{one}, RewriteOptions{}); err == nil || !strings.Contains(err.Error(), "is in the way") {
		t.Errorf("a directory in the way: %v", err)
	}
}

func TestSplit(t *testing.T) {
	parts, err := ParseSplitParts("train=8,valid=1,test=1")
	if err != nil {
		t.Fatal(err)
	}
	keys := map[string]func(e *Episode) string{
		"episode":    func(e *Episode) string { return strconv.FormatInt(e.ID, 10) },
		"seed":       func(e *Episode) string { return strconv.FormatUint(e.Seed, 10) },
		"scenario":   func(e *Episode) string { return e.Scenario },
		"info.count": func(e *Episode) string { return strconv.FormatUint(e.Seed%7, 10) },
	}
	in := played(t, 0, 120)
	for by, key := range keys {
		t.Run(by, func(t *testing.T) {
			out := filepath.Join(t.TempDir(), "out")
			result, err := Split(t.Context(), in, out, SplitOptions{Parts: parts, By: by, Seed: 3})
			if err != nil {
				t.Fatal(err)
			}
			if result.Episodes != 120 || len(result.Splits) != 3 || result.Splits[1].Name != "valid" {
				t.Errorf("%+v", result)
			}
			if by == "seed" && (result.Splits[0].Episodes < 80 || result.Splits[0].Episodes > 110) {
				t.Errorf("%+v", result)
			}
			of := map[string]string{}
			for _, e := range readAll(t, out) {
				k := key(e)
				if by == "episode" {
					k = strconv.FormatUint(e.Seed, 10) // Its number before.
				}
				if of[k] != "" && of[k] != e.Split {
					t.Errorf("%s %s is in %s and %s", by, k, of[k], e.Split)
				}
				of[k] = e.Split
				if want := drawPart(parts, 3, by, k); want != e.Split {
					t.Errorf("%s %s is in %s, want %s", by, k, e.Split, want)
				}
			}
			if v := validate(t, out, false); len(v.Problems) > 0 {
				t.Errorf("%+v", v)
			}
		})
	}
}

// TestSplitWithoutInfos: episodes that were added without infos are not all of
// the value 0.
func TestSplitWithoutInfos(t *testing.T) {
	parts, err := ParseSplitParts("train=1,test=1")
	if err != nil {
		t.Fatal(err)
	}
	in, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	w := create(t, in, WriterOptions{})
	const episodes, blank = 60, 40
	for i := range episodes {
		e := numbered(w.Schema(), i)
		e.Seed, e.Seeded = uint64(i), true
		for _, f := range []*Frame{e.Initial, e.Steps} {
			for k, field := range f.Fields {
				if v := &f.Values[k]; i < blank && field.Role == RoleInfo && field.Leaf.DType == env.Float64 {
					for at := range Of[float64](v) {
						Of[float64](v)[at] = math.NaN()
					}
				} else if i < blank && field.Role == RoleInfo {
					clear(v.Data)
				}
			}
		}
		if i >= blank {
			Of[int32](e.Initial.Find("info.count"))[0] = 0
			Of[float64](e.Initial.Find("info.delay_ms"))[0] = 1
		}
		mustAdd(t, w, e)
	}
	mustClose(t, w)
	result, err := Split(t.Context(), in, out, SplitOptions{Parts: parts, By: "info.count"})
	if err != nil || result.WithoutInfo != blank || result.Episodes != episodes {
		t.Fatalf("%+v, %v", result, err)
	}
	sizes := map[string]int{}
	for _, e := range readAll(t, out) {
		want := drawPart(parts, 0, "info.count", "0")
		if e.Seed < blank {
			want = drawPart(parts, 0, "episode", strconv.FormatUint(e.Seed, 10))
			sizes[e.Split]++
		}
		if e.Split != want {
			t.Errorf("episode %d is in %s, want %s", e.Seed, e.Split, want)
		}
	}
	if sizes["train"] < blank/4 || sizes["test"] < blank/4 {
		t.Errorf("%v", sizes)
	}
	if result, err := Split(t.Context(), in, out+"2", SplitOptions{Parts: parts, By: "seed"}); err != nil || result.WithoutInfo != 0 {
		t.Errorf("by seed: %+v, %v", result, err)
	}
}

// TestDrawPart pins the draw, which must never change: data sets that were
// split before would mix training and test.
func TestDrawPart(t *testing.T) {
	parts := []SplitPart{{"train", 0.5}, {"valid", 0.25}, {"test", 0.25}}
	got := ""
	counts := map[string]int{}
	for i := range 4000 {
		part := drawPart(parts, 1, "seed", strconv.Itoa(i))
		if counts[part]++; i < 16 {
			got += part[1:2]
		}
	}
	if want := "aeaaarraerreraar"; got != want {
		t.Errorf("parts %s, want %s", got, want)
	}
	for _, p := range parts {
		// Five standard deviations.
		if n := counts[p.Name]; n < int(4000*p.Share)-160 || n > int(4000*p.Share)+160 {
			t.Errorf("%d of 4000 are in %s", n, p.Name)
		}
	}
}

func TestSplitRefused(t *testing.T) {
	for text, want := range map[string]string{
		"":            `parts is ""`,
		"train":       `parts is "train"`,
		"train=0":     "positive shares",
		"train=NaN":   "positive shares",
		"train=Inf":   "positive shares",
		"a=1,a=1":     `name "a" once`,
		"a-b=1":       `split is "a-b"`,
		"a=1,,":       `parts is ""`,
		"../x=1,b=.5": `split is "../x"`,
	} {
		if _, err := ParseSplitParts(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: error %v, want one with %q", text, err, want)
		}
	}
	in, out := t.TempDir(), filepath.Join(t.TempDir(), "out")
	w := create(t, in, WriterOptions{})
	e := drawEpisode(rand.New(rand.NewPCG(1, 1)), w.Schema(), 3)
	e.Seeded = false
	mustAdd(t, w, e)
	mustClose(t, w)
	parts := []SplitPart{{"train", 1}}
	for by, want := range map[string]string{
		"":                 `by is ""`,
		"info.none":        "info.count",
		"info.action_mask": "give episode, seed, scenario",
		"seed":             "it has no seed",
	} {
		if _, err := Split(t.Context(), in, out, SplitOptions{Parts: parts, By: by}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("by %q: error %v, want one with %q", by, err, want)
		}
	}
	if _, err := Split(t.Context(), in, out, SplitOptions{By: "episode"}); err == nil || !strings.Contains(err.Error(), "parts is empty") {
		t.Errorf("no parts: %v", err)
	}
}
