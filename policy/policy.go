// Package policy holds the words in which sekimori speaks of a message (Message, Facts, Finding, Decision), the compiled
// policy, and Decide, which turns facts into a decision. It is pure: it reads no clock, file or socket, and imports
// nothing but the standard library. How facts are found is in the packages below it; what is done about a decision
// is in package milter.
package policy

import (
	"net/netip"
	"time"
)

// Policy is a compiled policy file. It never changes after it was made; a reload makes another one.
type Policy struct {
	Inside         Inside
	Organisations  []Organisation
	Authentication Authentication
	DNS            DNS
	Limits         Limits
	Spoof          Spoof
	Suspicion      Suspicion
	Bulletins      []Bulletin
	AutoReply      AutoReply
	ReplyGuard     ReplyGuard
	Drills         []Drill
	Store          Store
}

// Inside says who belongs to the house.
type Inside struct {
	Domains  DomainSet
	Networks []netip.Prefix
}

// Organisation is a body with its own domains, a label of counters.
type Organisation struct {
	Name    string // ^[a-z][a-z0-9_]{0,31}$
	Domains DomainSet
}

// Other is the organisation of every domain that no [[organisation]] names.
const Other = "other"

// Authentication is how results are found and written.
type Authentication struct {
	ServID           string   // authserv-id; "" means the MTA's own name ({j})
	RemoveIDs        []string // further authserv-ids whose fields are removed from inbound mail
	Write            bool     // write an Authentication-Results field
	PublicSuffixes   []Domain // names treated as psd=y whatever DNS says (RFC 9989, 4.10.2)
	PublicSuffixList bool     // fall back on the public suffix list where the tree walk finds no record
	Percent          bool     // pct= below 100 in a DMARC record counts as t=y (RFC 7489, 6.3)
	MaxSignatures    int      // DKIM signatures verified in one message
	MinRSABits       int      // smaller RSA keys are refused (RFC 8301, 3.2: 1024)
}

// DNS is how questions are asked.
type DNS struct {
	Servers   []netip.AddrPort // empty: those of resolv.conf
	Timeout   time.Duration    // one attempt
	Attempts  int              // over all servers
	CacheSize int              // answers kept
}

// Limits bounds the work for one message.
type Limits struct {
	Deadline    time.Duration // from end of header to the verdict; below the MTA's own time-outs
	HeaderBytes int           // octets of header kept
	HeaderCount int           // fields kept
	Authors     int           // From authors evaluated
}

// Claim is an identity by which a message can claim to come from a protected domain.
type Claim string

// The claims.
const (
	ClaimMailFrom Claim = "mail_from"
	ClaimHelo     Claim = "helo"
	ClaimFrom     Claim = "from"
	ClaimDisplay  Claim = "display"
)

// Claims lists every Claim.
func Claims() []Claim { return []Claim{ClaimMailFrom, ClaimHelo, ClaimFrom, ClaimDisplay} }

// Cell is a result in the table of the spoof rule. It is finer than Result: none is split by whether the name exists.
type Cell string

// The cells.
const (
	CellPass       Cell = "pass"
	CellFail       Cell = "fail"
	CellSoftFail   Cell = "softfail"
	CellNone       Cell = "none"         // nothing published, the name exists
	CellNoSuchName Cell = "no_such_name" // nothing published, the name does not exist
	CellNeutral    Cell = "neutral"
	CellPermError  Cell = "permerror"
	CellTempError  Cell = "temperror"
	CellTooWide    Cell = "too_wide" // SPF passes, but anybody, or too many, would get that pass
	CellWeak       Cell = "weak"     // ClaimFrom only: what is aligned proves too little
	CellFound      Cell = "found"    // ClaimDisplay only
)

// Cells lists the cells that a claim has, in the order of the table.
func Cells(c Claim) []Cell {
	switch c {
	case ClaimMailFrom, ClaimHelo:
		return []Cell{CellPass, CellTooWide, CellFail, CellSoftFail, CellNone, CellNoSuchName, CellNeutral, CellPermError, CellTempError}
	case ClaimFrom:
		return []Cell{CellPass, CellWeak, CellFail, CellNone, CellNoSuchName, CellPermError, CellTempError}
	case ClaimDisplay:
		return []Cell{CellFound}
	}
	return nil
}

// Table says what each result of each claim leads to.
type Table map[Claim]map[Cell]Action

// Clone returns a deep copy.
func (t Table) Clone() Table {
	c := make(Table, len(t))
	for claim, row := range t {
		c[claim] = make(map[Cell]Action, len(row))
		for cell, a := range row {
			c[claim][cell] = a
		}
	}
	return c
}

// DMARCMode is what the spoof rule does with the DMARC policy of a domain that is not protected.
type DMARCMode string

// The modes.
const (
	DMARCFollow DMARCMode = "follow" // what the owner asks for is done
	DMARCReport DMARCMode = "report" // it is counted and logged
	DMARCOff    DMARCMode = "off"
)

// DMARCModes lists every DMARCMode.
func DMARCModes() []DMARCMode { return []DMARCMode{DMARCFollow, DMARCReport, DMARCOff} }

// Spoof is the rule against mail that claims a protected domain.
type Spoof struct {
	Mode       Mode
	Protected  []Domain // each with every name below it
	Table      Table
	Overrides  []Override // the longest matching domain wins
	DMARC      DMARCMode
	Unreadable Action // a From that is missing or cannot be read, or a header over the limit
	Early      bool   // answer an SPF fail at RCPT, without the body
	OnError    Action // accept or tempfail: when the rule could not be evaluated
	Exempt     []Exemption

	MaxSPFAddresses   int  // an SPF pass that more IPv4 addresses would get is too wide; 0: only one that all would get
	Quiet             bool // what is tagged or held is kept from being answered by programs
	PartialSignatures bool // a DKIM signature that leaves a part of the body unsigned proves an author
}

// Override is the table for one protected domain and the names below it.
type Override struct {
	Domain Domain
	Table  Table // whole: the general table with this domain's changes
}

// Exemption lets claims through that come by a known way, such as a forwarder.
type Exemption struct {
	Name     string // label of counters
	Networks []netip.Prefix
	Claims   []Claim
	Domains  []Domain  // claimed domains, each with every name below it; empty: any
	Until    time.Time // first moment at which it no longer holds; zero: no end
}

// Default returns the policy of an empty file: every rule is off, every other setting has its default.
// Spoof holds the defaults that a [spoof] section starts from.
func Default() *Policy {
	return &Policy{
		Authentication: Authentication{Write: true, PublicSuffixList: true, MaxSignatures: 8, MinRSABits: 1024},
		DNS:            DNS{Timeout: 2 * time.Second, Attempts: 3, CacheSize: 50_000},
		Limits:         Limits{Deadline: 20 * time.Second, HeaderBytes: 256 << 10, HeaderCount: 1000, Authors: 20},
		Spoof: Spoof{
			Mode:       ModeOff,
			Protected:  []Domain{"go.jp"},
			Table:      DefaultTable(),
			DMARC:      DMARCFollow,
			Unreadable: ActionQuarantine,
			OnError:    ActionAccept,

			MaxSPFAddresses: 1 << 24,
			Quiet:           true,
		},
		Suspicion: DefaultSuspicion(),
		AutoReply: AutoReply{Mode: ModeOff, MDN: true, OnError: ActionAccept},
		ReplyGuard: ReplyGuard{
			Mode:        ModeOff,
			Actions:     map[GuardLevel]Action{LevelHigh: ActionReject, LevelMedium: ActionReject, LevelLow: ActionAccept},
			KeepMessage: 30 * 24 * time.Hour,
			KeepPair:    90 * 24 * time.Hour,
			Ack:         true,
			Text:        DefaultReplyText,
			OnError:     ActionAccept,
		},
		Store: Store{
			Kind:       StoreFile,
			Path:       "/var/lib/sekimori/memory.db",
			SecretFile: "/var/lib/sekimori/secret",
			Timeout:    20 * time.Millisecond,
			Ledger:     "/var/lib/sekimori/drill",
			Redis:      Redis{Prefix: "sekimori"},
		},
	}
}

// DefaultTable is the table of a protected domain.
func DefaultTable() Table {
	return Table{
		ClaimMailFrom: {
			CellPass: ActionAccept, CellTooWide: ActionTag, CellFail: ActionReject, CellSoftFail: ActionQuarantine, CellNone: ActionTag,
			CellNoSuchName: ActionReject, CellNeutral: ActionTag, CellPermError: ActionTag, CellTempError: ActionTempfail,
		},
		ClaimHelo: {
			CellPass: ActionAccept, CellTooWide: ActionAccept, CellFail: ActionReject, CellSoftFail: ActionAccept, CellNone: ActionAccept,
			CellNoSuchName: ActionAccept, CellNeutral: ActionAccept, CellPermError: ActionAccept, CellTempError: ActionAccept,
		},
		ClaimFrom: {
			CellPass: ActionAccept, CellWeak: ActionQuarantine, CellFail: ActionQuarantine, CellNone: ActionQuarantine, CellNoSuchName: ActionReject,
			CellPermError: ActionQuarantine, CellTempError: ActionTempfail,
		},
		ClaimDisplay: {CellFound: ActionTag},
	}
}

// OnError is what a message gets that could not be examined at all: the strictest on_error of the rules that enforce. A rule
// that observes asks for nothing here either.
func (p *Policy) OnError() Action {
	a := ActionAccept
	for _, r := range []struct {
		mode    Mode
		onError Action
	}{{p.Spoof.Mode, p.Spoof.OnError}, {p.Suspicion.Mode, p.Suspicion.OnError}, {p.AutoReply.Mode, p.AutoReply.OnError}, {p.ReplyGuard.Mode, p.ReplyGuard.OnError}} {
		if r.mode == ModeEnforce {
			a = Stricter(a, r.onError)
		}
	}
	return a
}

// InsideClient reports whether c belongs to the house: by network, by authentication, or because no SMTP was spoken.
func (p *Policy) InsideClient(c Client) bool {
	if c.Local || c.Authenticated != "" {
		return true
	}
	for _, n := range p.Inside.Networks {
		if n.Contains(c.Addr) {
			return true
		}
	}
	return false
}

// InsideAddress reports whether a belongs to the house.
func (p *Policy) InsideAddress(a Address) bool { return p.Inside.Domains.Contains(a.Domain) }

// Direction says where m comes from and goes to, judged by the recipients seen so far.
func (p *Policy) Direction(m *Message) Direction {
	if !p.InsideClient(m.Client) {
		return Inbound
	}
	for _, r := range m.Recipients {
		if !p.InsideRecipient(r) {
			return Outbound
		}
	}
	return Internal
}

// Organisation returns the name of the organisation that d belongs to, or Other.
func (p *Policy) Organisation(d Domain) string {
	for _, o := range p.Organisations {
		if o.Domains.Contains(d) {
			return o.Name
		}
	}
	return Other
}
