package traj

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"trailblazer/internal/atomicfile"
)

// cause takes path and remedy off an error that names them itself.
func cause(err error) error {
	var damage *DamageError
	if errors.As(err, &damage) {
		if damage.Where != "" {
			return fmt.Errorf("%s: %w", damage.Where, damage.Err)
		}
		return damage.Err
	}
	return err
}

// moveAway moves a file to the folder of damaged ones.
func (v *validator) moveAway(path string) error {
	to, err := v.awayPath(path)
	if err != nil {
		return err
	}
	return os.Rename(path, to)
}

func (v *validator) copyAway(path string) error {
	to, err := v.awayPath(path)
	if err != nil {
		return err
	}
	from, err := os.Open(path)
	if err != nil {
		return err
	}
	defer from.Close()
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, from)
		return err
	})
}

// awayPath finds a name in the folder of damaged files: the file's own, with
// its folder's, and a number where that is taken.
func (v *validator) awayPath(path string) (string, error) {
	dir := filepath.Join(v.dir, damagedDir)
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return "", err
	}
	to := filepath.Join(dir, filepath.Base(path)+"."+filepath.Base(filepath.Dir(path)))
	for i := 2; exists(to); i++ {
		to = filepath.Join(dir, fmt.Sprintf("%s.%s.%d", filepath.Base(path), filepath.Base(filepath.Dir(path)), i))
	}
	return to, nil
}
