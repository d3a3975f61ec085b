package smime

import (
	"crypto/x509"
	"encoding/asn1"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"
)

// Object identifiers, as content octets.
const (
	oidData          = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x01" // RFC 5652, 4
	oidSignedData    = "\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02" // RFC 5652, 5.1
	oidContentType   = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x03" // RFC 5652, 11.1
	oidMessageDigest = "\x2a\x86\x48\x86\xf7\x0d\x01\x09\x04" // RFC 5652, 11.2
)

// signedData is what is read of a SignedData without content (RFC 5652, 5.1).
type signedData struct {
	certificates []*x509.Certificate // those that can be read and whose keys are accepted
	signers      []signerInfo
}

// signerInfo is one signature (RFC 5652, 5.3).
type signerInfo struct {
	issuer, serial []byte // who signs, by name and number, in DER
	keyID          []byte // or by the identifier of the key
	digest         []byte // object identifier of the digest
	attributes     []byte // the signed attributes as an element, nil without any
	contentType    []byte // among them
	messageDigest  []byte
	algorithm      []byte // object identifier of the signature's algorithm
	parameters     cryptobyte.String
	signature      []byte
}

// readSignedData reads the message that a signature is.
func readSignedData(ber []byte) (signedData, problem) {
	malformed := failed("the signature cannot be read")
	var d signedData
	der, ok := derOf(ber)
	if !ok {
		return d, malformed
	}
	whole := cryptobyte.String(der)
	var info, kind, outer, body, inner, oid cryptobyte.String
	if !whole.ReadASN1(&info, cbasn1.SEQUENCE) || !whole.Empty() || !info.ReadASN1(&kind, cbasn1.OBJECT_IDENTIFIER) {
		return d, malformed
	}
	if string(kind) != oidSignedData {
		return d, failed("the signature is no signed data")
	}
	if !info.ReadASN1(&outer, explicit(0)) || !outer.ReadASN1(&body, cbasn1.SEQUENCE) ||
		!body.SkipASN1(cbasn1.INTEGER) || !body.SkipASN1(cbasn1.SET) || // the version and the digests, which each signer names again
		!body.ReadASN1(&inner, cbasn1.SEQUENCE) || !inner.ReadASN1(&oid, cbasn1.OBJECT_IDENTIFIER) {
		return d, malformed
	}
	if string(oid) != oidData || !inner.Empty() {
		return d, failed("the signature holds content of its own")
	}
	var certificates, signers cryptobyte.String
	if !body.ReadOptionalASN1(&certificates, nil, explicit(0)) || !body.SkipOptionalASN1(explicit(1)) || // revocation lists
		!body.ReadASN1(&signers, cbasn1.SET) || !body.Empty() {
		return d, malformed
	}
	if p := d.readCertificates(certificates); p.bad() {
		return d, p
	}
	return d, d.readSigners(signers)
}

func explicit(n uint8) cbasn1.Tag { return cbasn1.Tag(n).ContextSpecific().Constructed() }

// readCertificates reads the certificates of a message (RFC 5652, 10.2.3). One that cannot be read, of another form, or with a key that
// is not accepted is passed over, as if it were missing.
func (d *signedData) readCertificates(s cryptobyte.String) problem {
	for n := 1; !s.Empty(); n++ {
		var element cryptobyte.String
		var tag cbasn1.Tag
		if !s.ReadAnyASN1Element(&element, &tag) {
			return failed("the certificates cannot be read")
		}
		if n > MaxCertificates {
			return unread("too many certificates")
		}
		if tag != cbasn1.SEQUENCE {
			continue
		}
		if c, err := x509.ParseCertificate(element); err == nil && accepted(c.PublicKey) {
			d.certificates = append(d.certificates, c)
		}
	}
	return problem{}
}

func (d *signedData) readSigners(s cryptobyte.String) problem {
	for !s.Empty() {
		var one cryptobyte.String
		if !s.ReadASN1(&one, cbasn1.SEQUENCE) {
			return failed("a signer cannot be read")
		}
		if len(d.signers) == MaxSigners {
			return unread("too many signers")
		}
		i, ok := readSigner(one)
		if !ok {
			return failed("a signer cannot be read")
		}
		d.signers = append(d.signers, i)
	}
	if len(d.signers) == 0 {
		return failed("nobody signed")
	}
	return problem{}
}

// readSigner reads a SignerInfo. Its unsigned attributes prove nothing and are passed over.
func readSigner(s cryptobyte.String) (signerInfo, bool) {
	var i signerInfo
	var id, digest, algorithm, signature cryptobyte.String
	byKey := false
	keyTag := cbasn1.Tag(0).ContextSpecific()
	if !s.SkipASN1(cbasn1.INTEGER) || !s.ReadOptionalASN1(&id, &byKey, keyTag) {
		return i, false
	}
	if byKey {
		i.keyID = id
	} else {
		var issuer, serial cryptobyte.String
		if !s.ReadASN1(&id, cbasn1.SEQUENCE) || !id.ReadASN1Element(&issuer, cbasn1.SEQUENCE) ||
			!id.ReadASN1(&serial, cbasn1.INTEGER) || !id.Empty() {
			return i, false
		}
		i.issuer, i.serial = issuer, serial
	}
	if !s.ReadASN1(&digest, cbasn1.SEQUENCE) || !readOID(&digest, &i.digest) {
		return i, false
	}
	if s.PeekASN1Tag(explicit(0)) {
		var attributes cryptobyte.String
		if !s.ReadASN1Element(&attributes, explicit(0)) || !i.readAttributes(attributes) {
			return i, false
		}
	}
	if !s.ReadASN1(&algorithm, cbasn1.SEQUENCE) || !readOID(&algorithm, &i.algorithm) ||
		!s.ReadASN1(&signature, cbasn1.OCTET_STRING) || !s.SkipOptionalASN1(explicit(1)) || !s.Empty() {
		return i, false
	}
	i.parameters, i.signature = algorithm, signature
	return i, true
}

// readAttributes reads the signed attributes (RFC 5652, 5.3): the two that must be there, each once with one value.
func (i *signerInfo) readAttributes(element cryptobyte.String) bool {
	i.attributes = element
	var all cryptobyte.String
	if !element.ReadASN1(&all, explicit(0)) {
		return false
	}
	for !all.Empty() {
		var one, kind, values cryptobyte.String
		if !all.ReadASN1(&one, cbasn1.SEQUENCE) || !one.ReadASN1(&kind, cbasn1.OBJECT_IDENTIFIER) || !one.ReadASN1(&values, cbasn1.SET) ||
			!one.Empty() {
			return false
		}
		ok := true
		switch string(kind) {
		case oidContentType:
			ok = single(values, &i.contentType, cbasn1.OBJECT_IDENTIFIER)
		case oidMessageDigest:
			ok = single(values, &i.messageDigest, cbasn1.OCTET_STRING)
		}
		if !ok {
			return false
		}
	}
	return i.contentType != nil && i.messageDigest != nil
}

// single reads the one value of an attribute that may stand once.
func single(values cryptobyte.String, to *[]byte, tag cbasn1.Tag) bool {
	return *to == nil && values.ReadASN1Bytes(to, tag) && *to != nil && values.Empty()
}

func readOID(s *cryptobyte.String, to *[]byte) bool {
	return s.ReadASN1Bytes(to, cbasn1.OBJECT_IDENTIFIER)
}

// oidText writes an object identifier with dots, for people.
func oidText(content []byte) string {
	const most = 32 // octets; those in use have about ten
	if len(content) > most {
		return "unknown"
	}
	var oid asn1.ObjectIdentifier
	element := cryptobyte.String(append([]byte{byte(cbasn1.OBJECT_IDENTIFIER), byte(len(content))}, content...))
	if !element.ReadASN1ObjectIdentifier(&oid) {
		return "unknown"
	}
	return oid.String()
}
