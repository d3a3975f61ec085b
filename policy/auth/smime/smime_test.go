package smime

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"strings"
	"testing"

	"sekimori/policy"
)

// TestPass signs in every way that is accepted.
func TestPass(t *testing.T) {
	root := ca(t, nil, "Example Root")
	between := ca(t, root, "Example Mail CA")
	for name, key := range map[string]crypto.Signer{"rsa": rsaKey(), "p256": newKey(elliptic.P256()), "p384": newKey(elliptic.P384()),
		"p521": newKey(elliptic.P521())} {
		p := person(t, between, key)
		for _, h := range []crypto.Hash{crypto.SHA256, crypto.SHA384, crypto.SHA512} {
			micalg := map[crypto.Hash]string{crypto.SHA256: "SHA-256", crypto.SHA384: "sha384", crypto.SHA512: `"2.16.840.1.101.3.4.2.3"`}[h]
			for how, s := range map[string]signing{"": {}, "pss": {pss: true}, "bare": {bare: true}, "by key": {byKey: true}, "ber": {indefinite: true},
				"as NSS writes it": {indefinite: true, likeNSS: true}} {
				s.by, s.bring, s.hash = []*party{p}, []*party{between}, h
				l := letter{micalg: micalg, signature: s.sign(t, []byte(part)), preamble: "This is signed.\r\n\r\n"}
				got := outcome(t, l.envelope(), 0, root)
				if want := (policy.SMIME{Result: policy.SMIMEPass, Signer: author, Issuer: "Example Mail CA"}); got != want {
					t.Errorf("%s, %s, %s: %+v", name, h, how, got)
				}
			}
		}
	}
}

// TestOutcomes breaks one thing at a time.
func TestOutcomes(t *testing.T) {
	root := ca(t, nil, "Example Root")
	other := ca(t, nil, "Other Root")
	between := ca(t, root, "Example Mail CA")
	p := person(t, root, nil)
	stranger := person(t, root, nil, func(c *x509.Certificate) { c.EmailAddresses = []string{"x@evil.example"} })
	sign := func(s signing) []byte {
		if s.by == nil {
			s.by = []*party{p}
		}
		return s.sign(t, []byte(part))
	}
	by := func(edit func(*x509.Certificate)) []byte {
		return sign(signing{by: []*party{person(t, root, nil, edit)}})
	}
	good := sign(signing{})
	const second = "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\n\r\n"
	boundary := `multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary=b1`
	for _, tt := range []struct {
		name   string
		letter letter
		want   policy.SMIMEResult
		reason string
	}{
		{"good", letter{signature: good}, policy.SMIMEPass, ""},
		{"domain in capitals", letter{signature: good, from: "news@BANK.example"}, policy.SMIMEPass, ""},
		{"x- types", letter{signature: good, kind: strings.Replace(boundary, "/pkcs7", "/x-pkcs7", 1), between: strings.Replace(second, "/pkcs7", "/x-pkcs7", 1)}, policy.SMIMEPass, ""},
		{"nothing said of the digest", letter{signature: good, kind: strings.Replace(boundary, "micalg=sha-256; ", "", 1)}, policy.SMIMEPass, ""},
		{"several digests", letter{signature: sign(signing{hash: crypto.SHA512}), micalg: `"sha-1,sha-256,sha-512"`}, policy.SMIMEPass, ""},
		{"another signer first", letter{signature: sign(signing{by: []*party{stranger, p}})}, policy.SMIMEPass, ""},
		{"another signer behind", letter{signature: sign(signing{by: []*party{p, stranger}})}, policy.SMIMEPass, ""},
		{"no line end at the end", letter{signature: good, end: "\r\n--b1--"}, policy.SMIMEPass, ""},
		{"blanks behind delimiters", letter{signature: good, end: "\r\n--b1-- \t \r\n\r\n \r\n"}, policy.SMIMEPass, ""},
		{"blanks in base64", letter{signature: good, third: " \t \r\n \r\n"}, policy.SMIMEPass, ""},
		{"a boundary in the line", letter{signature: sign(signing{}), preamble: "x --b1\r\n"}, policy.SMIMEPass, ""},

		{"plain", letter{signature: good, kind: "multipart/mixed; boundary=b1"}, policy.SMIMENone, ""},
		{"OpenPGP", letter{signature: good, kind: `multipart/signed; protocol="application/pgp-signature"; boundary=b1`}, policy.SMIMENone, ""},
		{"opaque", letter{kind: "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m"}, policy.SMIMEUnread, "not unpacked"},
		{"encrypted", letter{kind: "application/x-pkcs7-mime; smime-type=enveloped-data"}, policy.SMIMEUnread, "not unpacked"},

		{"octet changed", letter{signature: good, part: strings.Replace(part, "Dear", "dear", 1)}, policy.SMIMEFail, "changed"},
		{"octet changed without attributes", letter{signature: sign(signing{bare: true}), part: strings.Replace(part, "Dear", "dear", 1)}, policy.SMIMEFail, "changed"},
		{"header of the part changed", letter{signature: good, part: strings.Replace(part, "plain", "html", 1)}, policy.SMIMEFail, "changed"},
		{"line end added", letter{signature: good, part: part + "\r\n"}, policy.SMIMEFail, "changed"},
		{"third part", letter{signature: good, third: "--b1\r\n\r\nhello\r\n"}, policy.SMIMEFail, "more than two parts"},
		{"third part at the end", letter{signature: good, end: "--b1--\r\n--b1\r\n\r\nhello\r\n--b1--\r\n"}, policy.SMIMEFail, "behind the end"},
		{"text at the end", letter{signature: good, end: "--b1--\r\nhello\r\n"}, policy.SMIMEFail, "text behind the end"},
		{"half a delimiter at the end", letter{signature: good, end: "--b1--\r\n--b"}, policy.SMIMEFail, "text behind the end"},
		{"one part", letter{part: "x\r\n--b1--\r\n"}, policy.SMIMEFail, "fewer than two parts"},
		{"no end", letter{signature: good, end: "\r\n"}, policy.SMIMEFail, "do not end"},
		{"a CR at the end", letter{signature: good, end: "--b1--\r\n\r"}, policy.SMIMEFail, "a CR"},
		{"a line like the delimiter in the part", letter{signature: good, part: part + "--b1x\r\n"}, policy.SMIMEFail, "begins like"},
		{"a line like the delimiter before", letter{signature: good, preamble: "--b12\r\n\r\nhello\r\n"}, policy.SMIMEFail, "begins like"},
		{"a long line like the delimiter", letter{signature: good, preamble: "--b1" + strings.Repeat(" ", maxTail) + "\r\n"}, policy.SMIMEFail, "begins like"},
		{"a CR in the part", letter{signature: good, part: "a\rb"}, policy.SMIMEFail, "a CR"},
		{"a CR before the parts", letter{signature: good, preamble: "x\r--b1\rContent-Type: text/plain\r\rhello\r\n"}, policy.SMIMEFail, "a CR"},
		{"text and a CR at the end", letter{signature: good, end: "--b1--\r\nx\ry\r\n"}, policy.SMIMEFail, "text behind the end"},
		{"two CR", letter{signature: good, preamble: "x\r\r\n"}, policy.SMIMEFail, "a CR"},
		{"first part empty, second none", letter{part: "\r\n--b1\r\n--b1--\r\n"}, policy.SMIMEFail, "no content"},

		{"two Content-Type", letter{signature: good, fields: "Content-Type: text/html\r\n"}, policy.SMIMEFail, "several Content-Type"},
		{"an encoding", letter{signature: good, fields: "Content-Transfer-Encoding: base64\r\n"}, policy.SMIMEFail, "Transfer-Encoding"},
		{"an encoding that is none", letter{signature: good, fields: "Content-Transfer-Encoding: 7bit\r\n"}, policy.SMIMEPass, ""},
		{"two boundaries", letter{signature: good, kind: boundary + "; boundary=b2"}, policy.SMIMEFail, "not well-formed"},
		{"boundary in pieces", letter{signature: good, kind: strings.Replace(boundary, "boundary=", "boundary*0=", 1)}, policy.SMIMEFail, "in pieces"},
		{"no boundary", letter{signature: good, kind: strings.Replace(boundary, "boundary=b1", "x=y", 1)}, policy.SMIMEFail, "boundary"},
		{"boundary of other characters", letter{signature: good, kind: strings.Replace(boundary, "boundary=b1", `boundary="b1;"`, 1)}, policy.SMIMEFail, "boundary"},
		{"comment", letter{signature: good, kind: strings.Replace(boundary, ";", " (x);", 1)}, policy.SMIMEFail, "comment"},
		{"protocol in another parameter", letter{signature: good, kind: strings.Replace(boundary, "protocol", "protocoll", 1)}, policy.SMIMEFail, "protocol"},
		{"sha-1", letter{signature: good, micalg: "sha1"}, policy.SMIMEFail, "the digest sha1 is not accepted"},
		{"md5", letter{signature: good, micalg: "MD5"}, policy.SMIMEFail, "the digest md5 is not accepted"},
		{"sha-1 of the signer", letter{signature: sign(signing{hash: crypto.SHA1})}, policy.SMIMEFail, "1.3.14.3.2.26, is not accepted"},
		{"another digest", letter{signature: sign(signing{hash: crypto.SHA512})}, policy.SMIMEFail, "sha-512, is not the one that micalg names"},

		{"the second part is no signature", letter{signature: good, between: "Content-Type: text/html\r\nContent-Transfer-Encoding: base64\r\n\r\n"}, policy.SMIMEFail, "no signature"},
		{"the second part has two types", letter{signature: good, between: "Content-Type: text/html\r\n" + second}, policy.SMIMEFail, "no signature"},
		{"the second part is not in base64", letter{signature: good, between: "Content-Type: application/pkcs7-signature\r\n\r\n"}, policy.SMIMEFail, "not in base64"},
		{"no base64", letter{signature: good, third: "====\r\n"}, policy.SMIMEFail, "not in base64"},
		{"header with a NUL", letter{signature: good, between: "X: \x00\r\n" + second}, policy.SMIMEFail, "not well-formed"},
		{"header that is none", letter{signature: good, between: "x\r\n" + second}, policy.SMIMEFail, "not well-formed"},

		{"no CMS", letter{signature: []byte("hello")}, policy.SMIMEFail, "cannot be read"},
		{"nothing", letter{}, policy.SMIMEFail, "cannot be read"},
		{"other CMS", letter{signature: element(0x30, oidElement(oidData), element(0xa0))}, policy.SMIMEFail, "no signed data"},
		{"something behind", letter{signature: sign(signing{tail: []byte{0}})}, policy.SMIMEFail, "cannot be read"},
		{"something behind, in BER", letter{signature: sign(signing{indefinite: true, tail: []byte{0}})}, policy.SMIMEFail, "cannot be read"},
		{"content inside", letter{signature: sign(signing{inside: []byte("hello")})}, policy.SMIMEFail, "content of its own"},
		{"another content type", letter{signature: sign(signing{contentType: oidSignedData})}, policy.SMIMEFail, "another type of content"},
		{"two digests", letter{signature: sign(signing{twice: true})}, policy.SMIMEFail, "a signer cannot be read"},
		{"nobody", letter{signature: sign(signing{by: []*party{}})}, policy.SMIMEFail, "nobody signed"},
		{"certificate missing", letter{signature: sign(signing{leave: true})}, policy.SMIMEFail, "certificate is missing"},
		{"signature of another key", letter{signature: sign(signing{by: []*party{{p.cert, stranger.key}}})}, policy.SMIMEFail, "not of this key"},
		{"signature of another kind of key", letter{signature: sign(signing{by: []*party{{p.cert, rsaKey()}}})}, policy.SMIMEFail, "not of this key"},

		{"other author", letter{signature: good, from: "news@evil.example"}, policy.SMIMEOtherAddress, "does not name the author"},
		{"other local part", letter{signature: good, from: "News@bank.example"}, policy.SMIMEOtherAddress, "does not name the author"},
		{"name below", letter{signature: good, from: "news@mail.bank.example"}, policy.SMIMEOtherAddress, "does not name the author"},
		{"two authors", letter{signature: good, from: author + ">, <x@evil.example"}, policy.SMIMEOtherAddress, "one address in every reading"},
		{"another address shown", letter{signature: good, fields: "From: x@evil.example\r\n"}, policy.SMIMEOtherAddress, "one address in every reading"},
		{"author of no domain", letter{signature: good, from: "news@[192.0.2.1]"}, policy.SMIMEOtherAddress, ""},
		{"no address", letter{signature: by(func(c *x509.Certificate) { c.EmailAddresses = nil })}, policy.SMIMEOtherAddress, "names no address"},

		{"other anchor", letter{signature: sign(signing{by: []*party{person(t, other, nil)}})}, policy.SMIMEUntrusted, "leads to no anchor"},
		{"anchor in the message", letter{signature: sign(signing{by: []*party{person(t, other, nil)}, bring: []*party{other}})}, policy.SMIMEUntrusted, "leads to no anchor"},
		{"signs itself", letter{signature: sign(signing{by: []*party{person(t, nil, nil)}})}, policy.SMIMEUntrusted, "leads to no anchor"},
		{"intermediate missing", letter{signature: sign(signing{by: []*party{person(t, between, nil)}})}, policy.SMIMEUntrusted, "leads to no anchor"},
		{"intermediate no CA", letter{signature: sign(signing{by: []*party{person(t, p, nil)}, bring: []*party{p}})}, policy.SMIMEUntrusted, ""},
		{"expired", letter{signature: by(func(c *x509.Certificate) { c.NotAfter = now().AddDate(0, 0, -1) })}, policy.SMIMEUntrusted, "the certificate is valid from 2026-10-20 until 2026-11-19"},
		{"not yet valid", letter{signature: by(func(c *x509.Certificate) { c.NotBefore = now().AddDate(0, 0, 1) })}, policy.SMIMEUntrusted, "the certificate is valid from 2026-11-21"},
		{"for servers", letter{signature: by(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth} })}, policy.SMIMEUntrusted, "not for mail"},
		{"for anything", letter{signature: by(func(c *x509.Certificate) { c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageAny} })}, policy.SMIMEPass, ""},
		{"nothing said of use", letter{signature: by(func(c *x509.Certificate) { c.ExtKeyUsage, c.KeyUsage = nil, 0 })}, policy.SMIMEPass, ""},
		{"key for encryption", letter{signature: by(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageKeyEncipherment })}, policy.SMIMEUntrusted, "not for signatures"},
		{"key for contracts", letter{signature: by(func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageContentCommitment })}, policy.SMIMEPass, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw := tt.letter.envelope()
			got := outcome(t, raw, 0, root)
			if got.Result != tt.want || !strings.Contains(got.Reason, tt.reason) || (got.Reason == "") != (got.Result == policy.SMIMEPass || got.Result == policy.SMIMENone) {
				t.Errorf("%+v", got)
			}
			for _, size := range []int{1, 2, 3, 7, 61} {
				if again := outcome(t, raw, size, root); again != got {
					t.Errorf("in pieces of %d: %+v", size, again)
				}
			}
		})
	}
}
