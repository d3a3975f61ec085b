package smime

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/base64"
	"io"
	"math/big"
	"strings"
	"sync"
	"testing"
	"time"

	"golang.org/x/crypto/cryptobyte"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// now is when the messages of the tests come.
func now() time.Time { return time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC) }

const author = "news@bank.example"

// party is somebody with a certificate.
type party struct {
	cert *x509.Certificate
	key  crypto.Signer
}

// rsaKey is one key for all tests, because it takes long to make.
var rsaKey = sync.OnceValue(func() crypto.Signer { return newRSA(2048) })

func newRSA(bits int) crypto.Signer {
	k, err := rsa.GenerateKey(rand.Reader, bits)
	if err != nil {
		panic(err)
	}
	return k
}

func newKey(c elliptic.Curve) crypto.Signer {
	k, err := ecdsa.GenerateKey(c, rand.Reader)
	if err != nil {
		panic(err)
	}
	return k
}

// dice is where a key that signs has its random numbers from. ECDSA needs none (RFC 6979), so that fixed keys make the same signature each time.
func dice(key crypto.Signer) io.Reader {
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		return nil
	}
	return rand.Reader
}

func serial() *big.Int {
	n, err := rand.Int(rand.Reader, big.NewInt(1<<62))
	if err != nil {
		panic(err)
	}
	return n
}

// issue makes a certificate by a template. Without an issuer it signs itself.
func issue(t testing.TB, by *party, key crypto.Signer, template *x509.Certificate) *party {
	t.Helper()
	if key == nil {
		key = newKey(elliptic.P256())
	}
	p := &party{key: key}
	if by == nil {
		by = &party{cert: template, key: key}
	}
	der, err := x509.CreateCertificate(dice(by.key), template, by.cert, key.Public(), by.key)
	if err != nil {
		t.Fatal(err)
	}
	if p.cert, err = x509.ParseCertificate(der); err != nil {
		t.Fatal(err)
	}
	return p
}

// ca makes a CA, with changes.
func ca(t testing.TB, by *party, name string, edit ...func(*x509.Certificate)) *party {
	template := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, NotBefore: now().AddDate(-1, 0, 0),
		NotAfter: now().AddDate(9, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign | x509.KeyUsageCRLSign}
	for _, e := range edit {
		e(template)
	}
	return issue(t, by, nil, template)
}

// person makes the certificate of somebody who signs mail, with changes.
func person(t testing.TB, by *party, key crypto.Signer, edit ...func(*x509.Certificate)) *party {
	template := &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "Bank"}, NotBefore: now().AddDate(0, -1, 0),
		NotAfter: now().AddDate(1, 0, 0), KeyUsage: x509.KeyUsageDigitalSignature, EmailAddresses: []string{author},
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageEmailProtection}, SubjectKeyId: []byte(serial().String())}
	for _, e := range edit {
		e(template)
	}
	return issue(t, by, key, template)
}

// signing is how a message is signed, and what is wrong with it.
type signing struct {
	by          []*party
	bring       []*party    // whose certificates are in the message besides
	leave       bool        // no certificate of a signer is
	hash        crypto.Hash // SHA256 where none is said
	pss         bool
	bare        bool // no signed attributes
	byKey       bool // the signer is named by the identifier of the key
	indefinite  bool // lengths of the outer elements
	likeNSS     bool // of those around certificates and signers, which have definite ones; digests have NULL as their parameters
	inside      []byte
	contentType string // of the signed attributes
	twice       bool   // the digest stands twice among them
	tail        []byte // behind the signature
	pad         int    // octets of revocation lists, which nobody reads
}

// sign makes the message of CMS for a content.
func (s signing) sign(t testing.TB, content []byte) []byte {
	t.Helper()
	if s.hash == 0 {
		s.hash = crypto.SHA256
	}
	var certificates [][]byte
	all := s.bring
	if !s.leave {
		all = append(append([]*party{}, s.by...), s.bring...)
	}
	for _, p := range all {
		certificates = append(certificates, p.cert.Raw)
	}
	var infos [][]byte
	for _, p := range s.by {
		infos = append(infos, s.signer(t, p, content))
	}
	version := []byte{2, 1, 1}
	inner := [][]byte{oidElement(oidData)}
	if s.inside != nil {
		inner = append(inner, s.wrap(0xa0, element(octetString, s.inside)))
	}
	within := s
	within.indefinite = s.indefinite && !s.likeNSS
	parts := [][]byte{version, element(0x31, s.algorithm(s.hash)), s.wrap(0x30, inner...), within.wrap(0xa0, certificates...)}
	if s.pad > 0 {
		parts = append(parts, element(0xa1, make([]byte, s.pad)))
	}
	data := s.wrap(0x30, append(parts, within.wrap(0x31, infos...))...)
	return append(s.wrap(0x30, oidElement(oidSignedData), s.wrap(0xa0, data)), s.tail...)
}

// wrap makes a constructed element, of definite length or not.
func (s signing) wrap(tag byte, content ...[]byte) []byte {
	if !s.indefinite {
		return element(tag, content...)
	}
	return append(append([]byte{tag, 0x80}, bytes.Join(content, nil)...), 0, 0)
}

func element(tag byte, content ...[]byte) []byte { return enclosed(bytes.Join(content, nil), 0, tag) }

func oidElement(oid string) []byte { return element(6, []byte(oid)) }

func (s signing) algorithm(h crypto.Hash) []byte {
	for _, a := range algorithms() {
		if a.hash == h {
			if s.likeNSS {
				return element(0x30, oidElement(a.oid), []byte{5, 0})
			}
			return element(0x30, oidElement(a.oid))
		}
	}
	return element(0x30, oidElement("\x2b\x0e\x03\x02\x1a")) // SHA-1
}

func digestOf(h crypto.Hash, content []byte) []byte {
	x := h.New()
	x.Write(content)
	return x.Sum(nil)
}

func (s signing) signer(t testing.TB, p *party, content []byte) []byte {
	id := element(0x80, p.cert.SubjectKeyId)
	if !s.byKey {
		b := cryptobyte.NewBuilder(nil)
		b.AddASN1BigInt(p.cert.SerialNumber)
		id = element(0x30, p.cert.RawIssuer, b.BytesOrPanic())
	}
	parts := [][]byte{{2, 1, 1}, id, s.algorithm(s.hash)}
	toSign := digestOf(s.hash, content)
	if !s.bare {
		kind := s.contentType
		if kind == "" {
			kind = oidData
		}
		digest := element(0x30, oidElement(oidMessageDigest), element(0x31, element(octetString, toSign)))
		attributes := append(element(0x30, oidElement(oidContentType), element(0x31, oidElement(kind))), digest...)
		if s.twice {
			attributes = append(attributes, digest...)
		}
		toSign = digestOf(s.hash, element(0x31, attributes))
		parts = append(parts, element(0xa0, attributes))
	}
	algorithm, opts := s.signatureAlgorithm(p.key)
	signature, err := p.key.Sign(dice(p.key), toSign, opts)
	if err != nil {
		t.Fatal(err)
	}
	return element(0x30, append(parts, algorithm, element(octetString, signature))...)
}

func (s signing) signatureAlgorithm(key crypto.Signer) ([]byte, crypto.SignerOpts) {
	if _, ok := key.(*ecdsa.PrivateKey); ok {
		return element(0x30, oidElement(map[crypto.Hash]string{crypto.SHA256: oidECDSASHA256, crypto.SHA384: oidECDSASHA384,
			crypto.SHA512: oidECDSASHA512, crypto.SHA1: oidECDSASHA256}[s.hash])), s.hash
	}
	if !s.pss {
		return element(0x30, oidElement(oidRSA), []byte{5, 0}), s.hash
	}
	length := byte(s.hash.Size())
	digest := s.algorithm(s.hash)
	return element(0x30, oidElement(oidPSS), element(0x30, element(0xa0, digest), element(0xa1, element(0x30, oidElement(oidMGF1), digest)),
		element(0xa2, []byte{2, 1, length}))), &rsa.PSSOptions{SaltLength: int(length), Hash: s.hash}
}

// part is what is signed in most tests.
const part = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 7bit\r\n\r\nDear customer,\r\n\r\n--\r\nnews\r\n"

// letter is a signed message.
type letter struct {
	from      string
	micalg    string
	kind      string // Content-Type of the whole
	fields    string // more of the header
	preamble  string
	part      string // as signed
	between   string // in place of the header of the second part
	signature []byte
	third     string // before the end
	end       string // in place of the last delimiter and what follows
}

// envelope is a letter as it stands, with CRLF.
func (l letter) envelope() []byte {
	or := func(s, otherwise string) string {
		if s == "" {
			return otherwise
		}
		return s
	}
	encoded := base64.StdEncoding.EncodeToString(l.signature)
	var lines strings.Builder
	for len(encoded) > 0 {
		n := min(64, len(encoded))
		lines.WriteString(encoded[:n] + "\r\n")
		encoded = encoded[n:]
	}
	kind := or(l.kind, `multipart/signed; protocol="application/pkcs7-signature"; micalg=`+or(l.micalg, "sha-256")+`; boundary="b1"`)
	return []byte("From: Bank <" + or(l.from, author) + ">\r\nSubject: x\r\n" + l.fields + "MIME-Version: 1.0\r\nContent-Type: " + kind + "\r\n\r\n" +
		l.preamble + "--b1\r\n" + or(l.part, part) + "\r\n--b1\r\n" +
		or(l.between, "Content-Type: application/pkcs7-signature; name=smime.p7s\r\nContent-Transfer-Encoding: base64\r\n\r\n") + lines.String() + l.third +
		or(l.end, "\r\n--b1--\r\n"))
}

func split(t testing.TB, raw []byte) (policy.Header, []byte) {
	t.Helper()
	h, body, err := mail.Split(raw)
	if err != nil {
		t.Fatal(err)
	}
	return h, body
}

// outcome verifies a message, its body cut into pieces of a size, 0 for one piece.
func outcome(t testing.TB, raw []byte, size int, anchors ...*party) policy.SMIME {
	t.Helper()
	h, body := split(t, raw)
	return judgeBody(h, body, size, mail.Authors(h, 10).Authors, now(), anchors...)
}

func judgeBody(h policy.Header, body []byte, size int, authors []policy.Author, at time.Time, anchors ...*party) policy.SMIME {
	var certs []*x509.Certificate
	for _, a := range anchors {
		certs = append(certs, a.cert)
	}
	x := New(certs).Begin(h)
	for size > 0 && len(body) > size {
		x.Write(body[:size])
		body = body[size:]
	}
	x.Write(body)
	return x.Result(authors, at)
}
