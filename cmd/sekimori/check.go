package main

import (
	"fmt"

	"sekimori/policy/policyfile"
)

type checkCmd struct {
	File  string `arg:"" help:"The configuration file."`
	Print bool   `help:"Print the policy in words, with every default filled in."`
}

// Run reads the file as run does and prints every mistake; exit status 2 where there is one.
func (c *checkCmd) Run(s streams) error {
	p, err := readPolicy(c.File, s.err)
	if err != nil {
		return err
	}
	if c.Print {
		return policyfile.Print(s.out, p)
	}
	_, err = fmt.Fprintf(s.out, "%s: no mistakes\n", c.File)
	return err
}
