// Package scenario reads the one fixture format of sekimori: a case with an SMTP session, the DNS that stands around
// it, the policy it meets and what is wanted of it. docs/scenarios.md describes the format.
//
// The package decides what a case says and whether a result is what the case wants. It carries nothing out: a Runner
// does that, one that only decides (sekimori test) or one with a real MTA (the end-to-end tests). All of them read the
// same files.
package scenario

import (
	"net/netip"

	"sekimori/policy"
)

// Limits of a case. Whatever lies above is a Mistake.
const (
	MaxFileBytes   = 4 << 20  // octets of one case file
	MaxSteps       = 1000     // lines of a session that do something
	MaxMessages    = 200      // messages in one session
	MaxPadBytes    = 64 << 20 // octets that one pad line adds to a message
	MaxSubmitRcpts = 100      // recipients of one submit line
)

// Target is who carries out a case. A line of a session or of want may be meant for one target only.
type Target string

// The targets.
const (
	Decision Target = "decision" // no MTA: what the policy decides
	Postfix  Target = "postfix"
	Sendmail Target = "sendmail"
)

// Targets lists every Target.
func Targets() []Target { return []Target{Decision, Postfix, Sendmail} }

// Verb is the first word of a session line.
type Verb string

// The verbs.
const (
	VerbClient   Verb = "client"   // a new connection from Addr to Port
	VerbHelo     Verb = "helo"     // Arg
	VerbEhlo     Verb = "ehlo"     // Arg
	VerbStartTLS Verb = "starttls" //
	VerbAuth     Verb = "auth"     // Arg is the user
	VerbMail     Verb = "mail"     // Arg and Params
	VerbRcpt     Verb = "rcpt"     // Arg and Params
	VerbData     Verb = "data"     // File, and Content once prepared
	VerbRset     Verb = "rset"     //
	VerbNoop     Verb = "noop"     //
	VerbQuit     Verb = "quit"     //
	VerbDrop     Verb = "drop"     // the connection is closed without QUIT
	VerbSign     Verb = "sign"     // Sign: the next message carries this signature
	VerbPad      Verb = "pad"      // Pad: the next message is longer by so many octets
	VerbSubmit   Verb = "submit"   // sendmail(1): Arg is the sender, To the recipients, File the message
)

// Verbs lists every Verb.
func Verbs() []Verb {
	return []Verb{VerbClient, VerbHelo, VerbEhlo, VerbStartTLS, VerbAuth, VerbMail, VerbRcpt, VerbData, VerbRset, VerbNoop,
		VerbQuit, VerbDrop, VerbSign, VerbPad, VerbSubmit}
}

// message reports whether a line with this verb hands over one message.
func (v Verb) message() bool { return v == VerbData || v == VerbSubmit }

// Case is one parsed case file.
type Case struct {
	Name    string            // the file name without directory and suffix
	File    string            // as given to Parse, for messages
	Comment string            // what the case shows
	Policy  []byte            // policy.toml, or DefaultPolicy
	Zone    []byte            // dns.zone, as it stands
	Files   map[string][]byte // those that the policy names, such as the indicators of a bulletin
	Mails   map[string][]byte
	Steps   []Step
	Wants   []Want

	lines map[string]int // first line of each embedded file
}

// Line returns the line of the case file at which the embedded file begins, 0 when it has none: a mistake in line n of
// policy.toml stands in line Line("policy.toml")+n-1 of the case.
func (c *Case) Line(embedded string) int { return c.lines[embedded] }

// Step is one line of the session.
type Step struct {
	Line    int      // in the case file
	Only    []Target // empty: every target
	Verb    Verb
	Addr    netip.Addr // client
	Port    uint16     // client: 25 or 587
	Arg     string
	Params  string
	File    string
	To      []string
	Sign    Sign
	Pad     int64
	Want    Reply
	Content []byte // the message as it goes over the wire, CR LF, not dot-stuffed; set by Prepare
}

// Sign asks for a DKIM signature (RFC 6376), made when the case is prepared, whose key joins the zone.
type Sign struct {
	Domain   string // d=
	Selector string // s=
	Key      string // rsa or ed25519
}

// Reply is an SMTP reply, wanted or got.
type Reply struct {
	Code     int    // 0: wanted: any 2xx; got: the runner has none
	Enhanced string // RFC 3463; "" when not said
	Text     string // wanted: a part of the text; got: the whole, lines joined with LF
}

// Want is what is wanted of one message.
type Want struct {
	Line     int
	Message  int             // from 1, in the order of the data and submit lines
	Decision policy.Action   // what every rule together says, observing rules included; "" when not said
	Outcome  policy.Outcome  // what happens to it
	To       []Recipients    // who gets it; empty: who was accepted, when Outcome delivers
	Findings []FindingWanted //
	Headers  []HeaderWanted  // of the delivered or held message
}

// Recipients is a line of want that says who gets the message.
type Recipients struct {
	Line int
	Only []Target
	To   []string // without brackets; empty: nobody
}

// FindingWanted is a finding that must, or must not, be among the reasons.
type FindingWanted struct {
	Line     int
	Only     []Target
	Name     string
	Evidence string // glob over the evidence; "" is any
	Absent   bool
}

// HeaderWanted is a header field that must, or must not, stand in the message.
type HeaderWanted struct {
	Line   int
	Only   []Target
	Name   string // glob, without regard to case
	Value  string // glob over the unfolded value without outer blanks; "" is any
	Absent bool
}

// DefaultPolicy is the policy.toml of a case that has none: the house is gw.test with the clients 192.0.2.0/24 and
// 127.0.0.0/8, and the spoof rule enforces with every default.
func DefaultPolicy() []byte {
	return []byte(`[inside]
domains = ["gw.test"]
networks = ["192.0.2.0/24", "127.0.0.0/8"]

[spoof]
mode = "enforce"
`)
}

// meant reports whether a line restricted to only is meant for t.
func meant(only []Target, t Target) bool {
	if len(only) == 0 {
		return true
	}
	for _, o := range only {
		if o == t {
			return true
		}
	}
	return false
}
