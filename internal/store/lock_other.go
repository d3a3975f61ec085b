//go:build !unix || solaris || aix

package store

import (
	"errors"
	"os"
)

// tryLock is for the systems that sekimori runs on.
func tryLock(*os.File) (bool, error) {
	return false, errors.ErrUnsupported
}

func unlock(*os.File) {}

func adopt(func(uid, gid int) error, string) {}
