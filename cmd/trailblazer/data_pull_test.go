package main

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"

	"trailblazer/datasets/public"
	"trailblazer/internal/testdata"
)

// TestPullPlays: what was pulled is what the catalog knows.
func TestPullPlays(t *testing.T) {
	dir := testdata.Dir(t)
	sets, err := public.Find([]string{"videos", "genet-abr"})
	if err != nil {
		t.Fatal(err)
	}
	places := map[string]string{}
	for _, s := range sets {
		for _, f := range s.Files {
			places["/"+f.Remote] = filepath.Join(dir, filepath.FromSlash(f.Path))
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		http.ServeFile(w, r, places[r.URL.Path])
	}))
	defer server.Close()
	out := t.TempDir()
	text, err := runCommand(t, "data", "pull", "videos", "genet-abr", "--mirror", server.URL, "--out", out)
	if err != nil || !strings.Contains(text, "genet-abr  200") {
		t.Fatalf("%s, %v", text, err)
	}
	text, err = runCommand(t, "rollout", "--scenario", "abr/genet-synthetic", "--policies", "bba", "--episodes", "1", "--data", out, "--json")
	if err != nil || !strings.Contains(text, `"real"`) {
		t.Errorf("%s, %v", text, err)
	}
}

func TestPullLists(t *testing.T) {
	text, err := runCommand(t, "data", "pull", "--list", "--json")
	if err != nil {
		t.Fatal(err)
	}
	var list struct{ Sets []listedSet }
	if err := json.Unmarshal([]byte(text), &list); err != nil || len(list.Sets) != len(public.Sets()) || list.Sets[0].Bytes == 0 {
		t.Errorf("%+v, %v", list, err)
	}
	for want, args := range map[string][]string{
		`no public data set "tape"`: {"tape"},
		"--workers is 99":           {"--workers", "99"},
	} {
		if _, err := runCommand(t, append([]string{"data", "pull", "--out", t.TempDir()}, args...)...); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: error %v, want %q", args, err, want)
		}
	}
}
