package mail

import (
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"

	"sekimori/policy"
)

// maxRounds bounds the unpacking of names that are packed into A-labels more than once; beyond it s is no domain.
const maxRounds = 4

// Domain reads a domain name in every spelling that a mail client or an MTA takes for it and returns the canonical
// one: lower case A-labels (RFC 5890, 2.3.2.1). It takes any case, one trailing dot, blanks around it, full width
// letters and dots, the ideographic full stops (RFC 3490, 3.1), U-labels, and characters that cannot be seen.
// Names that the IDNA rules for look-up refuse (RFC 5891, 5) are taken as far as Punycode can write them, because
// clients show them all the same. An A-label that hides plain letters becomes those letters.
//
// False means that s is empty, an address literal, longer than MaxDomainInput, or no domain name in any reading.
// A name in small ASCII letters is returned without allocation, with capitals for one.
func Domain(s string) (policy.Domain, bool) {
	if d, ok := plainDomain(s); ok {
		return d, true
	}
	if s == "" || len(s) > MaxDomainInput {
		return "", false
	}
	if d, ok := plainDomain(lowerASCII(s)); ok {
		return d, true
	}
	return foreignDomain(s)
}

// plainDomain reads the spelling that nearly every mail uses: small ASCII letters, no A-label.
func plainDomain(s string) (policy.Domain, bool) {
	s = strings.TrimSuffix(s, ".")
	if s == "" || len(s) > policy.MaxDomainLength {
		return "", false
	}
	start := 0
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '.':
			if i == start || i-start > policy.MaxLabelLength {
				return "", false
			}
			start = i + 1
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '_':
		case c == '-':
			if i == start+3 && s[start:i+1] == "xn--" {
				return "", false
			}
		default:
			return "", false
		}
	}
	if n := len(s) - start; n == 0 || n > policy.MaxLabelLength {
		return "", false
	}
	return policy.Domain(s), true
}

// foreignDomain repeats folding, encoding and decoding until the name stays what it is, so that one name has one
// result however often it was wrapped.
func foreignDomain(s string) (policy.Domain, bool) {
	if strings.ContainsRune(s, utf8.RuneError) { // also where s is no UTF-8
		return "", false
	}
	name := foldDomain(s)
	for range maxRounds {
		alabels := mapLabels(name, encodeLabel)
		next := foldDomain(mapLabels(alabels, decodeLabel))
		if next == name {
			d, err := policy.ParseDomain(alabels)
			return d, err == nil
		}
		name = next
	}
	return "", false
}

// foldDomain folds s and writes every full stop that separates labels as a dot (UTS #46, 4).
func foldDomain(s string) string {
	s = strings.ToLower(trim(fold(s)))
	s = strings.ReplaceAll(s, "。", ".")
	return strings.TrimRight(s, ".")
}

func mapLabels(name string, f func(string) string) string {
	if !strings.Contains(name, ".") {
		return f(name)
	}
	labels := strings.Split(name, ".")
	for i, l := range labels {
		labels[i] = f(l)
	}
	return strings.Join(labels, ".")
}

func encodeLabel(label string) string {
	if ascii(label) {
		return label
	}
	if a, err := idna.Lookup.ToASCII(label); err == nil {
		return a
	}
	a, err := idna.Punycode.ToASCII(label)
	if err != nil {
		return label
	}
	return a
}

func decodeLabel(label string) string {
	packed, ok := strings.CutPrefix(label, "xn--")
	if !ok {
		return label
	}
	// Plain letters followed by the delimiter and nothing more: a careful decoder refuses it, a careless one shows
	// the letters (RFC 3492, 6.2).
	if letters, ok := strings.CutSuffix(packed, "-"); ok && letters != "" {
		return letters
	}
	u, err := idna.Punycode.ToUnicode(label)
	if err != nil {
		return label
	}
	return u
}
