// Package wire translates between the words of package policy and DNS messages: it writes questions, says whether a
// message answers one, and reads answers. It knows no socket and no cache, and decides nothing about mail.
package wire

import (
	"encoding/binary"

	"github.com/miekg/dns"

	"sekimori/policy"
)

// Sizes in octets.
const (
	UDPSize  = 1232                           // largest UDP answer asked for: the smallest MTU of IPv6 (RFC 8200, 5) less its headers
	MaxQuery = headerSize + 255 + 4 + optSize // longest question that AppendQuery writes

	headerSize = 12
	optSize    = 11
)

// Type returns the number of t in DNS (RFC 1035, 3.2.2), and false for a type that sekimori does not ask for.
func Type(t policy.DNSType) (uint16, bool) {
	switch t {
	case policy.TypeA:
		return dns.TypeA, true
	case policy.TypeAAAA:
		return dns.TypeAAAA, true
	case policy.TypeMX:
		return dns.TypeMX, true
	case policy.TypePTR:
		return dns.TypePTR, true
	case policy.TypeTXT:
		return dns.TypeTXT, true
	}
	return 0, false
}

// AppendQuery appends a question that wants recursion. Name is what Canonical returned and t a number from Type.
// With edns it says that answers of up to UDPSize octets are welcome (RFC 6891, 6.1.2).
func AppendQuery(b []byte, id uint16, name string, t uint16, edns bool) []byte {
	extra := byte(0)
	if edns {
		extra = 1
	}
	b = binary.BigEndian.AppendUint16(b, id)
	b = append(b, 1, 0, 0, 1, 0, 0, 0, 0, 0, extra) // RD; one question
	b = AppendName(b, name)
	b = binary.BigEndian.AppendUint16(b, t)
	b = binary.BigEndian.AppendUint16(b, dns.ClassINET)
	if edns {
		b = append(b, 0)
		b = binary.BigEndian.AppendUint16(b, dns.TypeOPT)
		b = binary.BigEndian.AppendUint16(b, UDPSize)
		b = append(b, 0, 0, 0, 0, 0, 0)
	}
	return b
}

// Answers reports whether reply can be the answer to query, which AppendQuery wrote: same id, a response, and the same
// question again (RFC 5452, 9.1; the addresses are the socket's business). Letters may differ in case. A reply that
// says nothing but that the server cannot answer may leave the question out, as many do after FORMERR.
func Answers(query, reply []byte) bool {
	if len(reply) < headerSize || reply[0] != query[0] || reply[1] != query[1] {
		return false
	}
	const response, opcode = 0x80, 0x78
	if reply[2]&(response|opcode) != response {
		return false
	}
	switch binary.BigEndian.Uint16(reply[4:]) {
	case 0:
		switch RCode(reply) {
		case dns.RcodeFormatError, dns.RcodeServerFailure, dns.RcodeNotImplemented, dns.RcodeRefused:
			return true
		}
		return false
	case 1:
		q := query[headerSize:questionEnd(query)]
		return len(reply) >= headerSize+len(q) && sameQuestion(q, reply[headerSize:headerSize+len(q)])
	}
	return false
}

// RCode returns the response code in the header of a message that Answers accepted (RFC 1035, 4.1.1).
func RCode(reply []byte) int { return int(reply[3] & 0x0f) }

// Truncated reports whether a message that Answers accepted was cut and is to be asked for over TCP
// (RFC 7766, 5).
func Truncated(reply []byte) bool { return reply[2]&0x02 != 0 }

func questionEnd(query []byte) int {
	i := headerSize
	for query[i] != 0 {
		i += 1 + int(query[i])
	}
	return i + 1 + 4
}

// sameQuestion compares two question entries. The lengths inside a name are below 64 and are no letters, so that
// folding case over the whole name is safe; type and class are compared as they stand.
func sameQuestion(a, b []byte) bool {
	name := len(a) - 4
	for i, c := range a {
		d := b[i]
		if i < name && 'A' <= d && d <= 'Z' {
			d += 'a' - 'A'
		}
		if c != d {
			return false
		}
	}
	return true
}
