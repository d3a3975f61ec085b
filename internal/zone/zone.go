// Package zone answers DNS questions from a zone file, in the process or as a server on a loopback address, so that
// policy can be explained, shown and tested without the real DNS. It answers as a resolver does that knows the whole
// DNS: what is not in the file does not exist. It is no name server for anybody else.
//
// A name can also be made to fail. Where an entry (a wildcard too) has one of these TXT records, every type is answered
// that way, and the record itself is never shown:
//
//	TXT "sekimori-test:servfail"    the server says that it cannot
//	TXT "sekimori-test:timeout"     the server says nothing
//	TXT "sekimori-test:delay=50ms"  the other records of the name come after that time, at most MaxDelay
//	TXT "sekimori-test:truncate"    UDP answers are cut, so that the question comes again over TCP
package zone

import (
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/miekg/dns"
)

// Limits of a zone file; beyond, Parse fails.
const (
	MaxOctets  = 2 << 20          // size of the file
	MaxRecords = 20_000           // records, also those that $GENERATE makes
	MaxDelay   = 60 * time.Second // of one delay directive
)

// DefaultTTL is the time to live of records that have none and follow no $TTL, in seconds.
const DefaultTTL = 300

// Zone is the content of a zone file. It never changes and may be read from many goroutines at once.
type Zone struct {
	nodes   map[string]*node // by wire form of the name in lower case; every ancestor is there too (RFC 4592, 2.2.2)
	records int
}

type node struct {
	rrs   []dns.RR
	fault fault
}

// Parse reads a zone file (RFC 1035, 5.1). Names without a trailing dot are whole names, unless $ORIGIN says otherwise;
// $INCLUDE is refused. Name is what errors call the file: they begin with file:line where the line is known, and with
// the file and the owner's name elsewhere.
func Parse(r io.Reader, name string) (*Zone, error) {
	z := &Zone{nodes: map[string]*node{"\x00": {}}}
	limited := &io.LimitedReader{R: r, N: MaxOctets + 1}
	p := dns.NewZoneParser(limited, ".", name)
	p.SetDefaultTTL(DefaultTTL)
	buf := make([]byte, dns.MaxMsgSize)
	for rr, ok := p.Next(); ok; rr, ok = p.Next() {
		if z.records++; z.records > MaxRecords {
			return nil, fmt.Errorf("%s: more than %d records", name, MaxRecords)
		}
		if err := z.add(rr, buf); err != nil {
			return nil, fmt.Errorf("%s: %s: %w", name, rr.Header().Name, err)
		}
	}
	if limited.N == 0 {
		return nil, fmt.Errorf("%s: more than %d octets", name, MaxOctets)
	}
	if err := p.Err(); err != nil {
		return nil, position(err, name)
	}
	return z, nil
}

// position moves the position that the library names last to where editors look for it.
func position(err error, name string) error {
	text := strings.TrimPrefix(err.Error(), name+": ")
	text = strings.TrimPrefix(text, "dns: ")
	what, where, ok := strings.Cut(text, " at line: ")
	if !ok {
		return fmt.Errorf("%s: %s", name, text)
	}
	return fmt.Errorf("%s:%s: %s", name, where, what)
}

// add puts one record where it belongs.
func (z *Zone) add(rr dns.RR, buf []byte) error {
	if rr.Header().Class != dns.ClassINET {
		return errors.New("only class IN is possible")
	}
	key, err := pack(rr.Header().Name)
	if err != nil {
		return err
	}
	if txt, ok := rr.(*dns.TXT); ok {
		if word, ok := strings.CutPrefix(strings.Join(txt.Txt, ""), directive); ok {
			return z.node(key).fault.add(word)
		}
	}
	// There and back again: what cannot be sent is found here, and every spelling becomes the one of the wire.
	end, err := dns.PackRR(rr, buf, 0, nil, false)
	if err != nil {
		return err
	}
	if rr, _, err = dns.UnpackRR(buf[:end], 0); err != nil {
		return err
	}
	n := z.node(key)
	n.rrs = append(n.rrs, rr)
	return nil
}

// node returns the entry of key, which it makes together with every entry above it.
func (z *Zone) node(key string) *node {
	n := z.nodes[key]
	if n == nil {
		n = &node{}
		z.nodes[key] = n
		z.node(parent(key))
	}
	return n
}

// parent returns the wire form without its first label; the root has none.
func parent(key string) string { return key[1+int(key[0]):] }

// pack returns the wire form, in lower case, of a name as the library writes it.
func pack(presentation string) (string, error) {
	var buf [256]byte
	end, err := dns.PackDomainName(dns.Fqdn(presentation), buf[:], 0, nil, false)
	if err != nil {
		return "", err
	}
	for i, c := range buf[:end] {
		if 'A' <= c && c <= 'Z' {
			buf[i] = c + 'a' - 'A'
		}
	}
	return string(buf[:end]), nil
}
