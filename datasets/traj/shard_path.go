package traj

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Where a data set keeps its shards, and how the files are called.
const (
	stepsDir    = "data"
	episodesDir = "episodes"
	shardSuffix = ".parquet"
	// partialSuffix ends the names of files that are being written.
	partialSuffix = ".partial"
)

// stepsPath is where a shard's steps lie.
func stepsPath(dir, name string) string { return filepath.Join(dir, stepsDir, name+shardSuffix) }

// episodesPath is where a shard's episodes lie.
func episodesPath(dir, name string) string {
	return filepath.Join(dir, episodesDir, name+shardSuffix)
}

// splitOf is the part of a shard's name before the number.
func splitOf(name string) string {
	if at := strings.LastIndexByte(name, '-'); at >= 0 {
		return name[:at]
	}
	return name
}

// shardNames lists the finished shards of a data set, by name: those whose file
// of steps exists.
func shardNames(dir string) ([]string, error) {
	entries, err := os.ReadDir(filepath.Join(dir, stepsDir))
	if err != nil {
		return nil, err
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), shardSuffix); ok && !e.IsDir() {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, nil
}
