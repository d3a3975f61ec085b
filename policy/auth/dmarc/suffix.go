package dmarc

import (
	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// listedSuffix reports whether the public suffix list has d as a suffix, in either of its two parts. Names under a
// top-level domain that the list does not know are not suffixes; the top-level domain itself is.
func listedSuffix(d policy.Domain) bool {
	s, _ := publicsuffix.PublicSuffix(string(d))
	return s == string(d)
}

// listedOrganisation returns the organisational domain of d by the public suffix list, where DNS says nothing of it (RFC 7489, 3.2).
func listedOrganisation(d policy.Domain) policy.Domain { return mail.Organisation(d) }
