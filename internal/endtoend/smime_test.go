//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"sekimori/internal/testmta"
	"sekimori/policy/mail"
)

// signedContent has what goes wrong on the way: lines with a dot or hyphens before them, blanks at the end, octets above ASCII, an
// empty line at its end, and a link that is a sign by itself.
const signedContent = "Content-Type: text/plain; charset=utf-8\nContent-Transfer-Encoding: 8bit\n\n" +
	"予算の件 http://203.0.113.77/plan\n.\n..\n.one\n--\n-- \nblanks  \t\n\n"

// TestSigned sends a mail that openssl signed through both MTAs: what they hand to the filter is what was signed, octet by octet. With
// one octet changed the signature speaks for nobody.
func TestSigned(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	signed := strings.ReplaceAll(string(signMail(t, dir)), "\r", "")
	anchors, err := os.ReadFile(filepath.Join(dir, "ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	s := newStand(t, 17, "", suspecting(t, "")+"\n[suspicion.lists]\nsmime_anchors = \"anchors.pem\"\n")
	s.files = map[string][]byte{"anchors.pem": anchors}
	startGateway(t, s.gatewayConfig)
	for _, mta := range []testmta.MTA{s.postfix(t, "192.0.2.46"), s.sendmail(t, "192.0.2.47")} {
		t.Run(string(mta.Target()), func(t *testing.T) {
			for n, tt := range []struct{ name, text, want string }{
				{"signed", signed, "smime_author:-3[news@bank.test%20by%20Example%20Mail%20CA]"},
				{"changed", strings.Replace(signed, "\n.one\n", "\n.two\n", 1), ""},
			} {
				text := strings.ReplaceAll(tt.text, "\n", "\r\n")
				wantReply(t, send(t, mta, attackerAddr, "bounce@bank.test", []string{"hanako@gw.test"}, text), 250, "")
				h, _, err := mail.Split(delivered(t, mta, n+1)[n].Data)
				if err != nil {
					t.Fatal(err)
				}
				value := ""
				for _, f := range mail.Index(h, "X-Sekimori-Suspicion") {
					value += strings.Join(strings.Fields(f.Value), " ")
				}
				if !strings.Contains(value, "url_ip_literal") || tt.want != "" && !strings.Contains(value, tt.want) ||
					tt.want == "" && strings.Contains(value, "smime_author") {
					t.Errorf("%s: %q", tt.name, value)
				}
			}
		})
	}
}

// signMail has openssl make an anchor, ca.pem, and a mail of news@bank.test that leads to it.
func signMail(t *testing.T, dir string) []byte {
	t.Helper()
	openssl := func(stdin string, args ...string) []byte {
		t.Helper()
		cmd := exec.Command("openssl", args...)
		cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
		var wrong bytes.Buffer
		cmd.Stderr = &wrong
		out, err := cmd.Output()
		if err != nil {
			t.Fatalf("openssl %s: %v\n%s", strings.Join(args, " "), err, &wrong)
		}
		return out
	}
	key := []string{"-newkey", "rsa:2048", "-nodes", "-keyout"}
	openssl("", append([]string{"req", "-x509", "-out", "ca.pem", "-subj", "/CN=Example Mail CA", "-days", "2"}, append(key, "ca.key")...)...)
	request := openssl("", append([]string{"req", "-subj", "/CN=Example Bank"}, append(key, "bank.key")...)...)
	if err := os.WriteFile(filepath.Join(dir, "bank.ext"), []byte("subjectAltName=email:news@bank.test\nextendedKeyUsage=emailProtection\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	openssl(string(request), "x509", "-req", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial", "-days", "2", "-extfile", "bank.ext", "-out", "bank.pem")
	return openssl(signedContent, "cms", "-sign", "-signer", "bank.pem", "-inkey", "bank.key", "-md", "sha256",
		"-from", "Example Bank <news@bank.test>", "-to", "hanako@gw.test", "-subject", "notice")
}
