package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"

	"trailblazer/internal/setting"
)

// checkFile refuses a flag's path at which no file can be written, before the
// work that would be lost then.
func checkFile(flag, path string) error {
	if info, err := os.Stat(path); err == nil {
		switch {
		case info.IsDir():
			return setting.Refuse(flag, strconv.Quote(path), "is a directory", "name a file in it")
		case !info.Mode().IsRegular():
			return setting.Refuse(flag, strconv.Quote(path), "is no regular file, so that it can't be replaced", "name a file")
		}
	}
	dir := filepath.Dir(path)
	switch info, err := os.Stat(dir); {
	case errors.Is(err, fs.ErrNotExist):
		return setting.Refuse(flag, strconv.Quote(path), "is to lie in a directory that is not there", "create "+strconv.Quote(dir)+" first, or name another")
	case err != nil:
		return setting.Refuse(flag, strconv.Quote(path), "can't be written: "+err.Error(), "name a file in a directory")
	case !info.IsDir():
		return setting.Refuse(flag, strconv.Quote(path), "is to lie below "+strconv.Quote(dir)+", which is a file", "name a file in a directory")
	}
	file, err := os.CreateTemp(dir, ".trailblazer-*.partial")
	if err != nil {
		return setting.Refuse(flag, strconv.Quote(path), "can't be written: "+err.Error(), "name a file in a directory that you may write to")
	}
	return errors.Join(file.Close(), os.Remove(file.Name()))
}

// checkDir refuses a flag's path at which no directory can be, or be made.
func checkDir(flag, path string) error {
	for at := filepath.Clean(path); ; at = filepath.Dir(at) {
		info, err := os.Stat(at)
		switch {
		case err == nil && info.IsDir():
			return nil
		case err == nil && at == filepath.Clean(path):
			return setting.Refuse(flag, strconv.Quote(path), "is a file", "name a directory")
		case err == nil:
			return setting.Refuse(flag, strconv.Quote(path), "is to lie below "+strconv.Quote(at)+", which is a file", "name a directory")
		case at == filepath.Dir(at):
			return setting.Refuse(flag, strconv.Quote(path), "can't be made: "+err.Error(), "name a directory")
		}
	}
}
