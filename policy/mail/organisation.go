package mail

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

// Organisation returns the name under which d was registered, by the public suffix list: the suffix and one label (RFC 7489, 3.2). A
// public suffix is its own, so that go.jp stands for nobody below it. It is the one place that says so: rules about who belongs
// together must not differ.
func Organisation(d policy.Domain) policy.Domain {
	suffix, _ := publicsuffix.PublicSuffix(string(d))
	end := len(d) - len(suffix) - 1 // of the label before the suffix
	if end < 1 {
		return d
	}
	return d[1+strings.LastIndexByte(string(d[:end]), '.'):]
}
