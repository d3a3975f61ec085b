package store

import (
	"bytes"
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
)

// maxSecretFile is the largest secret or password file, in octets; a larger one is refused.
const maxSecretFile = 4096

// ReadSecret reads the secret of a file: its text without white space at the ends. `openssl rand -hex 32` makes a good
// one. A file that everyone may read is refused.
func ReadSecret(path string) (*Secret, error) {
	text, err := readPrivate(path)
	if err != nil {
		return nil, fmt.Errorf("read the store's secret: %w", err)
	}
	s, err := NewSecret(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return s, nil
}

// CreateSecret reads the secret of a file like ReadSecret, and makes the file with a random one, mode 0600, when there is
// none. Of several processes that do so at once all get the same.
func CreateSecret(path string) (*Secret, error) {
	s, err := ReadSecret(path)
	if !errors.Is(err, fs.ErrNotExist) {
		return s, err
	}
	if err := writeSecret(path); err != nil && !errors.Is(err, fs.ErrExist) {
		return nil, fmt.Errorf("make the store's secret: %w", err)
	}
	return ReadSecret(path)
}

// writeSecret puts a whole file in place, or fails with fs.ErrExist.
func writeSecret(path string) error {
	var random [32]byte
	rand.Read(random[:]) // never fails
	f, err := os.CreateTemp(filepath.Dir(path), ".secret")
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	_, err = f.WriteString(hex.EncodeToString(random[:]) + "\n")
	if err := errors.Join(err, f.Sync(), f.Close()); err != nil {
		return err
	}
	return os.Link(f.Name(), path) // unlike a rename it does not replace
}

// readPrivate returns the text of a small file that not everyone may read.
func readPrivate(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	switch {
	case err != nil:
		return nil, err
	case info.Mode().Perm()&0o004 != 0:
		return nil, fmt.Errorf("%w: everyone may read %s: chmod o-rwx it", ErrConfig, path)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxSecretFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxSecretFile {
		return nil, fmt.Errorf("%w: %s has more than %d octets", ErrConfig, path, maxSecretFile)
	}
	return bytes.TrimSpace(text), nil
}
