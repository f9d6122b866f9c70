package convert

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"trailblazer/datasets/trace"
	"trailblazer/internal/atomicfile"
)

// Folder is a directory of what was imported:
//
//	traces/NAME                     texts of seconds and Mbit/s
//	mahimahi/NAME                   lists of delivery opportunities
//	videos/NAME/video_size_LEVEL    chunk sizes in bytes, one per line
//	videos/NAME.json                ladder and chunk length of a video
//	config.json                     plays all traces and videos with abr/custom
type Folder string

// Imported says what became of one link of a source.
type Imported struct {
	Source  string  `json:"source"`
	Format  Format  `json:"format"`
	File    string  `json:"file"`
	Samples int     `json:"samples"`
	Seconds float64 `json:"seconds"`
	Mbps    float64 `json:"mean_mbps"`
	// Left names what the source says beyond its bandwidth.
	Left []string `json:"left_out,omitempty"`
}

// place is where traces of a format lie.
func (f Folder) place(to Format) string {
	if to == FormatMahimahi {
		return filepath.Join(string(f), "mahimahi")
	}
	return filepath.Join(string(f), "traces")
}

// AddTraces writes the links of sources. Sources must not share names.
func (f Folder) AddTraces(sources []Source, to Format) ([]Imported, error) {
	if to != FormatCooked && to != FormatMahimahi {
		return nil, &trace.FormatError{Field: "to", Value: string(to), Problem: "is no format that is written", Remedy: "give one of " + join(Targets())}
	}
	dir := f.place(to)
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return nil, err
	}
	from := map[string]string{}
	var list []Imported
	for i := range sources {
		s := &sources[i]
		for j := range s.Links {
			link := &s.Links[j]
			name := strings.ReplaceAll(s.Name, "/", "_") + link.Suffix
			if before, taken := from[name]; taken {
				return nil, fmt.Errorf("%s and %s would both be written as %s: rename one, or give them different directories with --out", before, s.Name, name)
			}
			from[name] = s.Name
			file := filepath.Join(dir, name)
			if err := atomicfile.Write(file, func(w io.Writer) error { return link.write(w, to) }); err != nil {
				return nil, named(s.Name, err)
			}
			list = append(list, Imported{Source: s.Name, Format: s.Format, File: file, Samples: link.Trace.Len(),
				Seconds: link.Trace.DurationS(), Mbps: meanMbps(&link.Trace), Left: s.Left})
		}
	}
	return list, f.writeConfig()
}

// AddVideo writes a video and returns its directory.
func (f Folder) AddVideo(v *trace.Video) (string, error) {
	if err := v.Validate(); err != nil {
		return "", err
	}
	dir := filepath.Join(string(f), "videos", v.Name)
	if !filepath.IsLocal(v.Name) || strings.ContainsAny(v.Name, `/\`) {
		return "", &trace.FormatError{Field: "name", Value: v.Name, Problem: "is no name of a directory", Remedy: "give a plain name, such as my-video"}
	}
	if err := os.MkdirAll(dir, 0o777); err != nil {
		return "", err
	}
	// A video that had more levels must leave none.
	if err := removeSizes(dir); err != nil {
		return "", err
	}
	for level, sizes := range v.SizesBytes {
		file := filepath.Join(dir, fmt.Sprintf("video_size_%d", level))
		if err := atomicfile.Write(file, func(w io.Writer) error { return trace.WriteIntegers(w, sizes) }); err != nil {
			return "", err
		}
	}
	err := atomicfile.Write(dir+".json", func(w io.Writer) error { return writeJSON(w, manifest{v.Name, v.BitratesKbps, v.ChunkMs}) })
	if err != nil {
		return "", err
	}
	return dir, f.writeConfig()
}

func removeSizes(dir string) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if strings.HasPrefix(entry.Name(), "video_size_") {
			if err := os.Remove(filepath.Join(dir, entry.Name())); err != nil {
				return err
			}
		}
	}
	return nil
}

// manifest is what the files of sizes do not say of a video.
type manifest struct {
	Name         string `json:"name"`
	BitratesKbps []int  `json:"bitrates_kbps"`
	ChunkMs      int    `json:"chunk_ms"`
}

// ConfigFile is the configuration that plays everything in the folder.
func (f Folder) ConfigFile() string { return filepath.Join(string(f), "config.json") }

// config has the fields of abr/custom's configuration.
type config struct {
	Selection string        `json:"selection,omitempty"`
	Traces    []trace.Trace `json:"traces,omitempty"`
	Videos    []trace.Video `json:"videos,omitempty"`
}

// writeConfig writes the configuration of what is there now.
func (f Folder) writeConfig() error {
	var c config
	traces := f.place(FormatCooked)
	if _, err := os.Stat(traces); err == nil {
		if c.Traces, err = trace.LoadDir(traces); err != nil {
			return err
		}
		// Every trace once, from its beginning.
		c.Selection = "sequential"
	} else if !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	videos := filepath.Join(string(f), "videos")
	entries, err := os.ReadDir(videos)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() || filepath.Ext(entry.Name()) != ".json" {
			continue
		}
		var m manifest
		file := filepath.Join(videos, entry.Name())
		text, err := os.ReadFile(file)
		if err != nil {
			return err
		}
		if err := json.Unmarshal(text, &m); err != nil {
			return fmt.Errorf("%s: %w; import the video again", file, err)
		}
		v, err := trace.LoadVideo(strings.TrimSuffix(file, ".json"), m.BitratesKbps, m.ChunkMs)
		if err != nil {
			return err
		}
		c.Videos = append(c.Videos, v)
	}
	if len(c.Traces)+len(c.Videos) == 0 {
		return nil
	}
	return atomicfile.Write(f.ConfigFile(), func(w io.Writer) error { return writeJSON(w, c) })
}

func writeJSON(w io.Writer, value any) error {
	encoder := json.NewEncoder(w)
	encoder.SetEscapeHTML(false)
	return encoder.Encode(value)
}
