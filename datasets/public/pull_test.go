package public

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// mirror serves files, and goes wrong as often as it is told.
type mirror struct {
	mu    sync.Mutex
	files map[string]string
	// status is answered so many times, and cut so many answers end in the
	// middle.
	status, times, cut int
	// noRanges ignores them.
	noRanges bool
	asked    []string
}

func (m *mirror) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.asked = append(m.asked, r.Header.Get("Range"))
	text, ok := m.files[strings.TrimPrefix(r.URL.Path, "/")]
	switch {
	case m.times > 0:
		m.times--
		w.WriteHeader(m.status)
		return
	case !ok:
		http.NotFound(w, r)
		return
	}
	from := 0
	if n, err := fmt.Sscanf(r.Header.Get("Range"), "bytes=%d-", &from); n == 1 && err == nil && !m.noRanges {
		w.Header().Set("Content-Range", fmt.Sprintf("bytes %d-%d/%d", from, len(text)-1, len(text)))
		w.Header().Set("Content-Length", fmt.Sprint(len(text)-from))
		w.WriteHeader(http.StatusPartialContent)
	} else {
		from = 0
		w.Header().Set("Content-Length", fmt.Sprint(len(text)))
	}
	rest := text[from:]
	if m.cut > 0 {
		m.cut--
		io.WriteString(w, rest[:len(rest)/2])
		w.(http.Flusher).Flush()
		panic(http.ErrAbortHandler)
	}
	io.WriteString(w, rest)
}

func fileOf(name, text string) File {
	sum := sha256.Sum256([]byte(text))
	return File{Path: "abr/" + name, Remote: "owner/repo/commit/" + name, Size: int64(len(text)), SHA256: hex.EncodeToString(sum[:])}
}

func serve(t *testing.T, m *mirror) (*Puller, *int) {
	t.Helper()
	server := httptest.NewServer(m)
	t.Cleanup(server.Close)
	waits := new(int)
	return &Puller{Base: server.URL + "/", Workers: 2, Wait: func(ctx context.Context, n int) error {
		*waits++
		return ctx.Err()
	}}, waits
}

// left lists the files below a directory.
func left(t *testing.T, dir string) (names []string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			names = append(names, strings.TrimPrefix(filepath.ToSlash(path), filepath.ToSlash(dir)+"/"))
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return names
}

const text = "0\t1.5\n1\t2.5\n2\t3.5\n"

func TestPull(t *testing.T) {
	for name, c := range map[string]struct {
		mirror  *mirror
		part    string // what an earlier try left
		waits   int
		asked   []string
		failure string
	}{
		"whole":                        {asked: []string{""}},
		"after errors of the server":   {mirror: &mirror{status: 503, times: 2}, waits: 2, asked: []string{"", "", ""}},
		"after a cut":                  {mirror: &mirror{cut: 1}, waits: 1, asked: []string{"", "bytes=9-"}},
		"going on":                     {part: text[:5], asked: []string{"bytes=5-"}},
		"of a server without ranges":   {mirror: &mirror{noRanges: true}, part: text[:5], asked: []string{"bytes=5-"}},
		"there but for its name":       {part: text, asked: nil},
		"with a beginning of another":  {part: "other", waits: 1, asked: []string{"bytes=5-", ""}},
		"with another that is longer":  {part: text + "more", asked: []string{""}},
		"with an error that stays":     {mirror: &mirror{status: 503, times: 9}, waits: 3, asked: []string{"", "", "", ""}, failure: "answered 503 Service Unavailable; try again later"},
		"that is gone":                 {mirror: &mirror{status: 404, times: 9}, asked: []string{""}, failure: "no longer has it: give another one with --mirror"},
		"that is refused":              {mirror: &mirror{status: 403, times: 9}, asked: []string{""}, failure: "refuses it: check HTTPS_PROXY"},
		"with ranges that do not fit":  {mirror: &mirror{status: 416, times: 1}, part: text[:5], waits: 1, asked: []string{"bytes=5-", ""}},
		"that breaks off again, again": {mirror: &mirror{cut: 9}, waits: 3, asked: []string{"", "bytes=9-", "bytes=13-", "bytes=15-"}, failure: "check the network"},
	} {
		t.Run(name, func(t *testing.T) {
			m := c.mirror
			if m == nil {
				m = &mirror{}
			}
			m.files = map[string]string{"owner/repo/commit/a b?#%.log": text}
			p, waits := serve(t, m)
			dir := t.TempDir()
			set := &Set{Name: "set", Files: []File{fileOf("a b?#%.log", text)}}
			file := filepath.Join(dir, "abr", "a b?#%.log")
			if c.part != "" {
				if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(file+".part", []byte(c.part), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			r, err := p.Pull(t.Context(), dir, set)
			if fmt.Sprint(m.asked) != fmt.Sprint(c.asked) || *waits != c.waits {
				t.Errorf("asked for %q with %d waits, want %q with %d", m.asked, *waits, c.asked, c.waits)
			}
			if c.failure != "" {
				if err == nil || !strings.Contains(err.Error(), c.failure) {
					t.Errorf("error %v, want %q", err, c.failure)
				}
				if _, err := os.Stat(file); err == nil {
					t.Error("the file is there")
				}
				return
			}
			if err != nil || r.Fetched != 1 {
				t.Fatalf("%+v, %v", r, err)
			}
			if got, err := os.ReadFile(file); err != nil || string(got) != text || len(left(t, dir)) != 1 {
				t.Errorf("%q, %v; left are %v", got, err, left(t, dir))
			}
			// The second time nothing is asked for.
			m.asked = nil
			if r, err := p.Pull(t.Context(), dir, set); err != nil || r.Kept != 1 || r.Bytes != 0 || len(m.asked) > 0 {
				t.Errorf("again: %+v, %v, asked for %q", r, err, m.asked)
			}
		})
	}
}

func TestPullKeepsNothingThatDiffers(t *testing.T) {
	for name, served := range map[string]string{"other": strings.Replace(text, "5", "6", 1), "longer": text + "\n"} {
		m := &mirror{files: map[string]string{"owner/repo/commit/a": served}}
		p, _ := serve(t, m)
		dir := t.TempDir()
		_, err := p.Pull(t.Context(), dir, &Set{Name: "set", Files: []File{fileOf("a", text)}})
		if content := (*ContentError)(nil); !errors.As(err, &content) || !strings.Contains(err.Error(), "is not the file that was published") {
			t.Errorf("%s: error %v", name, err)
		}
		if files := left(t, dir); len(files) > 0 || len(m.asked) != 1 {
			t.Errorf("%s: %v are left after %d requests", name, files, len(m.asked))
		}
	}
}

func TestPullMakes(t *testing.T) {
	made := fileOf("made", "A B")
	m := &mirror{files: map[string]string{"owner/repo/commit/x": "a", "owner/repo/commit/y": "b"}}
	p, _ := serve(t, m)
	dir := t.TempDir()
	set := &Set{Name: "set", Made: []Made{{Path: made.Path, SHA256: made.SHA256, Inputs: []string{"owner/repo/commit/x", "owner/repo/commit/y"},
		make: func(w io.Writer, inputs [][]byte, _ string) error {
			_, err := fmt.Fprintf(w, "%s %s", strings.ToUpper(string(inputs[0])), strings.ToUpper(string(inputs[1])))
			return err
		}}}}
	if r, err := p.Pull(t.Context(), dir, set); err != nil || r.Made != 1 {
		t.Fatalf("%+v, %v", r, err)
	}
	if files := left(t, dir); len(files) != 1 || files[0] != "abr/made" {
		t.Errorf("%v are left", files)
	}
	if r, err := p.Pull(t.Context(), dir, set); err != nil || r.Kept != 1 || len(m.asked) != 2 {
		t.Errorf("again: %+v, %v", r, err)
	}
	m.files["owner/repo/commit/x"] = "other"
	dir = t.TempDir()
	if _, err := p.Pull(t.Context(), dir, set); err == nil || !strings.Contains(err.Error(), "what the source has is not what was published") || len(left(t, dir)) > 0 {
		t.Errorf("error %v, left are %v", err, left(t, dir))
	}
}

func TestPullStops(t *testing.T) {
	m := &mirror{files: map[string]string{}}
	set := &Set{Name: "set"}
	for i := range 50 {
		name := fmt.Sprint("f", i)
		m.files["owner/repo/commit/"+name] = text
		set.Files = append(set.Files, fileOf(name, text))
	}
	p, _ := serve(t, m)
	ctx, cancel := context.WithCancel(t.Context())
	p.Progress = func(_ string, done, total int) {
		if done == 10 {
			cancel()
		}
	}
	dir := t.TempDir()
	if _, err := p.Pull(ctx, dir, set); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
	p.Progress = nil
	if r, err := p.Pull(t.Context(), dir, set); err != nil || r.Kept < 10 || r.Kept+r.Fetched != 50 {
		t.Errorf("%+v, %v", r, err)
	}
}
