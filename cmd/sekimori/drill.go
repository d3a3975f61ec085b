package main

import (
	"bytes"
	"slices"

	"sekimori/policy"
)

// drillCmd is all about drills with mock targeted mail.
type drillCmd struct {
	Token  drillTokenCmd  `cmd:"" help:"Print the header line that the mail of a round carries."`
	Check  drillCheckCmd  `cmd:"" help:"Say whether a mail would be recognised as that of a round, and what is in the way."`
	Import drillImportCmd `cmd:"" help:"Take over what other programs recorded of a round."`
	Counts drillCountsCmd `cmd:"" help:"Print what was counted, for those who compare several bodies: numbers, no persons."`
	Report drillReportCmd `cmd:"" help:"Compare the rounds of a drill: text, CSV, JSON or a page."`
	Close  drillCloseCmd  `cmd:"" help:"End the counting of a drill, and on demand destroy what it knows of persons."`
}

// policyOfDrills reads a policy file for a command about drills. Warnings, such as that a window has passed, are the business of
// sekimori check.
func policyOfDrills(path string, s streams) (*policy.Policy, error) {
	var notes bytes.Buffer
	p, err := readPolicy(path, &notes)
	if err != nil {
		_, _ = s.err.Write(notes.Bytes())
	}
	return p, err
}

// findDrill finds a drill in the policy file, nil where it has none of that name.
func findDrill(p *policy.Policy, name string) *policy.Drill {
	i := slices.IndexFunc(p.Drills, func(d policy.Drill) bool { return d.Name == name })
	if i < 0 {
		return nil
	}
	return &p.Drills[i]
}
