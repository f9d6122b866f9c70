package public

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

// Set is a public data set.
type Set struct {
	Name string
	// Summary says what it is, License how it may be used, as its source
	// states it.
	Summary, License string
	// Source is the repository that publishes it ("owner/name").
	Source string
	// Plays names a scenario that plays it.
	Plays string
	Files []File
	Made  []Made
}

// File is one published file.
type File struct {
	// Path is where it lies in a data directory.
	Path string
	// Remote is where it lies among the repositories: owner, name, commit, and
	// path.
	Remote string
	Size   int64
	// SHA256 is in hexadecimal.
	SHA256 string
}

// Bytes is the size of all published files whose size is pinned.
func (s *Set) Bytes() int64 {
	sum := int64(0)
	for _, f := range s.Files {
		sum += f.Size
	}
	return sum
}

//go:embed manifest/*.txt
var manifests embed.FS

// Sets lists the data sets, in the order in which they are shown.
func Sets() []Set {
	sets := []Set{
		{Name: "fcc", Source: "duowuyms/NetLLM", License: "MIT", Plays: "abr/default-test",
			Summary: "broadband traces for video: training, validation and test, with where playback starts and what they share", Made: fccMade()},
		{Name: "videos", Source: "duowuyms/NetLLM", License: "MIT", Plays: "abr/default-test", Summary: "chunk sizes of Envivio-Dash3 and of the synthetic video"},
		{Name: "genet-abr", Source: "GenetProject/Genet", License: "none stated", Plays: "abr/genet-synthetic", Summary: "synthetic traces for video"},
		{Name: "tpch", Source: "hongzimao/decima-sim", License: "none stated", Plays: "cjs/default-test", Summary: "stages and task durations of TPC-H on Spark, made of NumPy files, and the job sequences of the experiments", Made: append(tpchMade(), jobsMade()...)},
		{Name: "genet-model", Source: "duowuyms/NetLLM", License: "MIT", Plays: "abr/default-test", Summary: "the published GENET policy, made of a TensorFlow checkpoint", Made: genetMade()},
		{Name: "decima-model", Source: "duowuyms/NetLLM", License: "MIT", Plays: "cjs/default-test", Summary: "the published Decima policy, made of a PyTorch checkpoint", Made: decimaMade()},
		{Name: "mahimahi", Source: "ravinet/mahimahi", License: "GPL-3.0", Plays: "cc/test", Summary: "recordings of cellular networks"},
		{Name: "genet-cc", Source: "GenetProject/Genet", License: "none stated", Plays: "cc/test", Summary: "synthetic traces for congestion control"},
		{Name: "opennetlab", Source: "OpenNetLab/gym", License: "BSD-3-Clause", Plays: "cc/test", Summary: "recordings of 4G, 5G and wired networks"},
	}
	for i := range sets {
		s := &sets[i]
		text, err := manifests.ReadFile("manifest/" + s.Name + ".txt")
		if errors.Is(err, fs.ErrNotExist) && len(s.Made) > 0 {
			continue // All of it is made of what is not kept.
		}
		if err == nil {
			s.Files, err = parseManifest(string(text))
		}
		if err != nil {
			panic(fmt.Sprintf("public: data set %s: %v", s.Name, err)) // It is part of the program.
		}
	}
	return sets
}

// Find returns sets by their names, or all without any.
func Find(names []string) ([]Set, error) {
	all := Sets()
	if len(names) == 0 {
		return all, nil
	}
	var found []Set
	for _, name := range names {
		at := -1
		known := make([]string, len(all))
		for i := range all {
			known[i] = all[i].Name
			if all[i].Name == name {
				at = i
			}
		}
		if at < 0 {
			return nil, fmt.Errorf("there is no public data set %q: give some of %s", name, strings.Join(known, ", "))
		}
		found = append(found, all[at])
	}
	return found, nil
}

// parseManifest reads a list of files.
func parseManifest(text string) ([]File, error) {
	var files []File
	from, to := "", ""
	for i, line := range strings.Split(strings.TrimSpace(text), "\n") {
		fields := strings.SplitN(line, " ", 3)
		switch {
		case len(fields) == 2 && fields[0] == "from":
			from = fields[1]
		case len(fields) == 2 && fields[0] == "to":
			to = fields[1]
		case len(fields) == 3 && len(fields[0]) == 64 && from != "" && to != "":
			size, err := strconv.ParseInt(fields[1], 10, 64)
			if err != nil {
				return nil, fmt.Errorf("line %d: %w", i+1, err)
			}
			files = append(files, File{Path: path.Join(to, fields[2]), Remote: path.Join(from, fields[2]), Size: size, SHA256: fields[0]})
		default:
			return nil, fmt.Errorf("line %d is neither from, to, nor a file", i+1)
		}
	}
	return files, nil
}
