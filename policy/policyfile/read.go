// Package policyfile turns a policy file into a *policy.Policy. It decides what a file may say, what a missing key
// means and which mistakes are told where; what the settings do is in the packages that read the policy.
//
// A file is TOML. Every mistake is told at once, each with file, line, column and key; oddities that leave the file
// usable are warnings. The package reads no clock: ReadAt is told the time at which an end date is past.
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
// Read does not know the time, so an exemption that has ended is not told.
func Read(name string, data []byte) (*policy.Policy, Problems) {
	return ReadAt(name, data, time.Time{})
}

// ReadAt is Read with warnings about exemptions that have ended at a time.
func ReadAt(name string, data []byte, at time.Time) (*policy.Policy, Problems) {
	d := parse(name, data)
	c := newCompiler(d, at)
	if len(data) <= MaxSize {
		c.compile()
		d.conform()
	}
	problems := d.problems()
	if problems.Failed() {
		return nil, problems
	}
	return c.policy, problems
}
