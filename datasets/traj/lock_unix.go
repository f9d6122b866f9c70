//go:build unix

package traj

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks an open file, and reports whether nobody else has it.
func tryLock(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
