package mail

import (
	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

// Organisation returns the name under which d was registered, by the public suffix list: the suffix and one label. A public
// suffix is its own, so that go.jp stands for nobody below it.
func Organisation(d policy.Domain) policy.Domain {
	org, err := publicsuffix.EffectiveTLDPlusOne(string(d))
	if err != nil {
		return d
	}
	return policy.Domain(org)
}
