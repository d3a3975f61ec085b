package smime

import (
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/asn1"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// inSubject puts an address into the subject in place of SubjectAltName.
func inSubject(address string) func(*x509.Certificate) {
	return func(c *x509.Certificate) {
		c.EmailAddresses = nil
		c.Subject.ExtraNames = []pkix.AttributeTypeAndValue{{Type: asn1.ObjectIdentifier{1, 2, 840, 113549, 1, 9, 1}, Value: address}}
	}
}

// TestChains are chains that differ from good ones in one thing.
func TestChains(t *testing.T) {
	root := ca(t, nil, "Example Root")
	weak := issue(t, nil, rsaKey(), &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "RSA Root"}, NotBefore: now().AddDate(-1, 0, 0),
		NotAfter: now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	sub := func(edit func(*x509.Certificate)) *party { return ca(t, root, "Example Mail CA", edit) }
	plain := sub(func(*x509.Certificate) {})
	bankOnly := sub(func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"bank.example"} })
	othersOnly := sub(func(c *x509.Certificate) { c.PermittedEmailAddresses = []string{"evil.example"} })
	noDepth := sub(func(c *x509.Certificate) { c.MaxPathLenZero = true })
	below := ca(t, noDepth, "Below")
	critical := pkix.Extension{Id: asn1.ObjectIdentifier{1, 3, 6, 1, 4, 1, 99999, 1}, Critical: true, Value: []byte{5, 0}}
	for _, tt := range []struct {
		name    string
		chain   []*party // whose certificates are brought, the issuer first
		edit    func(*x509.Certificate)
		want    policy.SMIMEResult
		reason  string
		signer  string
		anchors []*party
	}{
		{"one between", []*party{plain}, nil, policy.SMIMEPass, "", author, nil},
		{"between as anchor", []*party{plain}, nil, policy.SMIMEPass, "", author, []*party{plain}},
		{"no anchors", []*party{plain}, nil, policy.SMIMEUntrusted, "leads to no anchor", author, []*party{}},
		{"several addresses", []*party{plain}, func(c *x509.Certificate) { c.EmailAddresses = []string{"x@bank.example", author} }, policy.SMIMEPass, "", author, nil},
		{"address in the subject", []*party{plain}, inSubject(author), policy.SMIMEPass, "", author, nil},
		{"another one in SubjectAltName", []*party{plain}, func(c *x509.Certificate) {
			inSubject(author)(c)
			c.EmailAddresses = []string{"x@bank.example"}
		}, policy.SMIMEOtherAddress, "does not name", "x@bank.example", nil},
		{"no address at all", []*party{plain}, inSubject("nobody"), policy.SMIMEOtherAddress, "does not name", "nobody", nil},
		{"permitted", []*party{bankOnly}, nil, policy.SMIMEPass, "", author, nil},
		{"not permitted", []*party{othersOnly}, nil, policy.SMIMEUntrusted, "may not speak for this name", author, nil},
		{"not permitted, in the subject", []*party{othersOnly}, inSubject(author), policy.SMIMEUntrusted, "restricts addresses", author, nil},
		{"permitted, in the subject", []*party{bankOnly}, inSubject(author), policy.SMIMEUntrusted, "restricts addresses", author, nil},
		{"too deep", []*party{below, noDepth}, nil, policy.SMIMEUntrusted, "not valid in a chain", author, nil},
		{"between is for servers", []*party{sub(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })}, nil,
			policy.SMIMEUntrusted, "not for mail", author, nil},
		{"between has expired", []*party{sub(func(c *x509.Certificate) { c.NotAfter = now().Add(-time.Second) })}, nil, policy.SMIMEUntrusted, "a certificate of the chain is valid from", author, nil},
		{"an unknown critical extension", []*party{plain}, func(c *x509.Certificate) { c.ExtraExtensions = []pkix.Extension{critical} },
			policy.SMIMEUntrusted, "cannot be verified", author, nil},
		{"signed with SHA-1", []*party{weak}, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA1WithRSA }, policy.SMIMEUntrusted, "signed with SHA1-RSA", author, []*party{weak}},
		{"signed with RSA-PSS", []*party{weak}, func(c *x509.Certificate) { c.SignatureAlgorithm = x509.SHA256WithRSAPSS }, policy.SMIMEPass, "", author, []*party{weak}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			edit := func(c *x509.Certificate) {
				if tt.edit != nil {
					tt.edit(c)
				}
			}
			if tt.anchors == nil {
				tt.anchors = []*party{root}
			}
			p := person(t, tt.chain[0], nil, edit)
			sig := signing{by: []*party{p}, bring: tt.chain}.sign(t, []byte(part))
			got := outcome(t, letter{signature: sig}.envelope(), 0, tt.anchors...)
			if got.Result != tt.want || !strings.Contains(got.Reason, tt.reason) || got.Signer != tt.signer || got.Issuer != Name(tt.chain[0].cert.Subject) {
				t.Errorf("%+v", got)
			}
		})
	}
}

// TestSmallKey holds that a certificate with a key that is not accepted is none, as the signer's and in the chain.
func TestSmallKey(t *testing.T) {
	root := ca(t, nil, "Example Root")
	small := newKey(elliptic.P224())
	sig := signing{by: []*party{person(t, root, small)}}.sign(t, []byte(part))
	if got := outcome(t, letter{signature: sig}.envelope(), 0, root); got.Result != policy.SMIMEFail || !strings.Contains(got.Reason, "not accepted") {
		t.Errorf("signer: %+v", got)
	}
	between := issue(t, root, small, &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "Small"}, NotBefore: now().AddDate(-1, 0, 0),
		NotAfter: now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	sig = signing{by: []*party{person(t, between, nil)}, bring: []*party{between}}.sign(t, []byte(part))
	if got := outcome(t, letter{signature: sig}.envelope(), 0, root); got.Result != policy.SMIMEUntrusted {
		t.Errorf("between: %+v", got)
	}
}

// TestTime holds that only the time of the message counts, and that without one nothing passes.
func TestTime(t *testing.T) {
	root := ca(t, nil, "Example Root")
	p := person(t, root, nil)
	sig := signing{by: []*party{p}}.sign(t, []byte(part))
	authors := []policy.Author{{Address: policy.Address{Local: "news", Domain: "bank.example"}}}
	for at, want := range map[time.Time]policy.SMIMEResult{
		now(): policy.SMIMEPass, p.cert.NotBefore: policy.SMIMEPass, p.cert.NotAfter: policy.SMIMEPass,
		p.cert.NotBefore.Add(-time.Second): policy.SMIMEUntrusted, p.cert.NotAfter.Add(time.Second): policy.SMIMEUntrusted, {}: policy.SMIMEUntrusted,
	} {
		h, body := split(t, letter{signature: sig}.envelope())
		if got := judgeBody(h, body, 0, authors, at, root); got.Result != want {
			t.Errorf("%s: %+v", at, got)
		}
	}
	h, body := split(t, letter{signature: sig}.envelope())
	if got := judgeBody(h, body, 0, nil, now(), root); got.Result != policy.SMIMEOtherAddress {
		t.Errorf("without authors: %+v", got)
	}
}

// TestNames holds what a certificate is called.
func TestNames(t *testing.T) {
	for want, n := range map[string]pkix.Name{
		"a": {CommonName: "a", Organization: []string{"b"}}, "c": {OrganizationalUnit: []string{"c"}, Organization: []string{"b"}},
		"b": {Organization: []string{"b"}}, "nobody": {},
	} {
		if got := Name(n); got != want {
			t.Errorf("%q, wanted %q", got, want)
		}
	}
}
