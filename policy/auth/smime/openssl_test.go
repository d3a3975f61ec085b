package smime

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// openssl runs the program in a directory. In CI it is there.
func openssl(t *testing.T, dir string, stdin []byte, args ...string) ([]byte, error) {
	t.Helper()
	c := exec.Command("openssl", args...)
	c.Dir, c.Stdin = dir, bytes.NewReader(stdin)
	var out, diagnosis bytes.Buffer
	c.Stdout, c.Stderr = &out, &diagnosis
	err := c.Run()
	if err != nil {
		t.Logf("openssl %s: %v\n%s", strings.Join(args, " "), err, &diagnosis)
	}
	return out.Bytes(), err
}

func needOpenSSL(t *testing.T) {
	if _, err := exec.LookPath("openssl"); err != nil {
		if os.Getenv("CI") != "" {
			t.Fatal(err)
		}
		t.Skip(err)
	}
}

// write puts somebody's certificate and key into files that openssl reads.
func write(t *testing.T, dir, name string, p *party) {
	t.Helper()
	key, err := x509.MarshalPKCS8PrivateKey(p.key)
	if err != nil {
		t.Fatal(err)
	}
	for suffix, block := range map[string]*pem.Block{".pem": {Type: "CERTIFICATE", Bytes: p.cert.Raw}, ".key": {Type: "PRIVATE KEY", Bytes: key}} {
		if err := os.WriteFile(filepath.Join(dir, name+suffix), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// recently makes a CA and what it signs valid at the time of day, by which openssl judges.
func recently(c *x509.Certificate) {
	c.NotBefore, c.NotAfter = time.Now().Add(-time.Hour), time.Now().Add(time.Hour)
}

// TestOpenSSL judges what openssl signs.
func TestOpenSSL(t *testing.T) {
	needOpenSSL(t)
	dir := t.TempDir()
	root := ca(t, nil, "Example Root", recently)
	between := ca(t, root, "Example Mail CA", recently)
	write(t, dir, "between", between)
	write(t, dir, "rsa", person(t, between, rsaKey(), recently))
	write(t, dir, "ec", person(t, between, nil, recently))
	content := []byte("Dear customer,\n\n--\nお知らせ\n")
	header := []string{"-from", author, "-subject", "x", "-to", "taro@mof.example"}
	for _, tt := range []struct {
		name string
		args []string
		want policy.SMIMEResult
	}{
		{"smime, RSA", []string{"smime", "-sign", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"smime, SHA-512", []string{"smime", "-sign", "-md", "sha512", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"smime, no attributes", []string{"smime", "-sign", "-noattr", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"smime, text", []string{"smime", "-sign", "-text", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"smime, ECDSA", []string{"smime", "-sign", "-signer", "ec.pem", "-inkey", "ec.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"smime, nointern", []string{"smime", "-sign", "-nocerts", "-signer", "rsa.pem", "-inkey", "rsa.key"}, policy.SMIMEFail},
		{"smime, no intermediate", []string{"smime", "-sign", "-signer", "rsa.pem", "-inkey", "rsa.key"}, policy.SMIMEUntrusted},
		{"smime, SHA-1", []string{"smime", "-sign", "-md", "sha1", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEFail},
		{"smime, opaque", []string{"smime", "-sign", "-nodetach", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEUnread},
		{"cms, PSS", []string{"cms", "-sign", "-signer", "rsa.pem", "-inkey", "rsa.key", "-keyopt", "rsa_padding_mode:pss", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"cms, PSS, SHA-384", []string{"cms", "-sign", "-md", "sha384", "-signer", "rsa.pem", "-inkey", "rsa.key", "-keyopt", "rsa_padding_mode:pss",
			"-keyopt", "rsa_pss_saltlen:48", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"cms, ECDSA, by key", []string{"cms", "-sign", "-keyid", "-signer", "ec.pem", "-inkey", "ec.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"cms, ECDSA, no attributes", []string{"cms", "-sign", "-noattr", "-signer", "ec.pem", "-inkey", "ec.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"cms, two signers", []string{"cms", "-sign", "-signer", "ec.pem", "-inkey", "ec.key", "-signer", "rsa.pem", "-inkey", "rsa.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"cms, streamed", []string{"cms", "-sign", "-stream", "-signer", "ec.pem", "-inkey", "ec.key", "-certfile", "between.pem"}, policy.SMIMEPass},
		{"cms, encrypted", []string{"cms", "-encrypt", "-aes256", "-recip", "rsa.pem"}, policy.SMIMEUnread},
	} {
		t.Run(tt.name, func(t *testing.T) {
			raw, err := openssl(t, dir, content, append(tt.args, header...)...)
			if err != nil {
				t.Fatal(err)
			}
			h, body := split(t, raw)
			for _, size := range []int{0, 1, 13} {
				got := judgeBody(h, body, size, mail.Authors(h, 10).Authors, time.Now(), root)
				if got.Result != tt.want {
					t.Errorf("%+v of\n%s", got, raw)
				}
			}
			changed := bytes.Replace(body, []byte("customer"), []byte("customeR"), 1)
			if got := judgeBody(h, changed, 0, mail.Authors(h, 10).Authors, time.Now(), root); got.Result == policy.SMIMEPass {
				t.Errorf("a change is not seen: %+v", got)
			}
		})
	}
}

// TestSecondOpinion has openssl verify what this package's own tests sign.
func TestSecondOpinion(t *testing.T) {
	needOpenSSL(t)
	dir := t.TempDir()
	root := ca(t, nil, "Example Root", recently)
	write(t, dir, "root", root)
	for name, s := range map[string]signing{
		"EC": {by: []*party{person(t, root, nil, recently)}}, "RSA": {by: []*party{person(t, root, rsaKey(), recently)}},
		"PSS": {by: []*party{person(t, root, rsaKey(), recently)}, pss: true}, "bare": {by: []*party{person(t, root, rsaKey(), recently)}, bare: true},
		"BER": {by: []*party{person(t, root, nil, recently)}, indefinite: true}, "key": {by: []*party{person(t, root, nil, recently)}, byKey: true},
	} {
		raw := letter{signature: s.sign(t, []byte(part))}.envelope()
		if _, err := openssl(t, dir, raw, "cms", "-verify", "-CAfile", "root.pem"); err != nil {
			t.Errorf("%s: openssl refuses it", name)
		}
		h, body := split(t, raw)
		if got := judgeBody(h, body, 0, mail.Authors(h, 10).Authors, time.Now(), root); got.Result != policy.SMIMEPass {
			t.Errorf("%s: %+v", name, got)
		}
		raw = bytes.Replace(raw, []byte("Dear"), []byte("dear"), 1)
		if _, err := openssl(t, dir, raw, "cms", "-verify", "-CAfile", "root.pem"); err == nil {
			t.Errorf("%s: openssl takes a change", name)
		}
	}
}
