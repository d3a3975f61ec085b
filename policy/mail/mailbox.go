package mail

import (
	"strings"

	"sekimori/policy"
)

// Mailbox is one entry of a field with addresses as a mail client lists it.
type Mailbox struct {
	Name    string         // display name, or the comment that stands in its place, decoded; may hold any character
	Address policy.Address // null where there is none, as in an empty group
}

// Mailboxes returns what a mail client lists of a field with addresses (RFC 5322, 3.4), in its order, at most limit of them. The name of a
// group stands alone, before its members. It tells what people see; every address that any reader could take for an author is what
// Authors returns. Values are read up to MaxFrom octets.
func Mailboxes(value string, limit int) []Mailbox {
	value = rawText(cut(value, MaxFrom))
	var list []Mailbox
	var buf [32]segment
	segs := segments(buf[:0], value)
	for len(segs) > 0 && len(list) < limit {
		n := 0
		for n < len(segs) && !segs[n].separates() {
			n++
		}
		b := box{segs: segs[:n], name: n < len(segs) && segs[n].kind == segColon}
		segs = segs[min(n+1, len(segs)):]
		if len(b.segs) == 0 {
			continue
		}
		if m := b.mailbox(value); m != (Mailbox{}) {
			list = append(list, m)
		}
	}
	return list
}

// mailbox reads one entry.
func (b box) mailbox(value string) Mailbox {
	var m Mailbox
	n, angle := b.angles()
	switch {
	case b.name:
	case n > 0:
		m.Address = specAddress(angle.content(value))
	default:
		m.Address = specAddress(b.raw(value))
	}
	if n > 0 || b.name || m.Address.IsNull() {
		m.Name = trim(DecodeWords(b.phrase(value)))
	}
	if m.Name == "" {
		for _, g := range b.segs {
			if g.kind == segComment {
				m.Name = trim(shown(g.content(value)))
				break
			}
		}
	}
	return m
}

// specAddress reads an address, by the grammar or, where that reads none, as an MTA does.
func specAddress(s string) policy.Address {
	if local, domain, _, ok := addrSpec(s); ok {
		d, _ := Domain(domain)
		return policy.Address{Local: local, Domain: d}
	}
	if strings.IndexByte(s, '@') < 0 {
		return policy.Address{}
	}
	a, _ := EnvelopeAddress(s)
	return a
}
