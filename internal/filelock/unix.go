//go:build unix

package filelock

import (
	"errors"
	"os"
	"syscall"
)

// Try locks an open file, and reports whether nobody else has it. The lock
// ends when the file is closed, or the process dies.
func Try(file *os.File) (bool, error) {
	err := syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}
