package smime

import (
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"strings"
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// BenchmarkNone measures what mail costs that is not signed.
func BenchmarkNone(b *testing.B) {
	h, body := split(b, letter{kind: "multipart/mixed; boundary=b1"}.envelope())
	v := New(nil)
	b.ReportAllocs()
	for b.Loop() {
		x := v.Begin(h)
		x.Write(body)
		if x.Result(nil, now()).Result != policy.SMIMENone {
			b.Fatal("it is signed")
		}
	}
}

// BenchmarkSigned measures mail of some sizes, signed with each kind of key, with one CA between.
func BenchmarkSigned(b *testing.B) {
	root := ca(b, nil, "Example Root")
	between := issue(b, root, rsaKey(), &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "RSA CA"}, NotBefore: now().AddDate(-1, 0, 0),
		NotAfter: now().AddDate(1, 0, 0), IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	for _, key := range []struct {
		name string
		p    *party
	}{{"rsa", person(b, between, rsaKey())}, {"ecdsa", person(b, between, nil)}} {
		for _, size := range []struct {
			name  string
			lines int
		}{{"30kB", 400}, {"3MB", 40_000}} {
			content := "Content-Type: text/plain\r\n\r\n" + strings.Repeat(strings.Repeat("x", 74)+"\r\n", size.lines)
			sig := signing{by: []*party{key.p}, bring: []*party{between}}.sign(b, []byte(content))
			h, body := split(b, letter{signature: sig, part: content}.envelope())
			authors := mail.Authors(h, 10).Authors
			v := New([]*x509.Certificate{root.cert})
			b.Run(key.name+"/"+size.name, func(b *testing.B) {
				b.ReportAllocs()
				b.SetBytes(int64(len(body)))
				for b.Loop() {
					x := v.Begin(h)
					for rest := body; len(rest) > 0; rest = rest[min(len(rest), 65535):] {
						x.Write(rest[:min(len(rest), 65535)])
					}
					if r := x.Result(authors, now()); r.Result != policy.SMIMEPass {
						b.Fatal(r)
					}
				}
			})
		}
	}
}

// hostileChain is the message that costs most: as many signers as are read, each in the name of the author, and certificates of which
// each could have issued each, with keys that take long; RSA of 8192 bits takes as long.
func hostileChain(t testing.TB) []byte {
	large := newKey(elliptic.P521())
	template := func(name string) *x509.Certificate {
		return &x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: name}, NotBefore: now().AddDate(-1, 0, 0), NotAfter: now().AddDate(1, 0, 0),
			IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	}
	all := []*party{issue(t, nil, large, template("x"))}
	for len(all) < MaxCertificates-MaxSigners {
		all = append(all, issue(t, all[0], large, template("x")))
	}
	var signers []*party
	for range MaxSigners {
		signers = append(signers, person(t, all[0], nil))
	}
	sig := signing{by: signers, bring: all}.sign(t, []byte(part))
	if len(sig) > MaxSignature {
		t.Fatalf("%d octets", len(sig))
	}
	return letter{signature: sig}.envelope()
}

// TestHostileChain shows that what cannot be followed to an anchor ends as that: crypto/x509 gives up after a hundred signatures.
func TestHostileChain(t *testing.T) {
	if got := outcome(t, hostileChain(t), 0, ca(t, nil, "Example Root")); got.Result != policy.SMIMEUntrusted {
		t.Errorf("%+v", got)
	}
}

func BenchmarkHostileChain(b *testing.B) {
	raw, root := hostileChain(b), ca(b, nil, "Example Root")
	for b.Loop() {
		outcome(b, raw, 0, root)
	}
}
