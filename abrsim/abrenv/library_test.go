package abrenv_test

import (
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/abrsim/abrenv"
	"trailblazer/api/env"
	"trailblazer/internal/testdata"
)

func openLibrary(t testing.TB, dir string) *abrenv.Library {
	t.Helper()
	library, err := abrenv.NewLibrary(dir)
	if err != nil {
		t.Fatal(err)
	}
	return library
}

func makeFactory(library *abrenv.Library, scenario, config string) (*abrenv.Factory, error) {
	c, err := library.Config(scenario, json.RawMessage(config))
	if err != nil {
		return nil, err
	}
	return library.Factory(scenario, c)
}

// TestRealScenarios makes every scenario on the published data.
func TestRealScenarios(t *testing.T) {
	library := openLibrary(t, testdata.Dir(t))
	traces := map[string]int{"abr/train": 235, "abr/train-file-clean": 193, "abr/train-leak-free": 81, "abr/train-karma": 109, "abr/stationary": 1736, "abr/generated": 1024, "abr/custom": 235,
		"abr/fit": 183, "abr/valid-fit": 52, "abr/fit-file-clean": 147, "abr/valid-file-clean": 46, "abr/fit-leak-free": 56, "abr/valid-leak-free": 25,
		"abr/fit-karma": 88, "abr/valid-karma": 21}
	contents := map[string]string{}
	for _, s := range library.Scenarios() {
		if s.Unavailable != "" || s.DataSource != abrenv.SourceReal {
			t.Errorf("%s: %q data, unavailable: %q", s.Name, s.DataSource, s.Unavailable)
			continue
		}
		factory, err := makeFactory(library, s.Name, "")
		if err != nil {
			t.Error(err)
			continue
		}
		want := s.Episodes
		if want == 0 {
			want = traces[s.Name]
		}
		if len(factory.Episodes()) != s.Episodes || factory.Traces() != want {
			t.Errorf("%s: %d episodes on %d traces, want %d on %d", s.Name, len(factory.Episodes()), factory.Traces(), s.Episodes, want)
		}
		if other, ok := contents[factory.Spec().ContentHash]; ok {
			t.Errorf("%s and %s have one content hash", s.Name, other)
		}
		contents[factory.Spec().ContentHash] = s.Name
		builtIn, err := makeFactory(openLibrary(t, ""), s.Name, "")
		if err == nil && builtIn.Spec().ContentHash == factory.Spec().ContentHash {
			t.Errorf("%s: real and built-in data have one content hash", s.Name)
		}
	}
}

// TestGivenStarts checks the published start pointers, in the whole set and in
// its clean part.
func TestGivenStarts(t *testing.T) {
	library := openLibrary(t, testdata.Dir(t))
	whole, err := makeFactory(library, "abr/default-test", "")
	if err != nil {
		t.Fatal(err)
	}
	starts := map[string]int{}
	manifest, _ := abrenv.ParseManifest(whole.Spec())
	for i, e := range whole.Episodes() {
		if want := []int{28, 99, 32, 27, 26, 30, 35, 93, 187, 294}; i < len(want) && e.StartPointer != want[i] {
			t.Errorf("episode %d starts at %d, want %d", i, e.StartPointer, want[i])
		}
		starts[manifest.Traces[e.Trace]] = e.StartPointer
	}
	for _, scenario := range []string{"abr/default-test-clean", "abr/default-test-strict", "abr/ood2", "abr/ood2-clean"} {
		part, err := makeFactory(library, scenario, "")
		if err != nil {
			t.Fatal(err)
		}
		manifest, _ := abrenv.ParseManifest(part.Spec())
		for _, e := range part.Episodes() {
			if name := manifest.Traces[e.Trace]; starts[name] != e.StartPointer {
				t.Errorf("%s: %s starts at %d, in the whole set at %d", scenario, name, e.StartPointer, starts[name])
			}
		}
	}
	genet, err := makeFactory(library, "abr/genet-synthetic", "")
	if err != nil {
		t.Fatal(err)
	}
	for i, e := range genet.Episodes() {
		if e.StartPointer != 1 {
			t.Errorf("Genet's trace %d starts at %d", i, e.StartPointer)
		}
	}
}

// TestSynthTraceIsOneSet: what is generated is the same with and without a
// data directory.
func TestSynthTraceIsOneSet(t *testing.T) {
	real := openFactory(t, testdata.Dir(t), "abr/ood1", "").Spec()
	builtIn := openFactory(t, "", "abr/ood1", "").Spec()
	for part, same := range map[string]bool{"traces": true, "start_pointers": true, "videos": false} {
		if (real.DataHashes[part] == builtIn.DataHashes[part]) != same {
			t.Errorf("%s: %s and %s", part, real.DataHashes[part], builtIn.DataHashes[part])
		}
	}
}

// TestBuiltInScenarios: without data the names still work, except where only
// the published files will do.
func TestBuiltInScenarios(t *testing.T) {
	library := openLibrary(t, "")
	for _, s := range library.Scenarios() {
		factory, err := makeFactory(library, s.Name, "")
		if (s.DataSource == abrenv.SourceBuiltIn) != (s.Unavailable == "") {
			t.Errorf("%s: data source %q, unavailable %q", s.Name, s.DataSource, s.Unavailable)
		}
		needsFiles := strings.Contains(s.Name, "genet") || strings.HasSuffix(s.Name, "-clean") || strings.HasSuffix(s.Name, "-strict") || strings.HasSuffix(s.Name, "-free") || strings.HasSuffix(s.Name, "-karma")
		if needsFiles {
			var field *env.FieldError
			if !strings.Contains(s.Unavailable, "TRAILBLAZER_DATA") || !errors.As(err, &field) || field.Field != "scenario" {
				t.Errorf("%s: unavailable %q, making it: %v", s.Name, s.Unavailable, err)
			}
			continue
		}
		if err != nil || s.Unavailable != "" {
			t.Errorf("%s: %v, unavailable %q", s.Name, err, s.Unavailable)
			continue
		}
		if len(factory.Episodes()) != s.Episodes {
			t.Errorf("%s: %d episodes, want %d", s.Name, len(factory.Episodes()), s.Episodes)
		}
	}
	var missing *env.NotFoundError
	if _, err := makeFactory(library, "abr/nothing", ""); !errors.As(err, &missing) || len(missing.Known) != len(library.Scenarios()) {
		t.Errorf("unknown scenario: %v", err)
	}
}

// TestChangedData copies a part of the data directory, changes one number and
// expects the set to be named.
func TestChangedData(t *testing.T) {
	source, dir := testdata.Dir(t), t.TempDir()
	for _, part := range []string{"abr/traces/fcc-test", "abr/videos/video1_sizes", "abr/videos/video2_sizes"} {
		if err := os.CopyFS(filepath.Join(dir, part), os.DirFS(filepath.Join(source, part))); err != nil {
			t.Fatal(err)
		}
	}
	pointers, err := os.ReadFile(filepath.Join(source, "abr/traces/fcc-test.start_ptrs.txt"))
	if err != nil {
		t.Fatal(err)
	}
	write := func(name string, text []byte) {
		t.Helper()
		file := filepath.Join(dir, name)
		os.Chmod(file, 0o600) // The source may be read-only.
		if err := os.WriteFile(file, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("abr/traces/fcc-test.start_ptrs.txt", pointers)
	library := openLibrary(t, dir)
	if _, err := makeFactory(library, "abr/default-test", ""); err != nil {
		t.Fatalf("an exact copy is refused: %v", err)
	}
	for _, s := range library.Scenarios() {
		if want := !strings.Contains("abr/default-test abr/ood1 abr/ood2 abr/ood3 abr/stationary abr/generated", s.Name); (s.Unavailable != "") != want {
			t.Errorf("%s in a directory with a part of the data: unavailable %q", s.Name, s.Unavailable)
		}
	}
	if _, err := makeFactory(library, "abr/train", ""); err == nil || !strings.Contains(err.Error(), "abr/traces/fcc-train") {
		t.Errorf("a missing set: %v", err)
	}
	if _, err := makeFactory(library, "abr/genet-synthetic", `{"player": {"chunks": 6}, `+ownData+`}`); err != nil {
		t.Errorf("own data don't need the scenario's: %v", err)
	}

	write("abr/videos/video1_sizes/video_size_0", append([]byte("181802\n"), mustRead(t, filepath.Join(dir, "abr/videos/video1_sizes/video_size_0"))[len("181801\n"):]...))
	library = openLibrary(t, dir)
	var modified *abrenv.ModifiedDataError
	if _, err := makeFactory(library, "abr/default-test", ""); !errors.As(err, &modified) || modified.Set != "envivio" {
		t.Errorf("a changed video: %v", err)
	}
	if _, err := makeFactory(library, "abr/ood2", ""); err != nil {
		t.Errorf("a changed video makes another one's scenario fail: %v", err)
	}
	if _, err := abrenv.NewLibrary(filepath.Join(dir, "abr/traces/fcc-test.start_ptrs.txt")); err == nil {
		t.Error("a file is accepted as data directory")
	}
}

func mustRead(t testing.TB, file string) []byte {
	t.Helper()
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return b
}
