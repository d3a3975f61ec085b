// Package policyfile turns a policy file into a *policy.Policy. It decides what a file may say, what a missing key
// means and which mistakes are told where; what the settings do is in the packages that read the policy.
//
// A file is TOML. Every mistake is told at once, each with file, line, column and key; oddities that leave the file
// usable are warnings. The package reads no clock and no file: ReadAt is told the time at which an end date is past, and is handed
// what the files hold that a policy names. Mistakes in those are told with their own lines.
package policyfile

import (
	_ "embed"
	"time"

	"sekimori/policy"
)

//go:embed default.toml
var defaultFile string

// DefaultFile returns a policy file with comments that protects go.jp, as a start for one's own and for trying things out.
func DefaultFile() []byte { return []byte(defaultFile) }

// Read compiles a policy file; name is what problems call it. The policy is nil exactly when problems.Failed().
// Read does not know the time, so what has ended is not told; and it opens no file, so lists that the policy takes from files are those
// shipped, and bulletins and the keys of drills are empty.
func Read(name string, data []byte) (*policy.Policy, Problems) {
	return ReadAt(name, data, time.Time{}, nil)
}

// ReadAt is Read with warnings about what has ended at a time, and with the files that the policy names. A name that does not begin
// with / is taken from the directory of name.
func ReadAt(name string, data []byte, at time.Time, files Files) (*policy.Policy, Problems) {
	d := parse(name, data)
	c := newCompiler(d, at)
	c.from = files
	if len(data) <= MaxSize {
		c.compile()
		d.conform()
	}
	problems := append(d.problems(), c.elsewhere...)
	if problems.Failed() {
		return nil, problems
	}
	return c.policy, problems
}
