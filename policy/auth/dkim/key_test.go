package dkim

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"math/big"
	"strings"
	"testing"

	"sekimori/policy"
)

// modulus returns an RSA key of that many bits, of which there is no private half.
func modulus(bits int) *rsa.PublicKey {
	n := new(big.Int).Lsh(big.NewInt(1), uint(bits-1))
	return &rsa.PublicKey{N: n.SetBit(n, 0, 1), E: 65537}
}

func encode(der []byte) string { return base64.StdEncoding.EncodeToString(der) }

func TestKey(t *testing.T) {
	p := encode(must(x509.MarshalPKIXPublicKey(rsaKey().Public())))
	pkcs1 := encode(x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey))
	curve := encode(must(x509.MarshalPKIXPublicKey(must(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)).Public())))
	ofBits := func(bits int) string { return "p=" + encode(x509.MarshalPKCS1PublicKey(modulus(bits))) }
	const perm = policy.ResultPermError
	tests := []struct {
		name, record string
		result       policy.Result
		reason       reason
	}{
		{"as in the RFC", "v=DKIM1; k=rsa; p=" + p, "", ""},
		{"p= alone", "p=" + p, "", ""},
		{"PKCS #1", "p=" + pkcs1, "", ""},
		{"white space in p=", "p=" + p[:20] + " \t\r\n " + p[20:], "", ""},
		{"no padding", "p=" + strings.TrimRight(p, "="), "", ""},
		{"notes and unknown tags", "v=DKIM1; n=hello=20there; g=*; zz=1; p=" + p + ";", "", ""},
		{"Ed25519", record(edKey), "", ""},
		{"h= is for fits", "h=sha1; s=other; p=" + p, "", ""},

		{"empty", "", perm, reasonKeySyntax},
		{"another record", "v=spf1 -all", perm, reasonKeyVersion},
		{"no tag list", "hello", perm, reasonKeySyntax},
		{"no p=", "v=DKIM1; k=rsa", perm, reasonKeySyntax},
		{"p= twice", "p=" + p + "; p=" + p, perm, reasonKeySyntax},
		{"v= not first", "k=rsa; v=DKIM1; p=" + p, perm, reasonKeyVersion},
		{"version in small letters", "v=dkim1; p=" + p, perm, reasonKeyVersion},
		{"revoked", "v=DKIM1; p=", perm, reasonRevoked},
		{"revoked, with white space", "v=DKIM1; p= ;", perm, reasonRevoked},
		{"unknown type", "k=dsa; p=" + p, perm, reasonKeyType},
		{"type in capitals", "k=RSA; p=" + p, perm, reasonKeyType},
		{"empty type", "k=; p=" + p, perm, reasonKeyType},
		{"not base64", "p=***", perm, reasonKeyData},
		{"cut short", "p=" + p[:40], perm, reasonKeyData},
		{"a key of another kind", "p=" + curve, perm, reasonKeyData},
		{"Ed25519 in RSA's place", "k=rsa; p=" + encode(edKey[32:]), perm, reasonKeyData},
		{"Ed25519 of 31 octets", "k=ed25519; p=" + encode(edKey[33:]), perm, reasonKeyData},
		{"Ed25519 of 33 octets", "k=ed25519; p=" + encode(edKey[31:]), perm, reasonKeyData},
		{"RSA in Ed25519's place", "k=ed25519; p=" + p, perm, reasonKeyData},

		{"RSA of 1024 bits", ofBits(DefaultRSABits), "", ""},
		{"RSA of 1023 bits", ofBits(DefaultRSABits - 1), perm, reasonKeyWeak},
		{"RSA of 512 bits", ofBits(512), perm, reasonKeyWeak},
		{"RSA of 8192 bits", ofBits(MaxRSABits), "", ""},
		{"RSA of 8193 bits", ofBits(MaxRSABits + 1), policy.ResultPolicy, reasonKeyHuge},
		{"most tags", "p=" + p + filler(MaxTags-1), "", ""},
		{"too many tags", "p=" + p + filler(MaxTags), policy.ResultPolicy, reasonKeySyntax},
		{"longest record", "p=" + p + "; n=" + strings.Repeat("x", MaxKeyRecord-len(p)-6), "", ""},
		{"record too long", "p=" + p + "; n=" + strings.Repeat("x", MaxKeyRecord-len(p)-5), policy.ResultPolicy, reasonKeyLength},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, bad := parseKey(tt.record)
			if bad.result != tt.result || !strings.HasPrefix(bad.reason, string(tt.reason)) {
				t.Errorf("%q %q, want %q %q", bad.result, bad.reason, tt.result, tt.reason)
			}
			if !bad.bad() && (k.rsa == nil) == (k.ed25519 == nil) {
				t.Error("not one key but none or two")
			}
		})
	}
}

func TestKeyFits(t *testing.T) {
	tests := []struct {
		name, tags string
		below      bool // i= lies below d=
		bits       int
		result     policy.Result
		reason     reason
	}{
		{"nothing said", "", true, 1024, "", ""},
		{"hash among others", "h=sha1 : sha256;", false, 1024, "", ""},
		{"other hash", "h=sha1;", false, 1024, policy.ResultPermError, reasonKeyHash},
		{"no hash", "h=;", false, 1024, policy.ResultPermError, reasonKeyHash},
		{"any service", "s=*;", false, 1024, "", ""},
		{"mail among others", "s=tlsrpt:email;", false, 1024, "", ""},
		{"other service", "s=tlsrpt;", false, 1024, policy.ResultPermError, reasonKeyService},
		{"strict and equal", "t=y:s;", false, 1024, "", ""},
		{"strict and below", "t=y : s;", true, 1024, policy.ResultPermError, reasonKeyStrict},
		{"testing is not strict", "t=y;", true, 1024, "", ""},
		{"as long as wanted", "", false, 2048, "", ""},
		{"shorter than wanted", "", false, 2049, policy.ResultPolicy, reasonKeyWeak},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			k, bad := parseKey(tt.tags + "p=" + encode(x509.MarshalPKCS1PublicKey(&rsaKey().PublicKey)))
			if bad.bad() {
				t.Fatal(bad)
			}
			got := k.fits(&signature{offDomain: tt.below}, tt.bits)
			if got.result != tt.result || !strings.HasPrefix(got.reason, string(tt.reason)) {
				t.Errorf("%q %q, want %q %q", got.result, got.reason, tt.result, tt.reason)
			}
			if got := k.fits(&signature{ed25519: true}, 0); got.result != policy.ResultPermError {
				t.Errorf("an RSA key fits an Ed25519 signature: %v", got)
			}
		})
	}
}

func TestKeyAnswer(t *testing.T) {
	one := record(edKey)
	tests := []struct {
		answer policy.DNSAnswer
		result policy.Result
		reason string
	}{
		{policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{one}}, "", ""},
		{policy.DNSAnswer{Status: policy.DNSFound}, policy.ResultPermError, "no key: found"},
		{policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{one, one}}, policy.ResultPermError, "several key records: 2"},
		{policy.DNSAnswer{Status: policy.DNSNoData}, policy.ResultPermError, "no key: nodata"},
		{policy.DNSAnswer{Status: policy.DNSNXDomain}, policy.ResultPermError, "no key: nxdomain"},
		{policy.DNSAnswer{Status: policy.DNSServFail}, policy.ResultTempError, "key unavailable: servfail"},
		{policy.DNSAnswer{Status: policy.DNSTimeout}, policy.ResultTempError, "key unavailable: timeout"},
		{policy.DNSAnswer{}, policy.ResultTempError, "key unavailable"},
	}
	for _, tt := range tests {
		if _, got := readAnswer(tt.answer); got.result != tt.result || !strings.HasPrefix(got.reason, tt.reason) {
			t.Errorf("%v: %q %q, want %q %q", tt.answer, got.result, got.reason, tt.result, tt.reason)
		}
	}
}

func FuzzKey(f *testing.F) {
	f.Add(brisbane)
	f.Add(record(edKey))
	f.Add("v=DKIM1; h=sha1:sha256; s=email; t=y:s; p=" + encode(x509.MarshalPKCS1PublicKey(modulus(512))))
	f.Add("p=;k=rsa")
	var hash [32]byte
	sig := make([]byte, 256)
	f.Fuzz(func(t *testing.T, text string) {
		k, bad := parseKey(text)
		if bad.bad() {
			return
		}
		if (k.rsa == nil) == (k.ed25519 == nil) || k.bits == 0 {
			t.Errorf("%q: %+v", text, k)
		}
		k.verify(&hash, sig) // it must not panic; an owner may publish a key that verifies anything
	})
}
