package dkim

import (
	"crypto"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/x509"
	"strconv"

	"sekimori/policy"
)

// key is a key record (RFC 6376, 3.6.1; RFC 8463, 4).
type key struct {
	rsa     *rsa.PublicKey // one of the two is there
	ed25519 ed25519.PublicKey
	bits    int
	sha256  bool // h= admits it
	mail    bool // s= admits it
	strict  bool // t=s
	testing bool // t=y
}

// parseKey reads a key record. What an owner said about the key stands in it even when there is a problem.
func parseKey(record string) (key, problem) {
	var k key
	if len(record) > MaxKeyRecord {
		return k, because(policy.ResultPolicy, reasonKeyLength, strconv.Itoa(len(record))+" octets")
	}
	var l tagList
	if err := l.parse(record); err != nil {
		return k, unreadable(reasonKeySyntax, err)
	}
	if v, ok := l.get("v"); ok && (v.value != "DKIM1" || l.tags[0].name != "v") {
		return k, permerror(reasonKeyVersion, "v="+quote(v.value))
	}
	flags, _ := l.get("t")
	k.testing, k.strict = listHas(flags.value, "y"), listHas(flags.value, "s")
	hashes, limited := l.get("h")
	k.sha256 = !limited || listHas(hashes.value, "sha256")
	services, limited := l.get("s")
	k.mail = !limited || listHas(services.value, "*") || listHas(services.value, "email")

	p, ok := l.get("p")
	if !ok {
		return k, permerror(reasonKeySyntax, "p= is missing")
	}
	if p.value == "" {
		return k, permerror(reasonRevoked, "")
	}
	data, ok := decodeBase64(p.value)
	if !ok {
		return k, permerror(reasonKeyData, "p= is not base64")
	}
	kind, ok := l.get("k")
	switch {
	case !ok, kind.value == "rsa":
		return k, k.setRSA(data)
	case kind.value == "ed25519":
		return k, k.setEd25519(data)
	}
	return k, permerror(reasonKeyType, quote(kind.value))
}

// setRSA reads an RSA key in either of the forms in use: RFC 6376 names both (erratum 3017).
func (k *key) setRSA(data []byte) problem {
	parsed, err := x509.ParsePKIXPublicKey(data)
	if err != nil {
		if parsed, err = x509.ParsePKCS1PublicKey(data); err != nil {
			return permerror(reasonKeyData, "no RSA key")
		}
	}
	public, ok := parsed.(*rsa.PublicKey)
	if !ok {
		return permerror(reasonKeyData, "no RSA key")
	}
	k.bits = public.N.BitLen()
	if k.bits < DefaultRSABits {
		return permerror(reasonKeyWeak, strconv.Itoa(k.bits)+" bits")
	}
	if k.bits > MaxRSABits {
		return because(policy.ResultPolicy, reasonKeyHuge, strconv.Itoa(k.bits)+" bits")
	}
	k.rsa = public
	return problem{}
}

// setEd25519 takes the key as it is (RFC 8463, 4).
func (k *key) setEd25519(data []byte) problem {
	if len(data) != ed25519.PublicKeySize {
		return permerror(reasonKeyData, "an Ed25519 key has 32 octets")
	}
	k.ed25519, k.bits = data, 256
	return problem{}
}

// fits reports what keeps the key from being used for the signature (RFC 6376, 6.1.2).
func (k *key) fits(s *signature, minRSABits int) problem {
	switch {
	case !k.sha256:
		return permerror(reasonKeyHash, "")
	case s.ed25519 != (k.ed25519 != nil):
		return permerror(reasonKeyAlgorithm, "")
	case !k.mail:
		return permerror(reasonKeyService, "")
	case k.strict && s.offDomain:
		return permerror(reasonKeyStrict, "")
	case !s.ed25519 && k.bits < minRSABits:
		return because(policy.ResultPolicy, reasonKeyWeak, strconv.Itoa(k.bits)+" bits")
	}
	return problem{}
}

// verify reports whether sig is the signature of the hash under this key.
func (k *key) verify(hash *[sha256.Size]byte, sig []byte) bool {
	if k.ed25519 != nil {
		return ed25519.Verify(k.ed25519, hash[:], sig)
	}
	return rsa.VerifyPKCS1v15(k.rsa, crypto.SHA256, hash[:], sig) == nil
}
