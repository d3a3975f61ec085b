package policy

import (
	"net/netip"
	"strings"
)

// Address is a mailbox, parsed. The zero value is the null address `<>`.
type Address struct {
	Local  string // as sent, without quotes
	Domain Domain // zero when there is none or it is no domain name (an address literal)
}

// IsNull reports whether a is the null address.
func (a Address) IsNull() bool { return a == Address{} }

// String returns local@domain without quoting, for logs and explanations. It may hold any octet of the local part.
func (a Address) String() string {
	switch {
	case a.IsNull():
		return ""
	case a.Domain == "":
		return a.Local
	}
	return a.Local + "@" + string(a.Domain)
}

// Person is the address as one person is known by it: in lower case, and without the detail behind a plus sign (RFC 5233). Everything
// that tells persons apart, or knows one again, goes by it. What stands in stores depends on it: it never changes.
func (a Address) Person() string {
	local, _, _ := strings.Cut(strings.ToLower(a.Local), "+")
	return local + "@" + string(a.Domain)
}

// Client is the SMTP client that hands a message in.
type Client struct {
	Addr          netip.Addr // IPv4-mapped addresses unmapped, without zone; invalid when there is none (local submission)
	Name          string     // name the MTA verified by DNS, "" when there is none
	Authenticated string     // the authenticated user ({auth_authen}), "" when not authenticated
	Local         bool       // handed in without SMTP: sendmail(1), the pickup service, Sendmail's -bs
}

// Recipient is one accepted or offered recipient.
type Recipient struct {
	Arg     string // the exact octets of the RCPT argument, brackets included: what removal must repeat
	Address Address
}

// Field is one header field. Value is what stands after the colon, byte by byte, the leading space included,
// folded with LF (a milter never sees CR LF in a header).
type Field struct {
	Name  string
	Value string
}

// Header is the header of a message in its order. The slice index is the position; the MTA's
// index, 1-based per name without regard to case, is what HeaderRef holds.
type Header []Field

// HeaderRef names one field as the MTA counts it.
type HeaderRef struct {
	Name  string
	Index int // from 1, per name, case-insensitive, in the order of arrival
}

// Message is what the MTA says about one message. The parts are filled in the order in which an SMTP session
// produces them; a reader looks only at parts that have come.
type Message struct {
	QueueID    string // "" until the MTA has one
	Server     string // the MTA's own name ({j}), "" when it does not say
	Client     Client
	Helo       string // argument of HELO or EHLO as sent
	HeloDomain Domain // Helo as a domain; zero for an address literal or nonsense
	SenderArg  string // exact argument of MAIL, for the record
	Sender     Address
	SenderBad  string // why the argument of MAIL could not be read as an address; "" when it could
	Recipients []Recipient
	Header     Header
	HeaderCut  bool  // a limit was reached: fields from there on have a name but no value
	BodySize   int64 // octets of body seen so far
}

// Direction is where a message comes from and goes to.
type Direction string

// The directions.
const (
	Inbound  Direction = "inbound"  // an outside client sends
	Outbound Direction = "outbound" // an inside client sends to at least one outside recipient
	Internal Direction = "internal" // an inside client, inside recipients only
)

// Directions lists every Direction.
func Directions() []Direction { return []Direction{Inbound, Outbound, Internal} }
