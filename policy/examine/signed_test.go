package examine

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"fmt"
	"net/netip"
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/dkim"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// signed is an honest mail as a milter is handed it, and as it stands in a file, with the DNS of its sender. SPF, DKIM
// and DMARC pass.
type signed struct {
	names   warm
	raw     []byte
	header  policy.Header
	body    []byte
	client  netip.Addr
	helo    string
	sender  string
	author  policy.Domain
	servID  string
	message policy.Message // envelope
}

// warm answers from a table as a resolver that has every answer. It is used from many goroutines at once.
type warm map[string]policy.DNSAnswer

func (w warm) Lookup(_ context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	if a, ok := w[string(t)+" "+name]; ok {
		return a
	}
	return policy.DNSAnswer{Status: policy.DNSNXDomain, Cached: true}
}

func (w warm) txt(name, text string) {
	w["TXT "+name] = policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{text}, Cached: true}
}

// newSigned returns a mail with a body of about that many octets, 22 header fields and one RSA signature. The SPF record
// is an ordinary one: two includes, and the client is in the second.
func newSigned(tb testing.TB, size int) *signed {
	tb.Helper()
	s := &signed{
		names: warm{}, client: netip.MustParseAddr("203.0.113.25"), helo: "mail.sender.test",
		sender: "news@bounce.sender.test", author: "sender.test", servID: "mx.gw.test",
	}
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		tb.Fatal(err)
	}
	public, err := x509.MarshalPKIXPublicKey(key.Public())
	if err != nil {
		tb.Fatal(err)
	}
	s.names.txt("k1._domainkey.sender.test", "v=DKIM1; k=rsa; p="+base64.StdEncoding.EncodeToString(public))
	s.names.txt("_dmarc.sender.test", "v=DMARC1; p=reject; rua=mailto:dmarc@sender.test; adkim=r; aspf=r")
	s.names.txt("bounce.sender.test", "v=spf1 ip4:198.51.100.0/24 include:_spf.one.test include:_spf.two.test -all")
	s.names.txt("mail.sender.test", "v=spf1 ip4:203.0.113.25 -all")
	s.names.txt("_spf.one.test", "v=spf1"+strings.Repeat(" ip4:198.18.0.0/24", 8)+" ~all")
	s.names.txt("_spf.two.test", "v=spf1"+strings.Repeat(" ip4:198.19.0.0/24", 8)+" ip4:203.0.113.0/24 ~all")

	var plain bytes.Buffer
	for i := range 14 {
		fmt.Fprintf(&plain, "X-Field-%d: %s\r\n", i, strings.Repeat("value ", 8))
	}
	plain.WriteString("From: News <news@sender.test>\r\nTo: hanako@gw.test\r\nSubject: a letter\r\nDate: Wed, 01 Apr 2026 00:00:00 +0000\r\n" +
		"Message-ID: <1@sender.test>\r\nMIME-Version: 1.0\r\nContent-Type: text/html\r\n\r\n")
	for i := 0; plain.Len() < size; i++ {
		fmt.Fprintf(&plain, "<tr><td class=\"cell\">line %d</td>  <td>text of a letter</td></tr>\r\n", i)
	}
	var out bytes.Buffer
	if err := dkim.Sign(&out, &plain, &dkim.SignOptions{
		Domain: "sender.test", Selector: "k1", Signer: key,
		HeaderCanonicalization: dkim.CanonicalizationRelaxed, BodyCanonicalization: dkim.CanonicalizationRelaxed,
		HeaderKeys: []string{"From", "To", "Subject", "Date", "Message-ID", "MIME-Version", "Content-Type"},
	}); err != nil {
		tb.Fatal(err)
	}
	s.raw = out.Bytes()
	if s.header, s.body, err = mail.Split(s.raw); err != nil {
		tb.Fatal(err)
	}
	s.message = *from(s.client.String(), s.sender)
	s.message.Helo, s.message.HeloDomain, s.message.Server = s.helo, policy.Domain(s.helo), s.servID
	return s
}

// examine examines the mail as the milter does.
func (s *signed) examine(e *Examiner) *policy.Record {
	m := s.message
	x := e.Begin(&m)
	m.Header = s.header
	wanted := x.Header()
	for rest := s.body; wanted && len(rest) > 0; {
		n := min(len(rest), bodyChunk)
		wanted = x.Body(rest[:n])
		rest = rest[n:]
	}
	m.BodySize = int64(len(s.body))
	return x.End()
}
