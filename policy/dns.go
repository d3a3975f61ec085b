package policy

import (
	"net/netip"
	"time"
)

// DNSType is a record type that sekimori asks for.
type DNSType string

// The record types.
const (
	TypeA    DNSType = "A"
	TypeAAAA DNSType = "AAAA"
	TypeMX   DNSType = "MX"
	TypePTR  DNSType = "PTR"
	TypeTXT  DNSType = "TXT"
)

// DNSTypes lists every DNSType.
func DNSTypes() []DNSType { return []DNSType{TypeA, TypeAAAA, TypeMX, TypePTR, TypeTXT} }

// DNSStatus is what came of a question. The five stay distinct all the way to the decision.
type DNSStatus string

// The statuses.
const (
	DNSFound    DNSStatus = "found"    // at least one record
	DNSNoData   DNSStatus = "nodata"   // the name exists, the type does not (RFC 2308, 2.2)
	DNSNXDomain DNSStatus = "nxdomain" // the name does not exist (RFC 8020)
	DNSServFail DNSStatus = "servfail" // the server answered that it cannot, or answered nonsense
	DNSTimeout  DNSStatus = "timeout"  // no answer in time, no server reachable, or the deadline passed
)

// DNSStatuses lists every DNSStatus.
func DNSStatuses() []DNSStatus {
	return []DNSStatus{DNSFound, DNSNoData, DNSNXDomain, DNSServFail, DNSTimeout}
}

// Temporary reports whether asking again later may give another answer.
func (s DNSStatus) Temporary() bool { return s == DNSServFail || s == DNSTimeout }

// MX is one mail exchanger. Host may be "." (RFC 7505) and is otherwise without trailing dot.
type MX struct {
	Preference uint16
	Host       string
}

// DNSAnswer is the answer to one question. Only the slice that belongs to the type is filled, and only with
// status DNSFound. An answer is shared between readers: nobody changes it.
type DNSAnswer struct {
	Status DNSStatus
	TXT    []string     // each record's character-strings joined without space (RFC 7208, 3.3); any octets
	Addrs  []netip.Addr // A or AAAA
	MX     []MX
	Names  []string // PTR targets, lower case, without trailing dot
	Cached bool     // answered without asking a server
}

// DNSQuery is one question as it was asked and answered, for explanations.
type DNSQuery struct {
	Name    string
	Type    DNSType
	Answer  DNSAnswer
	Elapsed time.Duration
}
