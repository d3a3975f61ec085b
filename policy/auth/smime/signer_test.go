package smime

import (
	"crypto/x509"
	"math/big"
	"strings"
	"testing"

	"golang.org/x/crypto/cryptobyte"
)

// TestPSSParameters holds which parameters of RSASSA-PSS are taken.
func TestPSSParameters(t *testing.T) {
	known := algorithms()
	id := func(n int) []byte { return element(0x30, oidElement(known[n].oid)) }
	withNull := func(n int) []byte { return element(0x30, oidElement(known[n].oid), []byte{5, 0}) }
	digest := func(b []byte) []byte { return element(0xa0, b) }
	mask := func(oid string, b []byte) []byte { return element(0xa1, element(0x30, oidElement(oid), b)) }
	number := func(tag byte, n ...byte) []byte { return element(tag, element(2, n)) }
	good := [][]byte{digest(id(0)), mask(oidMGF1, id(0)), number(0xa2, 32)}
	with := func(more ...[]byte) []byte { return element(0x30, append(append([][]byte{}, good...), more...)...) }
	for _, tt := range []struct {
		name   string
		params []byte
		salt   int
	}{
		{"as programs write them", with(), 32},
		{"with NULL", element(0x30, digest(withNull(0)), mask(oidMGF1, withNull(0)), number(0xa2, 32)), 32},
		{"trailer", with(number(0xa3, 1)), 32},
		{"salt of the default length", element(0x30, good[0], good[1]), 20},
		{"the longest salt", element(0x30, good[0], good[1], number(0xa2, 4, 0)), MaxRSABits / 8},
		{"a longer salt", element(0x30, good[0], good[1], number(0xa2, 4, 1)), 0},
		{"no salt", element(0x30, good[0], good[1], number(0xa2, 0)), 0},
		{"less than no salt", element(0x30, good[0], good[1], number(0xa2, 0xff)), 0},
		{"another trailer", with(number(0xa3, 2)), 0},
		{"another digest", element(0x30, digest(id(1)), good[1], good[2]), 0},
		{"another digest of the mask", element(0x30, good[0], mask(oidMGF1, id(1)), good[2]), 0},
		{"another mask", element(0x30, good[0], mask(oidRSA, id(0)), good[2]), 0},
		{"parameters of the digest", element(0x30, digest(element(0x30, oidElement(known[0].oid), []byte{2, 1, 1})), good[1], good[2]), 0},
		{"the defaults, which are SHA-1", element(0x30), 0},
		{"none", nil, 0},
		{"more", with(number(0xa4, 1)), 0},
		{"something behind", append(with(), 5, 0), 0},
	} {
		salt, ok := pssSalt(cryptobyte.String(tt.params), known[0])
		if ok != (tt.salt > 0) || ok && salt != tt.salt {
			t.Errorf("%s: %d, %v", tt.name, salt, ok)
		}
	}
}

// TestAlgorithmOfAnotherDigest holds that the signature's algorithm agrees with the digest of its signer.
func TestAlgorithmOfAnotherDigest(t *testing.T) {
	p := person(t, nil, nil)
	for oid, reason := range map[string]string{oidECDSASHA384: "another digest", oidRSASHA512: "another digest", oidRSA: "not of this key", oidRSASHA256: "not of this key",
		"\x2b\x65\x70": "1.3.101.112, is not accepted", strings.Repeat("\x2b", 40): "unknown, is not accepted", "": "unknown, is not accepted"} {
		i := signerInfo{algorithm: []byte(oid)}
		if ok, got := i.holds(p.cert.PublicKey, algorithms()[0], nil); ok || !strings.Contains(got.reason, reason) {
			t.Errorf("%x: %v, %+v", oid, ok, got)
		}
	}
}

// TestWhoseCertificate holds that a signer's certificate is found by issuer and number together, or by the identifier of its key.
func TestWhoseCertificate(t *testing.T) {
	first, second := ca(t, nil, "First"), ca(t, nil, "Second")
	numbered := func(by *party, n int64) *x509.Certificate {
		return person(t, by, nil, func(c *x509.Certificate) { c.SerialNumber = big.NewInt(n) }).cert
	}
	d := signedData{certificates: []*x509.Certificate{numbered(first, 200), numbered(second, 200), numbered(second, 7)}}
	for want, i := range []signerInfo{
		{issuer: first.cert.RawSubject, serial: []byte{0, 200}}, {issuer: second.cert.RawSubject, serial: []byte{0, 200}}, {issuer: second.cert.RawSubject, serial: []byte{7}},
	} {
		if got := d.certificate(&i); got != d.certificates[want] {
			t.Errorf("%d: %v", want, got)
		}
		if got := d.certificate(&signerInfo{keyID: d.certificates[want].SubjectKeyId}); got != d.certificates[want] {
			t.Errorf("%d by its key: %v", want, got)
		}
	}
	for _, i := range []signerInfo{{issuer: first.cert.RawSubject, serial: []byte{7}}, {issuer: first.cert.RawSubject, serial: []byte{200}[:0]}, {keyID: []byte("x")}, {keyID: []byte{}}} {
		if d.certificate(&i) != nil {
			t.Errorf("%+v has a certificate", i)
		}
	}
}
