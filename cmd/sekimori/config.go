package main

import (
	"fmt"
	"io"
	"os"
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
	p, problems := policyfile.ReadAt(name, data, time.Now())
	if w := problems.Warnings(); len(w) > 0 {
		fmt.Fprint(warn, w)
	}
	if e := problems.Errors(); len(e) > 0 {
		fmt.Fprint(warn, e)
		return nil, badInput("%s: %d mistakes", name, len(e))
	}
	return p, nil
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
