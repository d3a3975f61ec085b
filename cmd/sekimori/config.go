package main

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/policyfile"
)

// maxConfigBytes bounds a policy file; a larger one is refused.
const maxConfigBytes = 8 << 20

// readPolicy reads the policy file at path. Mistakes are returned as one inputError that holds them all, warnings are
// printed to warn.
func readPolicy(path string, warn io.Writer) (*policy.Policy, error) {
	data, err := readFile(path, maxConfigBytes)
	if err != nil {
		return nil, hinted{inputError{err}, "name the file with --config, or try sekimori run --demo"}
	}
	return compile(path, data, warn)
}

func compile(name string, data []byte, warn io.Writer) (*policy.Policy, error) {
	return compileWith(policyFiles{}, name, data, warn)
}

// compileWith is compile with the files that the policy names.
func compileWith(files policyfile.Files, name string, data []byte, warn io.Writer) (*policy.Policy, error) {
	p, problems := policyfile.ReadAt(name, data, time.Now(), files)
	if w := problems.Warnings(); len(w) > 0 {
		fmt.Fprint(warn, w)
	}
	switch e := problems.Errors(); len(e) {
	case 0:
		return p, nil
	case 1:
		fmt.Fprint(warn, e)
		return nil, badInput("%s: 1 mistake", name)
	default:
		fmt.Fprint(warn, e)
		return nil, badInput("%s: %d mistakes", name, len(e))
	}
}

// policyFiles reads the files that a policy names. Its errors follow the name of the file, which is not said again.
type policyFiles struct{}

// ReadFile reads a file of at most most octets.
func (f policyFiles) ReadFile(name string, most int64) ([]byte, error) { return f.read(name, most, 0) }

// ReadSecret reads a file that not everyone may read.
func (f policyFiles) ReadSecret(name string, most int64) ([]byte, error) {
	return f.read(name, most, 0o004)
}

// read reads a file none of whose permissions are among forbidden.
func (policyFiles) read(name string, most int64, forbidden fs.FileMode) ([]byte, error) {
	info, err := os.Stat(name)
	switch {
	case err != nil:
		return nil, nameless(name, err)
	case !info.Mode().IsRegular(): // a pipe would keep a reload waiting
		return nil, errors.New("it is no plain file")
	case info.Mode().Perm()&forbidden != 0:
		return nil, errors.New("everyone may read it: chmod o-rwx it")
	}
	data, err := readFile(name, most)
	return data, nameless(name, err)
}

// nameless takes the name of a file out of an error.
func nameless(name string, err error) error {
	var p *fs.PathError
	if errors.As(err, &p) {
		return p.Err
	}
	if err != nil {
		return errors.New(strings.TrimPrefix(err.Error(), name+": "))
	}
	return nil
}

// readFile reads a file of at most limit octets.
func readFile(path string, limit int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return readAll(f, path, limit)
}

// readAll reads r, called name in errors, which may hold at most limit octets.
func readAll(r io.Reader, name string, limit int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: larger than %d octets", name, limit)
	}
	return data, nil
}
