package link

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// Written cuts an address in text, as mime.LinkText has it, down to what clients make a link of: letters may stand before its scheme,
// and Japanese directly behind the host.
func Written(s string) string {
	if n := schemeLength(s); n > 0 && !webScheme(lowerScheme(s[:n])) {
		for _, scheme := range []string{"https", "http"} {
			if n > len(scheme) && strings.EqualFold(s[n-len(scheme):n], scheme) {
				s = s[n-len(scheme):]
				break
			}
		}
	}
	from := strings.Index(s, "://") + len("://")
	if from < len("://") {
		from = 0
	}
	end := from
	for end < len(s) && s[end] < 0x80 {
		if s[end] == '/' || s[end] == '?' || s[end] == '#' || s[end] == '\\' {
			return s
		}
		end++
	}
	if end == len(s) {
		return s
	}
	host, port := splitPort(s[from:end])
	if port == "" && strings.HasSuffix(host, ".") {
		return s
	}
	if d, ok := mail.Domain(host); ok && KnownSuffix(d) {
		return s[:end]
	}
	return s
}

// KnownSuffix reports whether names can be registered under the suffix of d, by the public suffix list.
func KnownSuffix(d policy.Domain) bool {
	_, known := suffixOf(string(d))
	return known
}

// suffixOf returns the public suffix of a name, and whether it is a known one with something before it.
func suffixOf(name string) (suffix string, known bool) {
	suffix, icann := publicsuffix.PublicSuffix(name)
	return suffix, len(suffix) < len(name) && (icann || strings.Contains(suffix, "."))
}
