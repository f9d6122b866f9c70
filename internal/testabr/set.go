package testabr

import (
	"io"
	"path/filepath"
	"testing"

	"trailblazer/datasets/trace"
	"trailblazer/internal/testdata"
)

// Set is traces, a start pointer for each, and a video to play on them.
type Set struct {
	Name     string
	Traces   []trace.Trace
	Pointers []int
	Video    trace.Video
}

// LoadSet reads a set of the data directory. Where none are published, all
// start pointers are 1.
func LoadSet(tb testing.TB, name, video string) Set {
	tb.Helper()
	dir := filepath.Join(testdata.Dir(tb), "abr", "traces")
	pointers := ""
	if name == "fcc-test" {
		pointers = filepath.Join(dir, name+".start_ptrs.txt")
	}
	return load(tb, Set{Name: name, Video: LoadVideo(tb, video)}, filepath.Join(dir, name), pointers)
}

// LoadVideo reads a video of the data directory.
func LoadVideo(tb testing.TB, name string) trace.Video {
	tb.Helper()
	return ReadVideo(tb, filepath.Join(testdata.Dir(tb), "abr", "videos", name))
}

// ReadVideo reads a video with the reference's ladder.
func ReadVideo(tb testing.TB, dir string) trace.Video {
	tb.Helper()
	video, err := trace.LoadVideo(dir, trace.PensieveLadderKbps(), trace.PensieveChunkMs)
	if err != nil {
		tb.Fatal(err)
	}
	return video
}

// ReadExcerpt reads traces of a set that [Set.WriteExcerpt] copied.
func ReadExcerpt(tb testing.TB, dir, name string, video trace.Video) Set {
	tb.Helper()
	return load(tb, Set{Name: name, Video: video}, filepath.Join(dir, excerptTraces), filepath.Join(dir, excerptPointers))
}

// WriteExcerpt copies the traces with these indices, and their start pointers.
func (s Set) WriteExcerpt(tb testing.TB, dir string, indices ...int) {
	tb.Helper()
	var pointers []int
	for _, i := range indices {
		testdata.WriteFile(tb, filepath.Join(dir, excerptTraces, s.Traces[i].Name), func(w io.Writer) error {
			return trace.Write(w, s.Traces[i])
		})
		pointers = append(pointers, s.Pointers[i])
	}
	testdata.WriteFile(tb, filepath.Join(dir, excerptPointers), func(w io.Writer) error {
		return trace.WriteIntegers(w, pointers)
	})
}

const (
	excerptTraces   = "traces"
	excerptPointers = "start_ptrs.txt"
)

// load reads traces and their pointers into a set; no file of pointers stands
// for 1 on every trace.
func load(tb testing.TB, s Set, traces, pointers string) Set {
	tb.Helper()
	var err error
	if s.Traces, err = trace.LoadDir(traces); err != nil {
		tb.Fatal(err)
	}
	if pointers == "" {
		s.Pointers = make([]int, len(s.Traces))
		for i := range s.Pointers {
			s.Pointers[i] = 1
		}
	} else if s.Pointers, err = trace.LoadPointers(pointers); err != nil {
		tb.Fatal(err)
	}
	return s
}
