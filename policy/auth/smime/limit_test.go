package smime

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"math/big"
	"strings"
	"testing"

	"sekimori/policy"
)

// TestLimits tries each limit at its number, which is looked at, and one beyond, which is not.
func TestLimits(t *testing.T) {
	root := ca(t, nil, "Example Root")
	p := person(t, root, nil)
	several := func(n int) []*party {
		all := make([]*party, n)
		for i := range all {
			all[i] = p
		}
		return all
	}
	ofSize := func(n int) []byte {
		s := signing{by: []*party{p}, pad: n - 2000}
		for try := 0; try < 10; try++ { // signatures differ in length
			sig := s.sign(t, []byte(part))
			if len(sig) == n {
				return sig
			}
			s.pad += n - len(sig)
		}
		t.Fatal("no signature of that size")
		return nil
	}
	good := signing{by: []*party{p}}.sign(t, []byte(part))
	kind := func(boundary string, n int) string {
		k := `multipart/signed; protocol="application/pkcs7-signature"; micalg=sha-256; boundary="` + boundary + `"`
		return k + ";" + strings.Repeat(" ", max(0, n-len(k)-4)) + "x=y"
	}
	header := func(n int) string { // lines of a header count with their end, but for the last
		const fields = "Content-Type: application/pkcs7-signature\r\nContent-Transfer-Encoding: base64\r\nX: "
		return fields + strings.Repeat("x", n-len(strings.ReplaceAll(fields, "\r", ""))) + "\r\n\r\n"
	}
	bounded := func(n int) letter {
		b := strings.Repeat("b", n)
		raw := letter{kind: kind(b, 0), signature: good, third: "\r\n--" + b + "--\r\n"}
		return raw
	}
	for _, tt := range []struct {
		name      string
		at        letter
		beyond    letter
		result    policy.SMIMEResult
		reason    string
		delimiter string
	}{
		{"signature", letter{signature: ofSize(MaxSignature)}, letter{signature: ofSize(MaxSignature + 1)}, policy.SMIMEUnread, "signature is too large", ""},
		{"much more signature", letter{signature: good}, letter{signature: bytes.Repeat(good, 200)}, policy.SMIMEUnread, "signature is too large", ""},
		{"signers", letter{signature: signing{by: several(MaxSigners)}.sign(t, []byte(part))}, letter{signature: signing{by: several(MaxSigners + 1)}.sign(t, []byte(part))},
			policy.SMIMEUnread, "too many signers", ""},
		{"certificates", letter{signature: signing{by: several(1), bring: several(MaxCertificates - 1)}.sign(t, []byte(part))},
			letter{signature: signing{by: several(1), bring: several(MaxCertificates)}.sign(t, []byte(part))}, policy.SMIMEUnread, "too many certificates", ""},
		{"header of the signature", letter{signature: good, between: header(MaxPartHeader)}, letter{signature: good, between: header(MaxPartHeader + 1)},
			policy.SMIMEUnread, "header of the signature is too long", ""},
		{"Content-Type", letter{signature: good, kind: kind("b1", MaxContentType)}, letter{signature: good, kind: kind("b1", MaxContentType+1)},
			policy.SMIMEUnread, "Content-Type is too long", ""},
		{"boundary", bounded(MaxBoundary), bounded(MaxBoundary + 1), policy.SMIMEFail, "boundary", "b1"},
		{"micalg", letter{signature: good, micalg: `"` + strings.Repeat(",", maxMicalg) + `"`}, letter{signature: good, micalg: `"` + strings.Repeat(",", maxMicalg+1) + `"`},
			policy.SMIMEFail, "micalg", ""},
		{"rest of a delimiter", letter{signature: good, end: "--b1--" + strings.Repeat(" ", maxTail-3) + "\r\n"},
			letter{signature: good, end: "--b1--" + strings.Repeat(" ", maxTail-2) + "\r\n"}, policy.SMIMEFail, "begins like the delimiter", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			with := func(l letter, n int) []byte {
				raw := l.envelope()
				if tt.delimiter != "" {
					raw = bytes.ReplaceAll(raw, []byte("--"+tt.delimiter+"\r\n"), []byte("--"+strings.Repeat("b", n)+"\r\n"))
					raw = bytes.TrimSuffix(raw, []byte("\r\n--"+tt.delimiter+"--\r\n"))
				}
				return raw
			}
			if got := outcome(t, with(tt.at, MaxBoundary), 0, root); got.Result != policy.SMIMEPass {
				t.Errorf("at the limit: %+v", got)
			}
			for _, size := range []int{0, 1, 1000} {
				if got := outcome(t, with(tt.beyond, MaxBoundary+1), size, root); got.Result != tt.result || !strings.Contains(got.Reason, tt.reason) {
					t.Errorf("beyond it: %+v", got)
				}
			}
		})
	}
}

// TestNesting holds maxNesting.
func TestNesting(t *testing.T) {
	nested := func(n int) []byte {
		b := []byte{2, 1, 1}
		for range n {
			b = append(append([]byte{0x30, 0x80}, b...), 0, 0)
		}
		return b
	}
	if _, ok := derOf(nested(maxNesting)); !ok {
		t.Error("at the limit it is not read")
	}
	if _, ok := derOf(nested(maxNesting + 1)); ok {
		t.Error("beyond it it is")
	}
}

// TestKeys holds the sizes of keys.
func TestKeys(t *testing.T) {
	ofBits := func(n uint) *rsa.PublicKey { return &rsa.PublicKey{N: new(big.Int).Lsh(big.NewInt(1), n-1), E: 65537} }
	for _, tt := range []struct {
		key  any
		want bool
	}{
		{ofBits(MinRSABits - 1), false}, {ofBits(MinRSABits), true}, {ofBits(MaxRSABits), true}, {ofBits(MaxRSABits + 1), false},
		{&ecdsa.PublicKey{Curve: elliptic.P224()}, false}, {&ecdsa.PublicKey{Curve: elliptic.P256()}, true},
		{&ecdsa.PublicKey{Curve: elliptic.P521()}, true}, {ed25519.PublicKey(make([]byte, 32)), false}, {nil, false},
	} {
		if got := accepted(tt.key); got != tt.want {
			t.Errorf("%T: %v", tt.key, got)
		}
	}
}

// TestBodyIsNotWanted holds that nothing more is asked for once the outcome stands.
func TestBodyIsNotWanted(t *testing.T) {
	v := New(nil)
	x := v.Begin(policy.Header{{Name: "content-type", Value: " application/pkcs7-mime"}})
	if x.WantsBody() {
		t.Error("the body of opaque mail is wanted")
	}
	x = v.Begin(policy.Header{{Name: "Content-Type", Value: " multipart/signed;\n\tprotocol=\"application/pkcs7-signature\"; boundary=b"}})
	if !x.WantsBody() {
		t.Error("the body of signed mail is not wanted")
	}
	if x.Write([]byte("a\rb")); x.WantsBody() {
		t.Error("more is wanted after a bare CR")
	}
	if x = v.Begin(policy.Header{{Name: "Content-Type", Value: " text/plain"}}); x != nil || x.WantsBody() || x.Result(nil, now()).Result != policy.SMIMENone {
		t.Error("something is wanted of plain mail")
	}
}
