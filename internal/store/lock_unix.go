//go:build unix && !solaris && !aix

package store

import (
	"errors"
	"os"
	"syscall"
)

// tryLock locks a file against every other process that does so, as bbolt does, until it is closed.
func tryLock(f *os.File) (bool, error) {
	err := syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return false, nil
	}
	return err == nil, err
}

// unlock lets go of a lock. Closing a file does not, as long as a mapping of it is left.
func unlock(f *os.File) { _ = syscall.Flock(int(f.Fd()), syscall.LOCK_UN) }

// adopt gives what the superuser made to the owner of its directory, so that the gateway can open what a command line of the
// administrator began. What fails shows when the gateway opens it.
func adopt(chown func(uid, gid int) error, dir string) {
	if os.Geteuid() != 0 {
		return
	}
	if info, err := os.Stat(dir); err == nil {
		if s, ok := info.Sys().(*syscall.Stat_t); ok {
			_ = chown(int(s.Uid), int(s.Gid))
		}
	}
}
