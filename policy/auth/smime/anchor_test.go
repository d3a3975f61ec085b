package smime

import (
	"bytes"
	"crypto/elliptic"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"strings"
	"testing"
	"time"
)

func pemOf(parties ...*party) string {
	var b strings.Builder
	for _, p := range parties {
		b.Write(pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: p.cert.Raw}))
	}
	return b.String()
}

// TestAnchors reads files of anchors, each with what is wrong with it.
func TestAnchors(t *testing.T) {
	root, second := ca(t, nil, "Example Root"), ca(t, nil, "Second Root")
	expired := ca(t, nil, "Old Root", func(c *x509.Certificate) { c.NotAfter = now().AddDate(0, 0, -1) })
	template := x509.Certificate{SerialNumber: serial(), Subject: pkix.Name{CommonName: "Small"}, NotBefore: now().AddDate(-1, 0, 0), NotAfter: now().AddDate(1, 0, 0),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	small := issue(t, nil, newKey(elliptic.P224()), &template)
	noSigner := ca(t, nil, "No Signer", func(c *x509.Certificate) { c.KeyUsage = x509.KeyUsageCRLSign })
	lines := strings.Count(pemOf(root), "\n")
	key := strings.ReplaceAll(pemOf(root), "CERTIFICATE", "PRIVATE KEY")
	broken := strings.Replace(pemOf(root), "MII", "M!I", 1)
	for _, tt := range []struct {
		name, file string
		anchors    int
		mistakes   []string
	}{
		{"two", pemOf(root, second), 2, nil},
		{"comments", "subject=/CN=Example Root\n" + pemOf(root) + "\n# another\n" + pemOf(second) + "the end", 2, nil},
		{"CR LF", strings.ReplaceAll(pemOf(root, second), "\n", "\r\n"), 2, nil},
		{"no line end", strings.TrimSuffix(pemOf(root), "\n"), 1, nil},
		{"nothing", "", 0, []string{"0: there is no certificate in it"}},
		{"text", "hello\n", 0, []string{"0: there is no certificate in it"}},
		{"DER", string(root.cert.Raw), 0, []string{"0: there is no certificate in it"}},
		{"a key", pemOf(root) + key, 1, []string{fmt.Sprintf(`%d: "PRIVATE KEY" is no certificate`, lines+1)}},
		{"broken, and the next is read", broken + pemOf(second), 1, []string{"1: this block of PEM cannot be read"}},
		{"cut", pemOf(root)[:200], 0, []string{"1: this block of PEM cannot be read"}},
		{"cut, and the next is read", pemOf(root)[:200] + "\n" + pemOf(second), 1, []string{"1: this block of PEM cannot be read"}},
		{"not a certificate", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n", 0, []string{"1: this certificate cannot be read: malformed"}},
		{"no CA", pemOf(person(t, root, nil)), 0, []string{`1: "Bank" is no CA`}},
		{"a CA that signs no certificates", pemOf(noSigner), 0, []string{`1: "No Signer" is no CA`}},
		{"a key that is not accepted", pemOf(small), 0, []string{`1: the key of "Small" is not accepted`}},
		{"twice", pemOf(root, root), 1, []string{fmt.Sprintf("%d warning: this certificate stands on line 1 already", lines+1)}},
		{"expired", pemOf(expired, root), 2, []string{`1 warning: "Old Root" is valid from 2025-11-20 until 2026-11-19, so nothing is proved by it now`}},
	} {
		anchors, mistakes := ParseAnchors([]byte(tt.file), now())
		var told []string
		for _, m := range mistakes {
			warning := ""
			if m.Warning {
				warning = " warning"
			}
			told = append(told, fmt.Sprintf("%d%s: %s", m.Line, warning, m.Text))
		}
		ok := len(anchors) == tt.anchors && len(told) == len(tt.mistakes)
		for i := 0; ok && i < len(told); i++ {
			ok = strings.HasPrefix(told[i], tt.mistakes[i])
		}
		if !ok {
			t.Errorf("%s: %d anchors, %q", tt.name, len(anchors), told)
		}
	}
}

// TestAnchorsWithoutTime says nothing of how long anchors hold where nobody says what time it is.
func TestAnchorsWithoutTime(t *testing.T) {
	if anchors, mistakes := ParseAnchors([]byte(pemOf(ca(t, nil, "Example Root"))), time.Time{}); len(anchors) != 1 || len(mistakes) > 0 {
		t.Errorf("%d anchors, %v", len(anchors), mistakes)
	}
}

// TestManyAnchors holds MaxAnchors.
func TestManyAnchors(t *testing.T) {
	var many bytes.Buffer
	key := newKey(elliptic.P256())
	template := x509.Certificate{Subject: pkix.Name{CommonName: "x"}, NotBefore: now().AddDate(-1, 0, 0), NotAfter: now().AddDate(1, 0, 0), IsCA: true,
		BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign}
	for range MaxAnchors {
		template.SerialNumber = serial()
		many.WriteString(pemOf(issue(t, nil, key, &template)))
	}
	if anchors, mistakes := ParseAnchors(many.Bytes(), now()); len(anchors) != MaxAnchors || len(mistakes) != 0 {
		t.Errorf("%d anchors, %v", len(anchors), mistakes)
	}
	many.WriteString(pemOf(ca(t, nil, "One more")))
	if _, mistakes := ParseAnchors(many.Bytes(), now()); len(mistakes) != 1 || mistakes[0].Text != "more than 256 anchors" {
		t.Errorf("%v", mistakes)
	}
}
