package survey

import (
	"context"
	"strings"

	"sekimori/policy"
)

// presence asks for a TXT record that may stand once. Read reports whether a text is such a record at all, and whether
// it can be used.
func (s *Surveyor) presence(ctx context.Context, name string, read func(txt string) (is, good bool)) Presence {
	a := s.resolver.Lookup(ctx, name, policy.TypeTXT)
	if a.Status.Temporary() {
		return Presence{State: Unknown, Why: WhyDNS}
	}
	n, usable := 0, false
	for _, txt := range a.TXT {
		is, good := read(txt)
		if is {
			n++
			usable = good
		}
	}
	switch {
	case n == 0:
		return Presence{State: No}
	case n > 1:
		return Presence{State: Invalid, Why: WhySeveral}
	case !usable:
		return Presence{State: Invalid, Why: WhySyntax}
	}
	return Presence{State: Yes}
}

// maxSTSID is the length of the id of an MTA-STS record, in octets (RFC 8461, 3.1).
const maxSTSID = 32

// mtaSTS reads an MTA-STS record (RFC 8461, 3.1): the version, and an id of letters and digits.
func mtaSTS(txt string) (is, good bool) {
	rest, is := cutVersion(txt, "v=STSv1")
	if !is {
		return false, false
	}
	for field := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.Trim(field, " \t"), "=")
		if name == "id" {
			return true, value != "" && len(value) <= maxSTSID && strings.Trim(value, letters) == ""
		}
	}
	return true, false
}

const letters = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

// tlsRPT reads a TLS reporting record (RFC 8460, 3): the version, and where reports go by mail or HTTPS.
func tlsRPT(txt string) (is, good bool) {
	rest, is := cutVersion(txt, "v=TLSRPTv1")
	if !is {
		return false, false
	}
	for field := range strings.SplitSeq(rest, ";") {
		name, value, _ := strings.Cut(strings.Trim(field, " \t"), "=")
		if name != "rua" {
			continue
		}
		for uri := range strings.SplitSeq(value, ",") {
			uri = strings.Trim(uri, " \t")
			if !hasScheme(uri, "mailto:") && !hasScheme(uri, "https:") {
				return true, false
			}
		}
		return true, true
	}
	return true, false
}

func hasScheme(uri, scheme string) bool {
	return len(uri) > len(scheme) && strings.EqualFold(uri[:len(scheme)], scheme)
}

// cutVersion cuts the version field off: it comes first, in this case, before a semicolon or the end.
func cutVersion(txt, version string) (rest string, ok bool) {
	rest, ok = strings.CutPrefix(txt, version)
	if !ok {
		return "", false
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" {
		return "", true
	}
	return strings.CutPrefix(rest, ";")
}
