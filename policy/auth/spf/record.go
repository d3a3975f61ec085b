package spf

import (
	"net/netip"
	"strings"

	"sekimori/policy"
)

// Qualifier stands before a mechanism and says what a match means (RFC 7208, 4.6.2).
type Qualifier string

// The qualifiers, as they are written. A mechanism without one has Pass.
const (
	Pass     Qualifier = "+"
	Fail     Qualifier = "-"
	SoftFail Qualifier = "~"
	Neutral  Qualifier = "?"
)

// Result returns the result that a match leads to.
func (q Qualifier) Result() policy.Result {
	switch q {
	case Fail:
		return policy.ResultFail
	case SoftFail:
		return policy.ResultSoftFail
	case Neutral:
		return policy.ResultNeutral
	case Pass:
	}
	return policy.ResultPass
}

// Kind is the name of a mechanism or of a modifier, in lower case.
type Kind string

// The mechanisms (RFC 7208, 5) and the modifiers (6). KindOther is any modifier that the RFC does not define.
const (
	KindAll      Kind = "all"
	KindInclude  Kind = "include"
	KindA        Kind = "a"
	KindMX       Kind = "mx"
	KindPTR      Kind = "ptr"
	KindIP4      Kind = "ip4"
	KindIP6      Kind = "ip6"
	KindExists   Kind = "exists"
	KindRedirect Kind = "redirect"
	KindExp      Kind = "exp"
	KindOther    Kind = "other"
)

// Asks reports whether a term of this kind counts against Limits.Terms (RFC 7208, 4.6.4).
func (k Kind) Asks() bool {
	switch k {
	case KindInclude, KindA, KindMX, KindPTR, KindExists, KindRedirect:
		return true
	case KindAll, KindIP4, KindIP6, KindExp, KindOther:
	}
	return false
}

// Term is one mechanism with its qualifier, or one modifier.
type Term struct {
	Text      string // as written
	Offset    int    // octets before it in the record
	Kind      Kind
	Qualifier Qualifier    // mechanisms only
	Target    Spec         // the domain-spec; empty where the term has none, which means the current domain
	Network   netip.Prefix // ip4 and ip6 only; host bits as written
	Bits4     uint8        // a and mx: prefix length for an IPv4 client, 32 when not written
	Bits6     uint8        // a and mx: prefix length for an IPv6 client, 128 when not written

	reach uint64 // IPv4 addresses that the ip4 terms of the record up to this one let in; see measure
}

// Record is one SPF record, read.
type Record struct {
	Text       string
	Mechanisms []Term // in order; those that follow "all" too
	Modifiers  []Term // in order, unknown ones too
}

// Modifier returns the modifier of the given kind, or nil when the record has none.
func (r *Record) Modifier(k Kind) *Term {
	for i := range r.Modifiers {
		if r.Modifiers[i].Kind == k {
			return &r.Modifiers[i]
		}
	}
	return nil
}

// Problem is the class of a mistake.
type Problem string

// The problems.
const (
	ProblemVersion   Problem = "version"            // it does not begin with v=spf1
	ProblemTooLong   Problem = "too_long"           // more than MaxRecord octets
	ProblemCharacter Problem = "character"          // an octet that is no visible ASCII character and no space
	ProblemMechanism Problem = "unknown_mechanism"  // no mechanism has this name
	ProblemArgument  Problem = "argument"           // an argument is missing, or there is one where none belongs
	ProblemDomain    Problem = "domain"             // not a domain-spec
	ProblemMacro     Problem = "macro"              // a broken or misplaced macro
	ProblemNetwork   Problem = "network"            // not an IPv4 or IPv6 address
	ProblemPrefix    Problem = "prefix_length"      // not a prefix length
	ProblemDuplicate Problem = "duplicate_modifier" // redirect or exp for the second time
)

// Problems lists every Problem.
func Problems() []Problem {
	return []Problem{ProblemVersion, ProblemTooLong, ProblemCharacter, ProblemMechanism, ProblemArgument, ProblemDomain,
		ProblemMacro, ProblemNetwork, ProblemPrefix, ProblemDuplicate}
}

// Mistake is one place where a record breaks the grammar of RFC 7208, 12.
type Mistake struct {
	Problem Problem
	Offset  int    // octets before the term in the record
	Term    string // as written; may hold any octet
	Detail  string // for people, in plain ASCII
}

// String returns the mistake in one line of printable ASCII.
func (m Mistake) String() string {
	if m.Term == "" {
		return m.Detail
	}
	return printable(m.Term) + ": " + m.Detail
}

// IsRecord reports whether a TXT record is an SPF record by its version section (RFC 7208, 4.5): "v=spf1" in any case,
// at its end or before a space.
func IsRecord(txt string) bool {
	const version = "v=spf1"
	return len(txt) >= len(version) && strings.EqualFold(txt[:len(version)], version) &&
		(len(txt) == len(version) || txt[len(version)] == ' ')
}
