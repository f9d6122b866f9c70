//go:build !unix

package traj

import (
	"errors"
	"os"
)

// tryLock refuses: without locks two writers would spoil each other's work.
func tryLock(*os.File) (bool, error) {
	return false, errors.New("data sets can't be locked on this system, hence not written")
}
