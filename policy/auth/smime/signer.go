package smime

import (
	"bytes"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"slices"
	"time"

	"golang.org/x/crypto/cryptobyte"
	cbasn1 "golang.org/x/crypto/cryptobyte/asn1"

	"sekimori/policy"
)

// Object identifiers of signatures (RFC 3370, 3.2; RFC 4056; RFC 5754, 3), as content octets.
const (
	oidRSA         = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01" // the digest is named apart
	oidRSASHA256   = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0b"
	oidRSASHA384   = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c"
	oidRSASHA512   = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0d"
	oidPSS         = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0a"
	oidMGF1        = "\x2a\x86\x48\x86\xf7\x0d\x01\x01\x08"
	oidECDSASHA256 = "\x2a\x86\x48\xce\x3d\x04\x03\x02"
	oidECDSASHA384 = "\x2a\x86\x48\xce\x3d\x04\x03\x03"
	oidECDSASHA512 = "\x2a\x86\x48\xce\x3d\x04\x03\x04"
)

// judge verifies every signer and returns the best outcome: one signer that speaks for the author is enough, whoever else signed.
func (v *Verifier) judge(s *splitter, authors []policy.Author, at time.Time) policy.SMIME {
	ber, p := s.signature()
	var d signedData
	if !p.bad() {
		d, p = readSignedData(ber)
	}
	if p.bad() {
		return policy.SMIME{Result: p.result, Reason: p.reason}
	}
	rank := []policy.SMIMEResult{policy.SMIMEFail, policy.SMIMEUnread, policy.SMIMEOtherAddress, policy.SMIMEUntrusted, policy.SMIMEPass}
	var best policy.SMIME
	for i := range d.signers {
		if o := v.signer(&d, &d.signers[i], s.sums, authors, at); slices.Index(rank, o.Result) > slices.Index(rank, best.Result) {
			best = o
		}
	}
	return best
}

// signer verifies one signature: the digest, the signature, the address, and last what costs most, the chain.
func (v *Verifier) signer(d *signedData, i *signerInfo, digests sums, authors []policy.Author, at time.Time) policy.SMIME {
	outcome := func(p problem) policy.SMIME { return policy.SMIME{Result: p.result, Reason: p.reason} }
	c := d.certificate(i)
	if c == nil {
		return outcome(failed("the signer's certificate is missing, cannot be read or has a key that is not accepted"))
	}
	if p := i.verify(c.PublicKey, digests); p.bad() {
		return outcome(p)
	}
	o := policy.SMIME{Result: policy.SMIMEPass, Issuer: Name(c.Issuer)}
	addresses, inSubject := addressesOf(c)
	if len(addresses) > 0 {
		o.Signer = addresses[0]
	}
	author, p := theAuthor(authors)
	if !p.bad() {
		o.Signer, p = namesAuthor(addresses, author, o.Signer)
	}
	if !p.bad() {
		p = v.chain(d, c, inSubject, at)
	}
	if p.bad() {
		o.Result, o.Reason = p.result, p.reason
	}
	return o
}

// certificate returns that of a signer, nil where it is not in the message.
func (d *signedData) certificate(i *signerInfo) *x509.Certificate {
	for _, c := range d.certificates {
		if i.keyID != nil {
			if len(i.keyID) > 0 && bytes.Equal(c.SubjectKeyId, i.keyID) {
				return c
			}
			continue
		}
		// A serial number above 0 stands in DER as its octets, with a 0 before a high bit; others have no certificate here.
		if serial := c.SerialNumber.Bytes(); c.SerialNumber.Sign() >= 0 && bytes.Equal(bytes.TrimLeft(i.serial, "\x00"), serial) &&
			bytes.Equal(c.RawIssuer, i.issuer) {
			return c
		}
	}
	return nil
}

// verify reports what is wrong with a signature (RFC 5652, 5.4 and 5.6). With signed attributes their encoding is signed, as a SET, and
// they hold the digest; without any the digest itself is.
func (i *signerInfo) verify(key crypto.PublicKey, digests sums) problem {
	s, ok := digests.of(string(i.digest))
	if !ok {
		for _, a := range algorithms() {
			if a.oid == string(i.digest) {
				return failed("the signer's digest, " + a.name + ", is not the one that micalg names")
			}
		}
		return failed("the signer's digest, " + oidText(i.digest) + ", is not accepted")
	}
	digest := s.Sum(nil)
	if i.attributes != nil {
		if string(i.contentType) != oidData {
			return failed("the signed attributes name another type of content")
		}
		if !bytes.Equal(i.messageDigest, digest) {
			return failed("what was signed was changed")
		}
		h := s.algorithm.hash.New()
		h.Write([]byte{byte(cbasn1.SET)})
		h.Write(i.attributes[1:])
		digest = h.Sum(nil)
	}
	if holds, p := i.holds(key, s.algorithm, digest); p.bad() || holds {
		return p
	}
	if i.attributes == nil {
		return failed("what was signed was changed, or the signature is not of this key")
	}
	return failed("the signature is not of this key")
}

// holds reports whether the signature is that of a digest by a key.
func (i *signerInfo) holds(key crypto.PublicKey, a algorithm, digest []byte) (bool, problem) {
	named := map[string]crypto.Hash{oidRSA: a.hash, oidRSASHA256: crypto.SHA256, oidRSASHA384: crypto.SHA384, oidRSASHA512: crypto.SHA512,
		oidECDSASHA256: crypto.SHA256, oidECDSASHA384: crypto.SHA384, oidECDSASHA512: crypto.SHA512, oidPSS: a.hash}[string(i.algorithm)]
	if named != a.hash {
		if named == 0 {
			return false, failed("the signature's algorithm, " + oidText(i.algorithm) + ", is not accepted")
		}
		return false, failed("the signature's algorithm has another digest than the signer")
	}
	elliptic := bytes.HasPrefix(i.algorithm, []byte(oidECDSASHA256[:7]))
	switch k := key.(type) {
	case *rsa.PublicKey:
		if elliptic {
			break
		}
		if string(i.algorithm) != oidPSS {
			return rsa.VerifyPKCS1v15(k, a.hash, digest, i.signature) == nil, problem{}
		}
		salt, ok := pssSalt(i.parameters, a)
		if !ok {
			return false, failed("the parameters of RSA-PSS are not accepted")
		}
		return rsa.VerifyPSS(k, a.hash, digest, i.signature, &rsa.PSSOptions{SaltLength: salt, Hash: a.hash}) == nil, problem{}
	case *ecdsa.PublicKey:
		if elliptic {
			return ecdsa.VerifyASN1(k, digest, i.signature), problem{}
		}
	}
	return false, failed("the signature's algorithm is not of this key")
}

// pssSalt reads the parameters of RSASSA-PSS (RFC 4055, 3.1), which must name one digest for both purposes, and returns how long the salt is,
// in octets. The defaults are those of SHA-1, so digest and mask stand there in every signature that is accepted.
func pssSalt(s cryptobyte.String, a algorithm) (int, bool) {
	var params, digest, mask, inner, oid cryptobyte.String
	if !s.ReadASN1(&params, cbasn1.SEQUENCE) || !s.Empty() ||
		!params.ReadASN1(&digest, explicit(0)) || !isDigest(digest, a) ||
		!params.ReadASN1(&mask, explicit(1)) || !mask.ReadASN1(&inner, cbasn1.SEQUENCE) || !mask.Empty() ||
		!inner.ReadASN1(&oid, cbasn1.OBJECT_IDENTIFIER) || string(oid) != oidMGF1 || !isDigest(inner, a) {
		return 0, false
	}
	salt, trailer := 20, 1
	var number cryptobyte.String
	if present := params.PeekASN1Tag(explicit(2)); present &&
		(!params.ReadASN1(&number, explicit(2)) || !number.ReadASN1Integer(&salt) || !number.Empty()) {
		return 0, false
	}
	if present := params.PeekASN1Tag(explicit(3)); present &&
		(!params.ReadASN1(&number, explicit(3)) || !number.ReadASN1Integer(&trailer) || !number.Empty()) {
		return 0, false
	}
	// rsa.PSSOptions has meanings of its own for 0 and below. No program signs without salt.
	return salt, params.Empty() && trailer == 1 && salt > 0 && salt <= MaxRSABits/8
}

// isDigest reports whether an AlgorithmIdentifier names a digest, without parameters or with NULL (RFC 5754, 2).
func isDigest(s cryptobyte.String, a algorithm) bool {
	var id, oid cryptobyte.String
	return s.ReadASN1(&id, cbasn1.SEQUENCE) && s.Empty() && id.ReadASN1(&oid, cbasn1.OBJECT_IDENTIFIER) && string(oid) == a.oid &&
		(id.Empty() || string(id) == "\x05\x00")
}
