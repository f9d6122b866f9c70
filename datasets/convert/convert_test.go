package convert

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"trailblazer/datasets/trace"
)

func write(t *testing.T, file, text string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o777); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
}

const onl = `{"uplink": {"trace_pattern": [{"duration": 5000, "capacity": 1000, "rtt": 7, "loss": 0.1}]}, "downlink": {"trace_pattern": [{"duration": 5000, "capacity": 2000}]}}`

// texts are one source of each format, with the bytes that it carries.
var texts = map[Format]struct {
	text  string
	bytes float64
}{
	FormatCooked:     {"0 8\n1 8\n3 4\n", 2e6},
	FormatMahimahi:   {"0\n1\n1000\n1001\n1500\n", 5 * 1500},
	FormatHSDPA:      {"1289406399 549692 59.851754 10.781778 248069 1008\n1289406400 550772 59.851864 10.781833 191698 1080\n", 248069 + 191698},
	FormatCSV:        {"time_s,mbps\n5,8\n6,8\n", 1e6},
	FormatGenet:      {`{"timestamps": [0, 1, 2], "bandwidths": [1, 2, 3], "delays": [4], "loss": 0, "queue": 5, "delay_noise": 0.5, "T_s": 1}`, 3e6 / 8},
	FormatOpenNetLab: {onl, 5e6 / 8},
}

func TestParse(t *testing.T) {
	for format, c := range texts {
		for _, asked := range []Format{"", FormatAuto, format} {
			s, err := Parse("file", strings.NewReader(c.text), Options{Format: asked})
			if err != nil {
				t.Errorf("%s: %v", format, err)
				continue
			}
			link := &s.Links[0]
			if got := meanMbps(&link.Trace) * link.Trace.DurationS() * 1e6 / 8; s.Format != format || got < c.bytes-1 || got > c.bytes+1 {
				t.Errorf("%s: read as %s with %v bytes, want %v", format, s.Format, got, c.bytes)
			}
		}
	}
	for format, want := range map[Format]string{"tape": "is not known", FormatGenet: "does not look like genet but like mahimahi"} {
		if _, err := Parse("file", strings.NewReader("1\n2\n"), Options{Format: format}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: error %v, want %q", format, err, want)
		}
	}
}

func TestFolder(t *testing.T) {
	in, out := t.TempDir(), t.TempDir()
	for format, c := range texts {
		write(t, filepath.Join(in, "a", string(format)), c.text)
	}
	sources, err := Load(in, Options{BinMs: 100})
	if err != nil {
		t.Fatal(err)
	}
	folder := Folder(out)
	for _, to := range Targets() {
		list, err := folder.AddTraces(sources, to)
		if err != nil {
			t.Fatal(err)
		}
		// OpenNetLab's has two directions.
		if len(list) != len(texts)+1 {
			t.Fatalf("%d files for %s", len(list), to)
		}
		for _, one := range list {
			again, err := Load(one.File, Options{})
			if err != nil || again[0].Format != to {
				t.Errorf("%s: read back as %v, %v", one.File, again, err)
			}
			if strings.Contains(one.Source, "opennetlab") && !slices.Equal(one.Left, []string{"delay", "loss"}) {
				t.Errorf("%s leaves %v", one.Source, one.Left)
			}
		}
	}
	video := trace.EnvivioLike(1)
	video.Name = "envivio"
	for range 2 {
		if _, err := folder.AddVideo(&video); err != nil {
			t.Fatal(err)
		}
		// The second time it has fewer levels.
		video.BitratesKbps, video.SizesBytes = video.BitratesKbps[:2], video.SizesBytes[:2]
	}
	text, err := os.ReadFile(folder.ConfigFile())
	if err != nil {
		t.Fatal(err)
	}
	var c config
	if err := json.Unmarshal(text, &c); err != nil {
		t.Fatal(err)
	}
	if len(c.Traces) != len(texts)+1 || len(c.Videos) != 1 || c.Videos[0].Levels() != 2 || c.Selection != "sequential" {
		t.Errorf("configuration of %d traces and %d videos", len(c.Traces), len(c.Videos))
	}
}

func TestFolderErrors(t *testing.T) {
	in := t.TempDir()
	write(t, filepath.Join(in, "a", "b"), "1\n2\n")
	write(t, filepath.Join(in, "a_b"), "1\n2\n")
	sources, err := Load(in, Options{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Folder(t.TempDir()).AddTraces(sources, FormatCooked); err == nil || !strings.Contains(err.Error(), "would both be written as a_b") {
		t.Errorf("error %v", err)
	}
	if _, err := Folder(t.TempDir()).AddTraces(sources, FormatGenet); err == nil || !strings.Contains(err.Error(), "is no format that is written") {
		t.Errorf("error %v", err)
	}
	video := trace.EnvivioLike(1)
	video.Name = "../up"
	if _, err := Folder(t.TempDir()).AddVideo(&video); err == nil || !strings.Contains(err.Error(), "is no name of a directory") {
		t.Errorf("error %v", err)
	}
	if _, err := Load(filepath.Join(in, "absent"), Options{}); err == nil {
		t.Error("no error for an absent file")
	}
}

// TestParsePlainly: byte order marks and comments change nothing, and compressed
// files are told.
func TestParsePlainly(t *testing.T) {
	for format, c := range texts {
		want, err := Parse("file", strings.NewReader(c.text), Options{})
		if err != nil {
			t.Fatal(err)
		}
		before := []string{"\ufeff", "\n\n", "\ufeff\n"}
		if c.text[0] != '{' {
			before = append(before, "# time: s\n", "\ufeff#\n\n# bandwidth\n\n")
		}
		for _, begin := range before {
			for _, asked := range []Format{FormatAuto, format} {
				if got, err := Parse("file", strings.NewReader(begin+c.text), Options{Format: asked}); err != nil || !reflect.DeepEqual(got, want) {
					t.Errorf("%s with %q before it: %+v, %v", format, begin, got, err)
				}
			}
		}
		if _, err := Parse("file", strings.NewReader("\x1f\x8b\x08"+c.text), Options{Format: format}); err == nil || !strings.Contains(err.Error(), "file: is compressed with gzip; unpack it first, with gunzip") {
			t.Errorf("%s, compressed: %v", format, err)
		}
	}
	// A playback file's rows can be like others' lines.
	const rows = "\n1 0 1.5 1.5 0 1\n"
	if got, err := Detect("file", []byte("# HoloWAN Playback v1.0"+rows)); err != nil || got != FormatHoloWAN {
		t.Errorf("a playback file is %s, %v", got, err)
	}
	if _, err := Parse("file", strings.NewReader("# nothing\n\n# else\n"), Options{}); err == nil || !strings.Contains(err.Error(), "has nothing but comments") {
		t.Errorf("comments: %v", err)
	}
}

// FuzzParse: what is read can be written, in either format.
func FuzzParse(f *testing.F) {
	for _, c := range texts {
		f.Add([]byte(c.text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		s, err := Parse("fuzz", strings.NewReader(string(text)), Options{})
		if err != nil {
			return
		}
		for i := range s.Links {
			if err := s.Links[i].Trace.Validate(); err != nil {
				t.Fatal(err)
			}
		}
	})
}
