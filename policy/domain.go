package policy

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Domain is a domain name in its one canonical spelling: lower case, A-labels, no trailing dot.
// The zero value is "no domain". Two Domains name the same domain exactly when they are equal.
// Foreign spellings (full width, U-labels) become a Domain in policy/mail.
type Domain string

// Limits of a domain name in text form, in octets (RFC 1035, 2.3.4).
const (
	MaxDomainLength = 253
	MaxLabelLength  = 63
)

// ErrDomain is wrapped by every error of ParseDomain.
var ErrDomain = errors.New("not a domain name")

// ParseDomain reads an ASCII domain name in any case, with or without one trailing dot.
// It admits letters, digits, hyphen and underscore (RFC 1035, 2.3.1, and the underscore of RFC 8552), labels of
// 1 to 63 octets and names of up to 253. Everything else, an address literal included, is an error that wraps ErrDomain.
func ParseDomain(s string) (Domain, error) {
	name := strings.TrimSuffix(s, ".")
	if name == "" {
		return "", fmt.Errorf("%w: it is empty", ErrDomain)
	}
	if len(name) > MaxDomainLength {
		return "", fmt.Errorf("%w: %d octets, at most %d are possible", ErrDomain, len(name), MaxDomainLength)
	}
	lower := true
	label := 0
	for i := 0; i < len(name); i++ {
		c := name[i]
		switch {
		case c == '.':
			if label == 0 {
				return "", fmt.Errorf("%w: it has an empty label", ErrDomain)
			}
			label = 0
			continue
		case 'A' <= c && c <= 'Z':
			lower = false
		case 'a' <= c && c <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			return "", fmt.Errorf("%w: the octet %q cannot stand in it", ErrDomain, c)
		}
		if label++; label > MaxLabelLength {
			return "", fmt.Errorf("%w: a label has more than %d octets", ErrDomain, MaxLabelLength)
		}
	}
	if label == 0 {
		return "", fmt.Errorf("%w: it has an empty label", ErrDomain)
	}
	if !lower {
		name = strings.ToLower(name)
	}
	return Domain(name), nil
}

// Under reports whether d equals parent or lies below it, label by label.
func (d Domain) Under(parent Domain) bool {
	if parent == "" || len(d) < len(parent) || !strings.HasSuffix(string(d), string(parent)) {
		return false
	}
	return len(d) == len(parent) || d[len(d)-len(parent)-1] == '.'
}

// Parent returns d without its first label, or the zero Domain for a single label.
func (d Domain) Parent() Domain {
	_, rest, _ := strings.Cut(string(d), ".")
	return Domain(rest)
}

// Labels returns the number of labels in d; 0 for the zero Domain.
func (d Domain) Labels() int {
	if d == "" {
		return 0
	}
	return strings.Count(string(d), ".") + 1
}

// DomainSet is a set of domains written as in a configuration file: "mof.go.jp" is that name alone,
// ".mof.go.jp" is every name below it but not itself, as in a Postfix access table.
type DomainSet struct {
	exact map[Domain]bool
	below map[Domain]bool
}

// ParseDomainSet reads entries; an error names the entry that is not a domain.
func ParseDomainSet(entries ...string) (DomainSet, error) {
	var s DomainSet
	for _, e := range entries {
		if err := s.Add(e); err != nil {
			return DomainSet{}, err
		}
	}
	return s, nil
}

// Add puts one entry into the set.
func (s *DomainSet) Add(entry string) error {
	name, below := strings.CutPrefix(entry, ".")
	d, err := ParseDomain(name)
	if err != nil {
		return fmt.Errorf("%q: %w", entry, err)
	}
	m := &s.exact
	if below {
		m = &s.below
	}
	if *m == nil {
		*m = make(map[Domain]bool)
	}
	(*m)[d] = true
	return nil
}

// Empty reports whether the set holds nothing.
func (s DomainSet) Empty() bool { return len(s.exact) == 0 && len(s.below) == 0 }

// Contains reports whether d is in the set.
func (s DomainSet) Contains(d Domain) bool {
	if s.exact[d] {
		return true
	}
	if len(s.below) == 0 {
		return false
	}
	for p := d.Parent(); p != ""; p = p.Parent() {
		if s.below[p] {
			return true
		}
	}
	return false
}

// Entries returns the entries as a configuration file would have them, sorted by name, each name before those below it.
func (s DomainSet) Entries() []string {
	entries := make([]string, 0, len(s.exact)+len(s.below))
	for d := range s.exact {
		entries = append(entries, string(d))
	}
	for d := range s.below {
		entries = append(entries, "."+string(d))
	}
	slices.SortFunc(entries, func(a, b string) int {
		return cmp.Or(strings.Compare(strings.TrimPrefix(a, "."), strings.TrimPrefix(b, ".")), strings.Compare(b, a))
	})
	return entries
}
