// Package survey decides what a domain publishes to protect its mail: SPF, DMARC, MTA-STS, TLS reporting, and whether it
// takes mail at all. It reads the list of domains, asks DNS through a Resolver, writes and reads what came of it, and
// makes of one or several runs a report: each run by itself, the domains that all runs have in common, and the course
// over time. It decides nothing about a mail, does not fetch MTA-STS policies, cannot know DKIM keys without their
// selectors, and knows no clock: times are given to it.
package survey

import (
	"time"

	"sekimori/policy"
)

// State is what a domain has of one thing.
type State string

// The states. A failure of DNS is Unknown, never No.
const (
	Yes     State = "yes"     // it is there, can be read, and protects
	Weak    State = "weak"    // it is there and can be read, and protects from little
	Invalid State = "invalid" // it is there, and no receiver can use it
	No      State = "no"      // it is not there
	Unknown State = "unknown" // DNS did not say: SERVFAIL or no answer in time
)

// States lists every State, in the order in which they are shown.
func States() []State { return []State{Yes, Weak, Invalid, No, Unknown} }

// Check is one thing that is looked for.
type Check string

// The checks.
const (
	CheckMX     Check = "mx"      // does the domain take mail; weak: by its address only (RFC 5321, 5.1)
	CheckNullMX Check = "null_mx" // does it say that it takes none (RFC 7505)
	CheckSPF    Check = "spf"     // weak: no all, ?all, +all, or too wide (RFC 7208)
	CheckDMARC  Check = "dmarc"   // weak: the policy that applies is none (RFC 9989)
	CheckMTASTS Check = "mta_sts" // RFC 8461
	CheckTLSRPT Check = "tls_rpt" // RFC 8460
)

// Checks lists every Check, in the order in which they are shown.
func Checks() []Check {
	return []Check{CheckMX, CheckNullMX, CheckSPF, CheckDMARC, CheckMTASTS, CheckTLSRPT}
}

// Why says what makes a state weak, invalid or unknown.
type Why string

// The reasons.
const (
	WhyDNS      Why = "dns"              // a question failed
	WhyAddress  Why = "address_only"     // mx: no MX record, but an address
	WhyMixed    Why = "null_mx_mixed"    // mx: a null MX beside others (RFC 7505, 3)
	WhySeveral  Why = "several_records"  // more than one record where one is allowed
	WhySyntax   Why = "syntax"           // a record breaks the grammar
	WhyLookups  Why = "too_many_lookups" // spf: more than 10 terms ask DNS (RFC 7208, 4.6.4)
	WhyInclude  Why = "include"          // spf: what is included or redirected to has no record, or a broken one
	WhyNoAll    Why = "no_all"           // spf: neither all nor redirect (RFC 7208, 4.7)
	WhyNeutral  Why = "neutral_all"      // spf: ?all
	WhyAnyone   Why = "anyone"           // spf: everybody passes, as with +all
	WhyWide     Why = "too_wide"         // spf: more than Config.MaxAddresses IPv4 addresses pass
	WhyNone     Why = "policy_none"      // dmarc: p=none, or what applies to a subdomain is none
	WhyTesting  Why = "testing"          // dmarc: t=y takes the effect away (RFC 9989, 4.7)
	WhyNoPolicy Why = "policy_missing"   // dmarc: a record without p
)

// Observation is what was seen of one domain. It is one line of the file that a run writes.
type Observation struct {
	Domain policy.Domain `json:"domain"`
	Group  string        `json:"group,omitempty"`
	At     time.Time     `json:"at"`
	Name   State         `json:"name"` // does the name exist
	MX     MX            `json:"mx"`
	SPF    SPF           `json:"spf"`
	DMARC  DMARC         `json:"dmarc"`
	MTASTS Presence      `json:"mta_sts"`
	TLSRPT Presence      `json:"tls_rpt"`
}

// MX is what a domain says of where its mail goes.
type MX struct {
	State      State `json:"state"`
	Why        Why   `json:"why,omitempty"`
	Null       State `json:"null"`                 // a null MX, and nothing beside it
	Exchangers int   `json:"exchangers,omitempty"` // MX records, null MX not counted
}

// SPF is the record of a domain with what it includes.
type SPF struct {
	State   State         `json:"state"`
	Why     Why           `json:"why,omitempty"`
	All     string        `json:"all,omitempty"`     // the qualifier that ends it, also behind redirect: - ~ ? +
	Lookups int           `json:"lookups,omitempty"` // terms that ask DNS, over all includes; counting stops at MaxLookups+1
	IPv4    uint64        `json:"ipv4,omitempty"`    // addresses that it lets in, over all includes, at most 1<<32
	At      policy.Domain `json:"at,omitempty"`      // the included domain that Why is about
	Record  string        `json:"record,omitempty"`  // cut at MaxRecord octets
}

// DMARC is the policy that applies to a domain.
type DMARC struct {
	State   State              `json:"state"`
	Why     Why                `json:"why,omitempty"`
	At      policy.Domain      `json:"at,omitempty"`     // where the record stands: the domain itself or one above it
	Policy  policy.DMARCPolicy `json:"policy,omitempty"` // what applies to mail of the domain, t= considered
	P       policy.DMARCPolicy `json:"p,omitempty"`
	SP      policy.DMARCPolicy `json:"sp,omitempty"`
	NP      policy.DMARCPolicy `json:"np,omitempty"`
	PSD     string             `json:"psd,omitempty"` // y or n
	Testing bool               `json:"t,omitempty"`
	Reports bool               `json:"rua,omitempty"` // aggregate reports are asked for
}

// Presence is a record that is there or not.
type Presence struct {
	State State `json:"state"`
	Why   Why   `json:"why,omitempty"`
}

// MaxRecord is how many octets of a record are kept in an Observation.
const MaxRecord = 1024

// State returns the state of one check.
func (o *Observation) State(c Check) State {
	switch c {
	case CheckMX:
		return o.MX.State
	case CheckNullMX:
		return o.MX.Null
	case CheckSPF:
		return o.SPF.State
	case CheckDMARC:
		return o.DMARC.State
	case CheckMTASTS:
		return o.MTASTS.State
	case CheckTLSRPT:
		return o.TLSRPT.State
	}
	return Unknown
}

// TakesMail says whether the domain has a mail exchanger: Yes, No or Unknown. It is the denominator "mx". A null MX
// beside real ones takes nothing away; a domain with an address only is not counted, as in the surveys since 2005.
func (o *Observation) TakesMail() State {
	switch o.MX.State {
	case Yes, Invalid:
		return Yes
	case Unknown:
		return Unknown
	case Weak, No:
	}
	return No
}
