package spf

import (
	"errors"
	"fmt"
	"net/netip"
	"strings"
)

// MaxRecord is the number of octets of a record beyond which it is not read: the record is then a permanent error.
// RFC 7208, 3.4, recommends that the whole answer stays below 512.
const MaxRecord = 8 << 10

// Read reads an SPF record by the grammar of RFC 7208, 12, to its end, and returns every mistake in it. A record with
// a mistake is a permanent error whatever matches before the mistake (4.6); the Record then holds the terms without one.
// Read never panics, whatever octets it gets.
func Read(record string) (Record, []Mistake) {
	r := Record{Text: record}
	if !IsRecord(record) {
		return r, []Mistake{{Problem: ProblemVersion, Detail: "it does not begin with v=spf1"}}
	}
	if len(record) > MaxRecord {
		return r, []Mistake{{Problem: ProblemTooLong, Detail: fmt.Sprintf("the record has more than %d octets", MaxRecord)}}
	}
	var mistakes []Mistake
	r.Mechanisms = make([]Term, 0, min(strings.Count(record, " "), 32))
	for i := len("v=spf1"); i < len(record); {
		if record[i] == ' ' {
			i++
			continue
		}
		end := i + 1
		for end < len(record) && record[end] != ' ' {
			end++
		}
		t := Term{Text: record[i:end], Offset: i}
		if m := r.add(&t); m.Problem != "" {
			m.Offset, m.Term = t.Offset, t.Text
			mistakes = append(mistakes, m)
		}
		i = end
	}
	return r, mistakes
}

// add reads one term and puts it where it belongs.
func (r *Record) add(t *Term) Mistake {
	for i := 0; i < len(t.Text); i++ {
		if c := t.Text[i]; c < '!' || c > '~' {
			return Mistake{Problem: ProblemCharacter, Detail: fmt.Sprintf("the octet 0x%02x cannot stand in a record", c)}
		}
	}
	if name, value, ok := cutModifier(t.Text); ok {
		m := readModifier(t, name, value)
		if m.Problem == "" && t.Kind != KindOther && r.Modifier(t.Kind) != nil {
			return Mistake{Problem: ProblemDuplicate, Detail: "it is allowed once"}
		}
		if m.Problem == "" {
			r.Modifiers = append(r.Modifiers, *t)
		}
		return m
	}
	m := readMechanism(t)
	if m.Problem == "" {
		r.Mechanisms = append(r.Mechanisms, *t)
	}
	return m
}

// cutModifier reports whether term is a modifier: a name with "=" right after it (RFC 7208, 4.6.1).
func cutModifier(term string) (name, value string, ok bool) {
	if !isAlpha(term[0]) {
		return "", "", false
	}
	for i := 0; i < len(term); i++ {
		switch c := term[i]; {
		case c == '=':
			return term[:i], term[i+1:], true
		case isAlpha(c), isDigit(c), c == '-', c == '_', c == '.':
		default:
			return "", "", false
		}
	}
	return "", "", false
}

func readModifier(t *Term, name, value string) Mistake {
	var err error
	switch {
	case strings.EqualFold(name, string(KindRedirect)):
		t.Kind = KindRedirect
		t.Target, err = readDomainSpec(value)
	case strings.EqualFold(name, string(KindExp)):
		t.Kind = KindExp
		t.Target, err = readDomainSpec(value)
	default:
		t.Kind = KindOther
		t.Target, _, err = readMacros(value, false)
	}
	return mistake(err)
}

func readMechanism(t *Term) Mistake {
	text := t.Text
	t.Qualifier = Pass
	switch text[0] {
	case '+', '-', '~', '?':
		t.Qualifier = Qualifier(text[:1])
		text = text[1:]
	}
	name, rest := text, ""
	if i := strings.IndexAny(text, ":/"); i >= 0 {
		name, rest = text[:i], text[i:]
	}
	for _, k := range [...]Kind{KindIP4, KindInclude, KindA, KindMX, KindAll, KindIP6, KindExists, KindPTR} {
		if strings.EqualFold(name, string(k)) {
			t.Kind = k
			return readArgument(t, rest)
		}
	}
	return Mistake{Problem: ProblemMechanism, Detail: "no mechanism has this name"}
}

// readArgument reads what follows the name of a mechanism: "", ":…", or "/…".
func readArgument(t *Term, rest string) Mistake {
	value, colon := strings.CutPrefix(rest, ":")
	var err error
	switch t.Kind {
	case KindAll:
		if rest != "" {
			err = errArgument
		}
	case KindInclude, KindExists:
		if !colon {
			return Mistake{Problem: ProblemArgument, Detail: "it needs a domain"}
		}
		t.Target, err = readDomainSpec(value)
	case KindPTR:
		switch {
		case colon:
			t.Target, err = readDomainSpec(value)
		case rest != "":
			err = errPrefix
		}
	case KindA, KindMX:
		t.Bits4, t.Bits6, value, err = cutDualPrefix(value)
		switch {
		case err != nil:
		case colon:
			t.Target, err = readDomainSpec(value)
		case value != "":
			err = errPrefix
		}
	case KindIP4, KindIP6:
		if !colon {
			return Mistake{Problem: ProblemArgument, Detail: "it needs an address"}
		}
		t.Network, err = readNetwork(value, t.Kind)
	case KindRedirect, KindExp, KindOther: // no mechanisms
	}
	return mistake(err)
}

var (
	errArgument = errors.New("it takes no argument")
	errPrefix   = errors.New("this is no prefix length")
	errNetwork  = errors.New("this is no address")
)

// mistake names the class of an error.
func mistake(err error) Mistake {
	if err == nil {
		return Mistake{}
	}
	m := Mistake{Problem: ProblemDomain, Detail: err.Error()}
	switch err {
	case errArgument:
		m.Problem = ProblemArgument
	case errPrefix:
		m.Problem = ProblemPrefix
	case errNetwork:
		m.Problem = ProblemNetwork
	case errMacro, errLetter, errExpOnly, errKeep:
		m.Problem = ProblemMacro
	}
	return m
}

// cutDualPrefix takes a dual-cidr-length (RFC 7208, 5.6) off the end of s. A domain-spec may itself hold slashes but
// ends in a top label or a macro, so that digits after a slash at the very end are never part of it.
func cutDualPrefix(s string) (bits4, bits6 uint8, rest string, err error) {
	bits4, bits6 = 32, 128
	i := strings.LastIndexByte(s, '/')
	if i < 0 || strings.IndexByte(s[i:], '}') >= 0 { // "%{d/}" ends in a macro with a delimiter
		return bits4, bits6, s, nil
	}
	if i > 0 && s[i-1] == '/' {
		if bits6, err = readPrefix(s[i+1:], 128); err != nil {
			return 0, 0, "", err
		}
		s = s[:i-1]
		if i = strings.LastIndexByte(s, '/'); i < 0 || !allDigits(s[i+1:]) {
			return bits4, bits6, s, nil
		}
	} else if i < len(s)-1 && !allDigits(s[i+1:]) {
		return bits4, bits6, s, nil // a slash inside a domain-spec
	}
	if bits4, err = readPrefix(s[i+1:], 32); err != nil {
		return 0, 0, "", err
	}
	return bits4, bits6, s[:i], nil
}

// readPrefix reads a prefix length: decimal, without leading zeros.
func readPrefix(s string, most int) (uint8, error) {
	if s == "" || len(s) > 3 || !allDigits(s) || s[0] == '0' && len(s) > 1 {
		return 0, errPrefix
	}
	n := 0
	for i := 0; i < len(s); i++ {
		n = n*10 + int(s[i]-'0')
	}
	if n > most {
		return 0, errPrefix
	}
	return uint8(n), nil
}

func allDigits(s string) bool {
	for i := 0; i < len(s); i++ {
		if !isDigit(s[i]) {
			return false
		}
	}
	return s != ""
}

// readNetwork reads the argument of ip4 or ip6 (RFC 7208, 5.6).
func readNetwork(s string, k Kind) (netip.Prefix, error) {
	text, length, slash := strings.Cut(s, "/")
	addr, err := netip.ParseAddr(text)
	if err != nil || addr.Zone() != "" || addr.Is4() != (k == KindIP4) {
		return netip.Prefix{}, errNetwork
	}
	bits := uint8(addr.BitLen())
	if slash {
		if bits, err = readPrefix(length, addr.BitLen()); err != nil {
			return netip.Prefix{}, err
		}
	}
	return netip.PrefixFrom(addr, int(bits)), nil
}
