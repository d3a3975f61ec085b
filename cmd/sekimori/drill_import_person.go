package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/drill/imports"
)

// errLedger is wrapped by the errors of a ledger that does not answer.
var errLedger = errors.New("the ledger does not answer")

// identify returns what turns an address into a keyed hash, and says where the person belongs. What is no [[organisation]]
// is policy.Other.
func identify(ctx context.Context, l drillLedger, drill, by string, names map[string]string, p *policy.Policy) func(imports.Subject) (string, string, error) {
	return func(s imports.Subject) (string, string, error) {
		person, err := l.Person(ctx, drill, s.Address)
		if err != nil {
			return "", "", fmt.Errorf("%w: %w", errLedger, err)
		}
		if by == "domain" {
			return person, p.Organisation(s.Address.Domain), nil
		}
		text := map[string]string{"campaign": s.Campaign, "position": s.Position, "department": s.Department, "company": s.Company, "office": s.Office}[by]
		switch name, named := names[text]; {
		case text == "":
			return person, "", nil // another file of the import may say it
		case named:
			return person, name, nil
		case isOrganisation(p, text):
			return person, text, nil
		}
		return person, policy.Other, nil
	}
}

func isOrganisation(p *policy.Policy, name string) bool {
	return slices.ContainsFunc(p.Organisations, func(o policy.Organisation) bool { return o.Name == name })
}

// organisations checks what was said about organisations, and returns the name for each text.
func (c *drillImportCmd) organisations(p *policy.Policy, source imports.Source) (map[string]string, error) {
	names := map[string]string{}
	for _, entry := range c.OrgName {
		i := strings.LastIndexByte(entry, '=') // the text may hold one itself
		if i < 1 {
			return nil, badInput("--org-name %q: it is no TEXT=NAME", entry)
		}
		if !isOrganisation(p, entry[i+1:]) {
			return nil, badInput("--org-name %q: there is no [[organisation]] %q", entry, entry[i+1:])
		}
		names[entry[:i]] = entry[i+1:]
	}
	if possible := orgBy(source); !slices.Contains(possible, c.OrgBy) {
		return nil, badInput("--org-by %s: %s does not say that; possible are %s", c.OrgBy, source, strings.Join(possible, ", "))
	}
	if len(c.OrgName) > 0 && c.OrgBy == "domain" {
		return nil, hinted{badInput("--org-name goes with another --org-by than domain"), "the domains of an [[organisation]] are in the policy file"}
	}
	if c.OpenedBy != "" {
		if _, r, err := findRound(p, c.Drill, c.Round); err == nil && r.Kind != policy.DrillAttachment {
			return nil, badInput("--opened-by: round %d has no attachment; whoever follows its link has opened the page", c.Round)
		}
	}
	return names, nil
}

// orgBy lists what a source can say about where a person belongs.
func orgBy(s imports.Source) []string {
	switch s {
	case imports.GophishEvents, imports.GophishAPI: // events have no position, the results beside them do
		return []string{"domain", "campaign", "position"}
	case imports.GophishWebhook:
		return []string{"domain", "campaign"}
	case imports.GophishResults:
		return []string{"domain", "position"}
	case imports.Microsoft:
		return []string{"domain", "position", "department", "company", "office"}
	case imports.KnowBe4, imports.Mailbox:
	}
	return []string{"domain"}
}
