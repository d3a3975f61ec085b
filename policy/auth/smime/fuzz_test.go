package smime

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"math/big"
	"testing"

	"sekimori/policy"
)

// fixed returns a CA and somebody with its certificate, the same in every process: the ones in which a fuzz target runs share what they
// find.
func fixed(f *testing.F) (root, p *party) {
	key := func(n byte) crypto.Signer {
		k, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{n}, 32))
		if err != nil {
			f.Fatal(err)
		}
		return k
	}
	root = issue(f, nil, key(1), &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "Example Root"}, NotBefore: now().AddDate(-1, 0, 0),
		NotAfter: now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return root, person(f, root, key(2), func(c *x509.Certificate) { c.SerialNumber, c.SubjectKeyId = big.NewInt(2), []byte("bank") })
}

// FuzzBody holds that no body makes the splitter fail, that how it is cut makes no difference, and that nothing passes that nobody signed.
func FuzzBody(f *testing.F) {
	root, p := fixed(f)
	good := signing{by: []*party{p}}.sign(f, []byte(part))
	for _, l := range []letter{{signature: good}, {signature: good, preamble: "x\r\n"}, {signature: good, third: "--b1\r\n\r\nx\r\n"}, {part: "x"},
		{signature: good, part: "--b1x"}, {signature: good, end: "--b1--\r\n\r\nx"}} {
		_, body := split(f, l.envelope())
		f.Add(body, uint8(3))
		f.Add(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), uint8(1))
	}
	h, _ := split(f, letter{signature: good}.envelope())
	authors := []policy.Author{{Address: policy.Address{Local: "news", Domain: "bank.example"}}}
	f.Fuzz(func(t *testing.T, body []byte, size uint8) {
		whole := judgeBody(h, body, 0, authors, now(), root)
		if pieces := judgeBody(h, body, int(size), authors, now(), root); pieces != whole {
			t.Errorf("whole %+v, in pieces of %d %+v", whole, size, pieces)
		}
		canonical := bytes.ReplaceAll(bytes.ReplaceAll(body, []byte("\r\n"), []byte("\n")), []byte("\n"), []byte("\r\n"))
		if whole.Result == policy.SMIMEPass && !bytes.Contains(canonical, []byte("--b1\r\n"+part+"\r\n--b1")) {
			t.Errorf("what nobody signed passes: %q", body)
		}
		if whole.Result == "" || whole.Result == policy.SMIMENone || (whole.Reason == "") != (whole.Result == policy.SMIMEPass) {
			t.Errorf("%+v", whole)
		}
	})
}

// FuzzSignature holds that nothing that stands where a signature should makes the reader of CMS fail, and that one that is not the honest
// one passes only where it says the same of the same content.
func FuzzSignature(f *testing.F) {
	root, p := fixed(f)
	for _, s := range []signing{{}, {indefinite: true}, {bare: true}, {byKey: true}, {inside: []byte("x")}, {twice: true}} {
		s.by = []*party{p}
		f.Add(s.sign(f, []byte(part)))
	}
	f.Add([]byte{0x24, 0x80, 4, 1, 'a', 4, 1, 'b', 0, 0})
	f.Add([]byte{0x30, 0x80, 0x30, 0x80, 0, 0, 0, 0})
	h, _ := split(f, letter{}.envelope())
	authors := []policy.Author{{Address: policy.Address{Local: "news", Domain: "bank.example"}}}
	f.Fuzz(func(t *testing.T, signature []byte) {
		if der, ok := derOf(signature); ok && len(der) > len(signature)+8*maxNesting {
			t.Errorf("%d octets become %d", len(signature), len(der))
		} else if again, ok2 := derOf(der); ok && len(der) > 1 && (!ok2 || !bytes.Equal(again, der)) {
			t.Errorf("%x is not settled", der)
		}
		for _, content := range []string{part, "other"} {
			_, body := split(t, letter{signature: signature, part: content}.envelope())
			if got := judgeBody(h, body, 0, authors, now(), root); got.Result == policy.SMIMEPass && content != part {
				t.Errorf("%+v", got)
			}
		}
	})
}

// FuzzHeader holds that no Content-Type makes the reader fail.
func FuzzHeader(f *testing.F) {
	f.Add(` multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="b1"`, "7bit")
	f.Add("multipart/signed;\n\tboundary*0=b;boundary*1=c; protocol=\"application/pkcs7-signature\"", "")
	f.Add("application/pkcs7-mime", "base64")
	f.Fuzz(func(t *testing.T, kind, encoding string) {
		h := policy.Header{{Name: contentType, Value: kind}, {Name: "Content-Transfer-Encoding", Value: encoding}}
		x := New(nil).Begin(h)
		x.Write([]byte("--b1\r\n\r\nx\r\n--b1\r\n"))
		if got := x.Result(nil, now()); got.Result == policy.SMIMEPass || got.Result == "" {
			t.Errorf("%+v", got)
		}
	})
}

// FuzzAnchors holds that no file makes the reader of anchors fail, and that each that is read is a CA.
func FuzzAnchors(f *testing.F) {
	root, p := fixed(f)
	f.Add([]byte(pemOf(root)))
	f.Add([]byte("x\n" + pemOf(root, p, root)))
	f.Add([]byte("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n-----BEGIN "))
	f.Fuzz(func(t *testing.T, data []byte) {
		anchors, mistakes := ParseAnchors(data, now())
		if len(anchors) == 0 && len(mistakes) == 0 {
			t.Error("nothing is there and nothing is wrong")
		}
		for _, a := range anchors {
			if !a.IsCA || !accepted(a.PublicKey) {
				t.Errorf("%v", a.Subject)
			}
		}
	})
}
