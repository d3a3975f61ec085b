// Package mail reads the header of a message, and above all its From, as hostile text: it decides which addresses a
// reader could see there, in every spelling and by every way of reading that clients are known to have. It does not
// decide what an address means, whether it is protected, or whether anything proves it.
//
// It is pure, and no input makes it fail: what cannot be read is a problem that is reported, or is left out at a
// limit that is reported. Work and memory grow in proportion to the input, up to the limits below.
package mail

// Limits of the readers in this package, in octets unless said otherwise. Each is tested at its value and one above.
const (
	// MaxDomainInput is the longest spelling that Domain looks at; a longer one is no domain. A name of 253 octets
	// written in characters of four octets fits.
	MaxDomainInput = 1024
	// MaxEnvelope is the longest SMTP path that EnvelopeAddress reads; a longer one is ProblemPathLong. RFC 5321,
	// 4.5.3.1.3, asks for 256; MTAs take what fits into their command line.
	MaxEnvelope = 2048
	// MaxFrom is how much of one From field is read; the rest is not, and the problem is ProblemLong. Postfix cuts a
	// field at about 60,000 octets, Sendmail refuses a whole header of more than 32,768.
	MaxFrom = 64 << 10
	// MaxLocal is how much of a local part is kept of an address that the grammar does not read: the end of it.
	// RFC 5321, 4.5.3.1.1, asks for 64.
	MaxLocal = 256
	// MaxSegments is how many quoted strings, comments, addresses and separators of one From field are told apart;
	// what follows is read without regard to structure.
	MaxSegments = 1024
	// MaxAuthors is the highest number of authors that Authors returns, whatever limit it is given.
	MaxAuthors = 1000
	// MaxLooks is how many addresses in the From fields of one message are looked at, repeated ones included; further
	// ones are left out, which is a cut.
	MaxLooks = 4096
	// MaxText is how much of a text DecodeWords reads; what follows is left out.
	MaxText = 64 << 10
)
