package policy

import (
	"strings"
	"time"
)

// Result is a result word of SPF (RFC 7208, 2.6), DKIM (RFC 8601, 2.7.1) or DMARC (RFC 9989), one type because the
// words mean the same in each.
type Result string

// The result words.
const (
	ResultNone      Result = "none"
	ResultPass      Result = "pass"
	ResultFail      Result = "fail"
	ResultSoftFail  Result = "softfail"
	ResultNeutral   Result = "neutral"
	ResultPolicy    Result = "policy" // DKIM: valid, but not acceptable here (RFC 8601, 2.7.1)
	ResultTempError Result = "temperror"
	ResultPermError Result = "permerror"
)

// Scope says which identity an SPF check was about.
type Scope string

// The scopes.
const (
	ScopeMailFrom Scope = "mailfrom"
	ScopeHelo     Scope = "helo"
)

// SPF is the outcome of one SPF check. The zero value (Result "") means that there was none.
type SPF struct {
	Scope   Scope
	Domain  Domain    // whose record was asked for
	Sender  string    // the identity checked, local@domain; postmaster@helo for a null sender (RFC 7208, 2.4)
	Result  Result    //
	Name    DNSStatus // what DNS said of the domain itself; DNSNXDomain means that the name does not exist
	Reason  string    // the mechanism that matched or the mistake, for people; may hold foreign octets
	Anyone  bool      // pass: the term that matched lets every client in, as +all does
	Reach   uint64    // pass for an IPv4 client: addresses that the terms read up to the match let in, at most 1<<32
	Steps   []Step    // the derivation, only when a trace was asked for
	Elapsed time.Duration
}

// Step is one line of a derivation shown by explain.
type Step struct {
	Depth   int // indentation: 0 is outermost
	Text    string
	Decided bool // this line settled the result
	Detail  bool // shown only where every octet is asked for
}

// DKIM is the outcome of one DKIM-Signature field (RFC 6376), or of the absence of any.
type DKIM struct {
	Result    Result
	Reason    string // why it is not pass, for people; may hold foreign octets
	Domain    Domain // d=
	Selector  string // s=, as written
	Identity  string // i=, as written; "" when absent
	Algorithm string // a=, as written
	Signature string // the first 8 characters of b= without white space (RFC 6008)
	KeyBits   int    // size of the RSA key, 256 for Ed25519, 0 when unknown
	Partial   bool   // l= leaves the rest of the body unsigned (RFC 6376, 8.2)
	Testing   bool   // the key says t=y (RFC 6376, 3.6.1)
	Steps     []Step
}

// RecommendedRSABits is the size that RFC 8301, 3.2, recommends signers to use at least.
const RecommendedRSABits = 2048

// WeakKey reports whether the key is an RSA key below RecommendedRSABits.
func (d *DKIM) WeakKey() bool {
	return d.KeyBits > 0 && d.KeyBits < RecommendedRSABits && strings.HasPrefix(d.Algorithm, "rsa")
}

// DMARCPolicy is a handling preference that a domain owner publishes.
type DMARCPolicy string

// The policies.
const (
	DMARCNone       DMARCPolicy = "none"
	DMARCQuarantine DMARCPolicy = "quarantine"
	DMARCReject     DMARCPolicy = "reject"
)

// DMARC is the outcome for one author domain (RFC 9989).
type DMARC struct {
	Author     Domain
	Result     Result      // none: no record applies
	Policy     DMARCPolicy // what the record asks for this author domain, after sp, np and t; "" with none
	Published  DMARCPolicy // p= of the record as it stands
	Record     Domain      // where the record was found
	OrgDomain  Domain      // organisational domain of the author
	Testing    bool        // t=y
	Name       DNSStatus   // existence of the author domain; DNSNXDomain means that it does not exist
	SPFAligned bool        // SPF passed and is aligned
	DKIM       Domain      // the aligned domain of a passing signature; "" when there is none
	Partial    bool        // every aligned passing signature leaves a part of the body unsigned
	Reason     string
	Steps      []Step
}

// AuthorSource says how a From author came to light.
type AuthorSource string

// The sources.
const (
	SourceFrom    AuthorSource = "from"    // an address that the grammar of RFC 5322 reads there
	SourceReading AuthorSource = "reading" // an address that only another reader would see there
	SourceDisplay AuthorSource = "display" // an address inside a display name or a comment
)

// Author is one address that a From field shows or can be read to show.
type Author struct {
	Address Address
	Source  AuthorSource
	Field   int // which From field, from 1
}

// Unexamined is a reason why a message, or a part of it, was not examined.
type Unexamined string

// The reasons.
const (
	UnexaminedDeadline Unexamined = "deadline"     // the time for one message was used up
	UnexaminedPanic    Unexamined = "panic"        // an evaluator failed
	UnexaminedHeader   Unexamined = "header_limit" // more header than the limit allows
	UnexaminedAuthors  Unexamined = "author_limit" // more authors than the limit allows
	UnexaminedSigs     Unexamined = "signature_limit"
	UnexaminedBody     Unexamined = "body_limit"    // a limit ended the reading of the body before its end
	UnexaminedSession  Unexamined = "session_limit" // the connection limit was reached
	UnexaminedProtocol Unexamined = "protocol"      // the MTA's side broke the milter protocol
)

// UnexaminedReasons lists every Unexamined.
func UnexaminedReasons() []Unexamined {
	return []Unexamined{UnexaminedDeadline, UnexaminedPanic, UnexaminedHeader, UnexaminedAuthors, UnexaminedSigs, UnexaminedBody,
		UnexaminedSession, UnexaminedProtocol}
}

// Stage says how much of a message has been seen when a decision is asked for.
type Stage string

// The stages.
const (
	StageEnvelope Stage = "envelope" // client, HELO, MAIL and RCPT only
	StageMessage  Stage = "message"  // all of it
)

// Facts is everything found out about one message. It holds no opinion.
type Facts struct {
	At           time.Time // when the message came: the only clock a rule knows
	Stage        Stage
	MailFrom     SPF
	Helo         SPF
	DKIM         []DKIM // in the order of the header; one with ResultNone when there is no signature; empty: not looked for
	Authors      []Author
	FromFields   int    // how many From fields there are
	FromProblem  string // why a From field could not be read whole; "" when each could
	DMARC        []DMARC
	SMIME        SMIME          // of inbound mail, where the suspicion rule has anchors
	ForgedAR     []HeaderRef    // Authentication-Results fields that a reader could take for ours
	NamedAR      bool           // one of them bears the name of this gateway; otherwise they only cannot be read
	ForgedHeader []HeaderRef    // other fields that only this filter or an inside server may write
	Class        Classification // of outbound mail, where a rule asks for it
	Conversation Conversation   // where a rule asks for it
	Memory       Recollection   // of outbound mail, where a rule asks for it
	Suspicion    Assessment     // of inbound mail, where the rule asks for it
	Acquaintance Acquaintance   // likewise
	Bulletins    []BulletinHit  // where there are bulletins
	Drill        DrillFacts     // where there are drills
	Body         BodyFacts      // where a rule asks for the body
	Unexamined   []Unexamined
	Queries      []DNSQuery // only when a trace was asked for
	Timings      Timings
}

// BodyFacts is how much was found in a body, for the record. The zero value: it was not read.
type BodyFacts struct {
	Parts int // at least 1
	Links int
}

// Timings is where the time of one message went, each as wall time.
type Timings struct {
	SPF   time.Duration // the longer of the two SPF checks
	DKIM  time.Duration // keys and verification
	DMARC time.Duration // discovery
	Wait  time.Duration // how long the end of the message waited for look-ups
	Total time.Duration // from MAIL to the decision
}
