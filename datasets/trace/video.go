package trace

import (
	"io"
	"os"
	"path/filepath"
	"strconv"
)

// Limits on one video.
const (
	MaxLevels     = 256
	MaxChunks     = 1 << 20
	MaxChunkBytes = 1<<31 - 1
)

// Video is what an adaptive player can choose from: a bitrate ladder and the
// size of every chunk at every level of it.
type Video struct {
	Name string `json:"name"`
	// BitratesKbps is the ladder, strictly increasing, kbit/s. A level is an
	// index into it.
	BitratesKbps []int `json:"bitrates_kbps"`
	// ChunkMs is how long a chunk plays, in milliseconds.
	ChunkMs int `json:"chunk_ms"`
	// SizesBytes[level][chunk] is a chunk's size in bytes, positive.
	SizesBytes [][]int `json:"sizes_bytes"`
}

// Levels is the number of levels of the ladder.
func (v *Video) Levels() int { return len(v.BitratesKbps) }

// Chunks is the number of chunks in the file.
func (v *Video) Chunks() int {
	if len(v.SizesBytes) == 0 {
		return 0
	}
	return len(v.SizesBytes[0])
}

// PensieveLadderKbps is the six-level ladder of the Envivio video as Pensieve,
// Genet and NetLLM use it.
func PensieveLadderKbps() []int { return []int{300, 750, 1200, 1850, 2850, 4300} }

// PensieveChunkMs is the length of that video's chunks.
const PensieveChunkMs = 4000

// Validate reports the first thing that makes the video unplayable, as a
// [*FormatError].
func (v *Video) Validate() error {
	levels := len(v.BitratesKbps)
	fail := func(field, value, problem, remedy string) error {
		return &FormatError{File: v.Name, Field: field, Value: value, Problem: problem, Remedy: remedy}
	}
	switch {
	case levels == 0:
		return fail("bitrates_kbps", "", "is empty", "give the ladder in kbit/s, lowest first")
	case levels > MaxLevels:
		return fail("bitrates_kbps", strconv.Itoa(levels), "levels are more than "+strconv.Itoa(MaxLevels), "shorten the ladder")
	case v.ChunkMs <= 0 || v.ChunkMs > 3_600_000:
		return fail("chunk_ms", strconv.Itoa(v.ChunkMs), "is not a chunk length", "give milliseconds, such as 4000")
	case len(v.SizesBytes) != levels:
		return fail("sizes_bytes", strconv.Itoa(len(v.SizesBytes)), "levels for a ladder of "+strconv.Itoa(levels), "give one list of sizes per bitrate")
	}
	for i, kbps := range v.BitratesKbps {
		if kbps <= 0 || kbps > MaxBandwidthMbps*1000 {
			return fail(index("bitrates_kbps", i), strconv.Itoa(kbps), "is not a bitrate", "give kbit/s, such as 300")
		}
		if i > 0 && kbps <= v.BitratesKbps[i-1] {
			return fail(index("bitrates_kbps", i), strconv.Itoa(kbps), "is not above the level below, "+strconv.Itoa(v.BitratesKbps[i-1]),
				"order the ladder from lowest to highest")
		}
	}
	chunks := len(v.SizesBytes[0])
	if chunks == 0 || chunks > MaxChunks {
		return fail("sizes_bytes[0]", strconv.Itoa(chunks), "is not a chunk count", "give 1 to "+strconv.Itoa(MaxChunks)+" chunk sizes")
	}
	for l, sizes := range v.SizesBytes {
		if len(sizes) != chunks {
			return fail(index("sizes_bytes", l), strconv.Itoa(len(sizes)), "chunks where level 0 has "+strconv.Itoa(chunks), "give every level the same chunks")
		}
		for c, size := range sizes {
			if size <= 0 || size > MaxChunkBytes {
				return fail(index(index("sizes_bytes", l), c), strconv.Itoa(size), "is not a chunk size", "give bytes, 1 to "+strconv.Itoa(MaxChunkBytes))
			}
		}
	}
	return nil
}

// ParseSizes reads the chunk sizes of one level: one integer per line, in
// bytes, blank lines skipped.
func ParseSizes(name string, r io.Reader) ([]int, error) {
	var sizes []int
	err := EachLine(name, r, func(line int, text string) error {
		size, err := strconv.Atoi(text)
		if err != nil {
			return &FormatError{File: name, Line: line, Field: "sizes_bytes", Value: text, Problem: "is not an integer",
				Remedy: "write one chunk size in bytes per line"}
		}
		if size <= 0 || size > MaxChunkBytes {
			return &FormatError{File: name, Line: line, Field: "sizes_bytes", Value: text, Problem: "is not a chunk size",
				Remedy: "write bytes, 1 to " + strconv.Itoa(MaxChunkBytes)}
		}
		sizes = append(sizes, size)
		return nil
	})
	if err != nil {
		return nil, err
	}
	if len(sizes) == 0 {
		return nil, &FormatError{File: name, Field: "sizes_bytes", Problem: "is empty", Remedy: "write one chunk size in bytes per line"}
	}
	return sizes, nil
}

// LoadVideo reads a directory with one file video_size_<level> for every
// level of the ladder, level 0 being the lowest bitrate. The video is named
// after the directory.
func LoadVideo(dir string, bitratesKbps []int, chunkMs int) (Video, error) {
	v := Video{Name: filepath.Base(dir), BitratesKbps: bitratesKbps, ChunkMs: chunkMs, SizesBytes: make([][]int, len(bitratesKbps))}
	for level := range v.SizesBytes {
		sizes, err := loadSizes(filepath.Join(dir, "video_size_"+strconv.Itoa(level)))
		if err != nil {
			return Video{}, err
		}
		v.SizesBytes[level] = sizes
	}
	// A ladder shorter than the directory is a mistake that would pass
	// silently and shift every level's meaning.
	extra := filepath.Join(dir, "video_size_"+strconv.Itoa(len(bitratesKbps)))
	if _, err := os.Stat(extra); err == nil {
		return Video{}, &FormatError{File: extra, Field: "bitrates_kbps", Value: strconv.Itoa(len(bitratesKbps)),
			Problem: "levels, but the directory has more", Remedy: "give one bitrate per video_size file"}
	}
	if err := v.Validate(); err != nil {
		return Video{}, err
	}
	return v, nil
}

func loadSizes(file string) ([]int, error) {
	f, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return ParseSizes(file, f)
}
