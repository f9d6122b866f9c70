//go:build !unix

package filelock

import (
	"errors"
	"os"
)

// Try refuses: without locks two writers would spoil each other's work.
func Try(*os.File) (bool, error) {
	return false, errors.New("files can't be locked on this system, so nothing is written")
}
