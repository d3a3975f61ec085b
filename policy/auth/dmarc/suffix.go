package dmarc

import (
	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

// listedSuffix reports whether the public suffix list has d as a suffix, in either of its two parts. Names under a
// top-level domain that the list does not know are not suffixes; the top-level domain itself is.
func listedSuffix(d policy.Domain) bool {
	s, _ := publicsuffix.PublicSuffix(string(d))
	return s == string(d)
}

// listedOrganisation returns the organisational domain of d by the public suffix list (RFC 7489, 3.2): the suffix
// and one label. A suffix is its own.
func listedOrganisation(d policy.Domain) policy.Domain {
	org, err := publicsuffix.EffectiveTLDPlusOne(string(d))
	if err != nil {
		return d
	}
	return policy.Domain(org)
}
