package conformance

import (
	"fmt"
	"strings"
	"testing"

	"sekimori/internal/spfsuite"
	"sekimori/policy"
)

// longestString is how many octets a character-string of a TXT record has (RFC 1035, 3.3).
const longestString = 255

// zonefile writes the names of a scenario as a zone file.
func zonefile(t testing.TB, sc spfsuite.Scenario) string {
	t.Helper()
	var b strings.Builder
	for _, n := range sc.Names {
		owner := escape(n.Name) + ". "
		for _, r := range n.Records {
			b.WriteString(owner + data(r) + "\n")
		}
		switch {
		case n.CNAME != "":
			b.WriteString(owner + "CNAME " + escape(n.CNAME) + ".\n")
		case n.Broken == policy.DNSTimeout && len(n.Records) > 0:
			// The zone file breaks whole names. The suites say this of names that have a TXT record, and mean
			// the type SPF (RFC 7208, 3.1), which nobody asks for.
			for _, r := range n.Records {
				if r.Type != policy.TypeTXT {
					t.Errorf("%s: %s is answered and other types are not", n.Name, r.Type)
				}
			}
		case n.Broken != "":
			fmt.Fprintf(&b, "%sTXT sekimori-test:%s\n", owner, n.Broken)
		case len(n.Records) == 0:
			b.WriteString(owner + "HINFO a b\n") // there is such a name
		}
	}
	return b.String()
}

// data writes type and data of a record.
func data(r spfsuite.Record) string {
	switch r.Type {
	case policy.TypeTXT:
		s := "TXT"
		rest := r.Value
		for {
			n := min(len(rest), longestString)
			s += ` "` + escape(rest[:n]) + `"`
			if rest = rest[n:]; rest == "" {
				return s
			}
		}
	case policy.TypeMX:
		return fmt.Sprintf("MX %d %s.", r.Preference, escape(strings.TrimSuffix(r.Value, ".")))
	case policy.TypePTR:
		return "PTR " + escape(r.Value) + "."
	case policy.TypeA, policy.TypeAAAA:
	}
	return string(r.Type) + " " + r.Value
}

// escape writes every octet that could mean something else as \DDD (RFC 1035, 5.1), but for dots.
func escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		switch c := s[i]; {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', c == '.', c == '-', c == '_':
			b.WriteByte(c)
		default:
			fmt.Fprintf(&b, `\%03d`, c)
		}
	}
	return b.String()
}
