//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"sekimori/internal/scenario"
	"sekimori/internal/testmta"
)

// The files of contrib that attach sekimori to each MTA, as an administrator copies them.
const (
	postfixSnippet  = "../../contrib/postfix/main.cf"
	sendmailSnippet = "../../contrib/sendmail/sendmail.mc"
)

// parse reads every scenario of testdata.
func parse(t *testing.T) []*scenario.Case {
	t.Helper()
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios", err)
	}
	var cases []*scenario.Case
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		c, err := scenario.Parse(file, data)
		if err != nil {
			t.Fatal(err)
		}
		cases = append(cases, c)
	}
	return cases
}

// withStore gives a policy whose rules remember something a place for it.
func withStore(policy []byte, dir string) []byte {
	if !bytes.Contains(policy, []byte("[reply_guard]")) && !bytes.Contains(policy, []byte("[suspicion]")) {
		return policy
	}
	return fmt.Appendf(nil, "%s\n[store]\npath = %q\nsecret_file = %q\n", policy, filepath.Join(dir, "memory.db"), filepath.Join(dir, "secret"))
}

// TestScenarios puts every scenario through both MTAs. The MTAs stay, sekimori and its DNS are new for each.
func TestScenarios(t *testing.T) {
	mtas := []testmta.MTA{
		testmta.StartPostfix(t, testmta.Config{Addr: netip.MustParseAddr("192.0.2.1"), Addr6: netip.MustParseAddr("2001:db8::1"),
			Snippet: postfixSnippet}),
		testmta.StartSendmail(t, testmta.Config{Addr: netip.MustParseAddr("192.0.2.2"), Addr6: netip.MustParseAddr("2001:db8::2"),
			Snippet: sendmailSnippet}),
	}
	for _, c := range parse(t) {
		t.Run(c.Name, func(t *testing.T) {
			prepared, err := c.Prepare()
			if err != nil {
				t.Fatal(err)
			}
			serveZone(t, prepared.Zone)
			startGateway(t, gatewayConfig{policy: withStore(c.Policy, t.TempDir()), files: c.Files})
			for _, mta := range mtas {
				play := prepared.Play(mta.Target())
				if !play.TakesPart() {
					continue
				}
				t.Run(string(mta.Target()), func(t *testing.T) {
					result, err := runner{mta}.Run(t.Context(), prepared, play)
					if err != nil {
						t.Fatalf("%s: %v", c.File, err)
					}
					for _, wrong := range play.Check(result) {
						t.Error(wrong)
					}
				})
			}
		})
	}
}

// TestDecisions has `sekimori test` decide every scenario without an MTA.
func TestDecisions(t *testing.T) {
	if out, err := exec.Command(binary(), "test", "testdata").CombinedOutput(); err != nil {
		t.Errorf("%v\n%s", err, out)
	}
}
