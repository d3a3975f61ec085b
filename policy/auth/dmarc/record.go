package dmarc

import (
	"strings"

	"sekimori/policy"
)

// PSD is what a record says of the name it stands at (RFC 9989, 4.7).
type PSD string

// The values of psd=.
const (
	PSDUnknown PSD = "u" // the default: nothing said
	PSDYes     PSD = "y" // a public suffix domain: the names one label below are organisational domains
	PSDNo      PSD = "n" // an organisational domain, whatever stands above it
)

// Fault says why the policy of a record cannot be taken as it stands (RFC 9989, 4.10.1).
type Fault string

// The faults.
const (
	FaultNone    Fault = ""
	FaultP       Fault = "p is not valid"
	FaultSP      Fault = "sp is not valid"
	FaultNP      Fault = "np is not valid"
	FaultMissing Fault = "p is missing"
)

// Record is a DMARC policy record (RFC 9989, 4.7). Its zero value asks for nothing.
type Record struct {
	P, SP, NP  policy.DMARCPolicy // "" where the tag is absent or not valid
	PSD        PSD
	StrictDKIM bool  // adkim=s
	StrictSPF  bool  // aspf=s
	Testing    bool  // t=y
	Sampled    bool  // pct= below 100 (RFC 7489, 6.3); it decides nothing unless Config.Percent is set
	Reports    bool  // rua= holds at least one URI that can be read
	Fault      Fault // the first that applies, in the order of the constants
}

// tag is a tag that decides something here. ruf and fo do not; rf and ri went with RFC 7489, and so did pct, which is
// read for those who still want it.
type tag uint8

const (
	tagP tag = iota
	tagSP
	tagNP
	tagPSD
	tagT
	tagADKIM
	tagASPF
	tagRUA
	tagPCT
	tags
)

// tagNamed finds a tag by its name; names are case-insensitive because the grammar writes them as plain ABNF
// strings (RFC 5234, 2.3).
func tagNamed(name string) (tag, bool) {
	var low [5]byte
	if len(name) > len(low) {
		return 0, false
	}
	for i := range len(name) {
		low[i] = name[i]
		if 'A' <= name[i] && name[i] <= 'Z' {
			low[i] += 'a' - 'A'
		}
	}
	switch string(low[:len(name)]) {
	case "p":
		return tagP, true
	case "sp":
		return tagSP, true
	case "np":
		return tagNP, true
	case "psd":
		return tagPSD, true
	case "t":
		return tagT, true
	case "adkim":
		return tagADKIM, true
	case "aspf":
		return tagASPF, true
	case "rua":
		return tagRUA, true
	case "pct":
		return tagPCT, true
	}
	return 0, false
}

// values holds the tags of one record before they are understood.
type values struct {
	text  [tags]string
	seen  [tags]bool
	twice [tags]bool
}

// Parse reads a TXT record. It reports false where the text is no DMARC record of this version: v= must come first
// and its value is exactly DMARC1 (RFC 9989, 4.7). Nothing after v= can make a record fail: unknown tags are left
// out, and a tag with a mistake counts as absent (4.8), except that a mistake in p, sp or np is a Fault.
//
// A tag that stands twice has no valid value, since nobody can say which one was meant; RFC 6376, 3.2, on whose
// syntax the record rests, forbids it.
func Parse(txt string) (Record, bool) {
	rest, ok := cutVersion(txt)
	if !ok {
		return Record{}, false
	}
	var v values
	for rest != "" {
		var spec string
		spec, rest, _ = strings.Cut(rest, ";")
		name, value, found := strings.Cut(spec, "=")
		t, known := tagNamed(trim(name))
		if !found || !known {
			continue
		}
		v.twice[t] = v.seen[t]
		v.seen[t] = true
		v.text[t] = trim(value)
	}
	return v.record(), true
}

// cutVersion reads dmarc-version and the separator after it (RFC 9989, 4.8).
func cutVersion(txt string) (rest string, ok bool) {
	if txt == "" || txt[0]|0x20 != 'v' {
		return "", false
	}
	value, found := strings.CutPrefix(strings.TrimLeft(txt[1:], " \t"), "=")
	if !found {
		return "", false
	}
	rest, found = strings.CutPrefix(strings.TrimLeft(value, " \t"), "DMARC1")
	if !found {
		return "", false
	}
	rest = strings.TrimLeft(rest, " \t")
	if rest == "" {
		return "", true
	}
	return strings.CutPrefix(rest, ";")
}

func trim(s string) string { return strings.Trim(s, " \t") }

// record understands the tags.
func (v *values) record() Record {
	r := Record{
		PSD:        PSDUnknown,
		StrictDKIM: v.is(tagADKIM, "s"),
		StrictSPF:  v.is(tagASPF, "s"),
		Testing:    v.is(tagT, "y"),
		Sampled:    v.seen[tagPCT] && !v.twice[tagPCT] && isSample(v.text[tagPCT]),
		Reports:    v.seen[tagRUA] && !v.twice[tagRUA] && hasReportURI(v.text[tagRUA]),
	}
	switch {
	case v.is(tagPSD, "y"):
		r.PSD = PSDYes
	case v.is(tagPSD, "n"):
		r.PSD = PSDNo
	}
	var okP, okSP, okNP bool
	r.P, okP = v.request(tagP)
	r.SP, okSP = v.request(tagSP)
	r.NP, okNP = v.request(tagNP)
	switch {
	case !okP:
		r.Fault = FaultP
	case !okSP:
		r.Fault = FaultSP
	case !okNP:
		r.Fault = FaultNP
	case !v.seen[tagP]:
		r.Fault = FaultMissing
	}
	return r
}

// isSample reports whether the value of pct= is a whole number from 0 to 99.
func isSample(value string) bool {
	if len(value) == 0 || len(value) > 2 {
		return false
	}
	for i := range len(value) {
		if value[i] < '0' || value[i] > '9' {
			return false
		}
	}
	return true
}

// is reports whether a tag stands once and has this value, in any case (RFC 5234, 2.3).
func (v *values) is(t tag, value string) bool {
	return v.seen[t] && !v.twice[t] && strings.EqualFold(v.text[t], value)
}

// request reads a dmarc-request; it reports false for a value that is not one, and true for an absent tag.
func (v *values) request(t tag) (policy.DMARCPolicy, bool) {
	for _, p := range [...]policy.DMARCPolicy{policy.DMARCNone, policy.DMARCQuarantine, policy.DMARCReject} {
		if v.is(t, string(p)) {
			return p, true
		}
	}
	return "", !v.seen[t]
}

// Usable reports whether a policy can be taken from the record. One without a valid p, or with an sp or np that is
// not valid, can be used only where its owner wants reports, and then asks for none (RFC 9989, 4.10.1).
func (r Record) Usable() bool { return r.Fault == FaultNone || r.Reports }

// For returns the policy that a usable record asks for: p= for the name it stands at, and for a name below it sp=,
// or np= where that name does not exist; each falls back on the one before (RFC 9989, 4.7). With t=y it is one step
// milder.
func (r Record) For(below bool, name policy.DNSStatus) policy.DMARCPolicy {
	if r.Fault != FaultNone {
		return policy.DMARCNone
	}
	p := r.P
	if below && r.SP != "" {
		p = r.SP
	}
	if below && r.NP != "" && name == policy.DNSNXDomain {
		p = r.NP
	}
	if !r.Testing {
		return p
	}
	if p == policy.DMARCReject {
		return policy.DMARCQuarantine
	}
	return policy.DMARCNone
}
