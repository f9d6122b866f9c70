package main

import (
	"os"
	"path/filepath"
	"strconv"

	"trailblazer/datasets/traj"
	"trailblazer/internal/recipe"
	"trailblazer/internal/setting"
	"trailblazer/trainer/checkpoint"
	"trailblazer/trainer/karma"
)

// directoryKind is what the commands of this program write into directories.
type directoryKind string

const (
	runDir       directoryKind = "a training run"
	dataSetDir   directoryKind = "a data set"
	estimatorDir directoryKind = "an estimator"
	recipeDir    directoryKind = "a recipe's run"
)

// kindOf tells what lies in a directory, empty where it is none of these. An
// estimator that a training run plays with is part of the run.
func kindOf(dir string) directoryKind {
	switch {
	case checkpoint.IsRun(dir):
		return runDir
	case karma.Lies(dir):
		return estimatorDir
	case recipe.IsRun(dir):
		return recipeDir
	case isDataSet(dir):
		return dataSetDir
	}
	return ""
}

// isDataSet reports whether there is anything of a data set, though it be
// unfinished.
func isDataSet(dir string) bool {
	if info, err := os.Stat(filepath.Join(dir, "meta", "info.json")); err == nil && info.Mode().IsRegular() {
		return true
	}
	unfinished, _ := traj.FindUnfinished(dir)
	return len(unfinished) > 0
}

// checkOwnDir refuses a flag's path at which no directory can be, and one in which
// something of another kind lies.
func checkOwnDir(flag, path string, own directoryKind) error {
	if err := checkDir(flag, path); err != nil {
		return err
	}
	if kind := kindOf(path); kind != "" && kind != own {
		return setting.Refuse(flag, strconv.Quote(path), "is "+string(kind), "name a new directory, or one with "+string(own))
	}
	return nil
}
