package survey

import (
	"errors"
	"io"
	"os"
	"path/filepath"
)

// Replace writes a file so that a reader sees the old one or the new one, never a part: into a file beside it, which
// then takes its name. Its mode is 0644. When it fails the old file is as it was.
func Replace(path string, write func(io.Writer) error) (err error) {
	f, err := os.CreateTemp(filepath.Dir(path), ".sekimori-*")
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, os.Remove(f.Name()))
		}
	}()
	err = write(f)
	if err == nil {
		err = f.Chmod(0o644)
	}
	if err == nil {
		err = f.Sync()
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return os.Rename(f.Name(), path)
}
