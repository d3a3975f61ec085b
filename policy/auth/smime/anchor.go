package smime

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"strings"
	"time"
)

// Limits of a file of anchors.
const (
	MaxAnchors      = 256
	MaxAnchorOctets = 4 << 20 // of the file
)

// Mistake is something wrong with a file of anchors.
type Mistake struct {
	Line    int // from 1; 0 stands for the file as a whole
	Text    string
	Warning bool // the anchor is taken, and proves nothing or nothing more
}

// begin starts a block of PEM (RFC 7468, 2). What stands between blocks is a comment.
const begin = "-----BEGIN "

// ParseAnchors reads the certificates of a file in PEM, each of a CA (RFC 5280, 4.2.1.9) with a key that is accepted. At is the time for
// which one that is not valid is a warning; without a time nothing is said of that. The others go on to hold, so that an anchor that ends
// one night does not keep a gateway from starting.
func ParseAnchors(data []byte, at time.Time) (anchors []*x509.Certificate, mistakes []Mistake) {
	first := map[string]int{}
	blocks := 0
	for line, rest := 1, data; len(rest) > 0; line++ {
		this, after, _ := bytes.Cut(rest, []byte("\n"))
		if !bytes.HasPrefix(this, []byte(begin)) {
			rest = after
			continue
		}
		if blocks++; blocks > MaxAnchors {
			mistakes = append(mistakes, Mistake{Line: line, Text: fmt.Sprintf("more than %d anchors", MaxAnchors)})
			break
		}
		block := rest
		if n := bytes.Index(after, []byte("\n"+begin)); n >= 0 {
			block = rest[:len(rest)-len(after)+n+1]
		}
		rest = after
		c, wrong := anchor(block)
		if wrong != "" {
			mistakes = append(mistakes, Mistake{Line: line, Text: wrong})
			continue
		}
		if l, twice := first[string(c.Raw)]; twice {
			mistakes = append(mistakes, Mistake{line, fmt.Sprintf("this certificate stands on line %d already", l), true})
			continue
		}
		first[string(c.Raw)] = line
		if !at.IsZero() && (at.Before(c.NotBefore) || at.After(c.NotAfter)) {
			mistakes = append(mistakes, Mistake{line, fmt.Sprintf("%q is valid from %s until %s, so nothing is proved by it now",
				Name(c.Subject), day(c.NotBefore), day(c.NotAfter)), true})
		}
		anchors = append(anchors, c)
	}
	if blocks == 0 {
		mistakes = append(mistakes, Mistake{Text: "there is no certificate in it; one in PEM begins with a line " + begin + "CERTIFICATE-----"})
	}
	return anchors, mistakes
}

// anchor reads one block, and says what keeps it from being an anchor.
func anchor(data []byte) (c *x509.Certificate, wrong string) {
	block, _ := pem.Decode(data)
	if block == nil {
		return nil, "this block of PEM cannot be read"
	}
	if block.Type != "CERTIFICATE" {
		return nil, fmt.Sprintf("%q is no certificate", block.Type)
	}
	c, err := x509.ParseCertificate(block.Bytes)
	switch {
	case err != nil:
		return nil, "this certificate cannot be read: " + strings.TrimPrefix(err.Error(), "x509: ")
	case !c.BasicConstraintsValid || !c.IsCA || c.KeyUsage != 0 && c.KeyUsage&x509.KeyUsageCertSign == 0:
		return nil, fmt.Sprintf("%q is no CA: what it would sign proves nothing; name the one that issued it", Name(c.Subject))
	case !accepted(c.PublicKey):
		return nil, fmt.Sprintf("the key of %q is not accepted: RSA of %d to %d bits, ECDSA on P-256, P-384 and P-521 are", Name(c.Subject),
			MinRSABits, MaxRSABits)
	}
	return c, ""
}
