//go:build linux && endtoend

package endtoend

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"sekimori/internal/testmta"
	"sekimori/policy/mail"
)

// lookingAtBodies flags by what is in a body, in the house whose mail the fixtures of the indicators are.
const lookingAtBodies = `mode = "off"

[suspicion]
mode = "enforce"

[suspicion.lists]
partners = ["partner.example"]
protected = ["mof.example"]
senders = ["saas.example"]

[store]
path = %q
secret_file = %q
`

// TestBodies sends the fixtures of the indicators that look at links, files and text through both MTAs, as they are: what is found in
// them behind a real MTA is what is found in them on the desk.
func TestBodies(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	s := newStand(t, 18, "", fmt.Sprintf(lookingAtBodies, filepath.Join(dir, "memory.db"), filepath.Join(dir, "secret")))
	startGateway(t, s.gatewayConfig)
	for _, mta := range []testmta.MTA{s.postfix(t, "192.0.2.48"), s.sendmail(t, "192.0.2.49")} {
		t.Run(string(mta.Target()), func(t *testing.T) {
			want := map[string]bool{} // indicator/mail: is it found
			for _, pattern := range []string{"url_*", "link_*", "html_*", "attach_*", "archive_*", "office_*", "pdf_*", "rtf_*", "svg_*", "text_*", "password_*", "image_*", "mime_*"} {
				sendFixtures(t, mta, pattern, want)
			}
			t.Logf("%d mails", len(want))
			if len(want) < 200 {
				t.Fatal("the fixtures are not there")
			}
			seen := map[string]bool{}
			ctx, cancel := context.WithTimeout(t.Context(), 3*settleTimeout)
			defer cancel()
			all, err := mta.Sink().Wait(ctx, func(all []testmta.Delivery) bool { return len(all) >= len(want) })
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range all {
				h, _, err := mail.Split(d.Data)
				if err != nil {
					t.Fatal(err)
				}
				name, found := "", ""
				for _, f := range h {
					switch f.Name {
					case "X-Fixture":
						name = strings.TrimSpace(f.Value)
					case "X-Sekimori-Suspicion":
						found = strings.Join(strings.Fields(f.Value), " ")
					}
				}
				seen[name] = true
				indicator, _, _ := strings.Cut(name, "/")
				if got := strings.Contains(found, indicator+":"); got != want[name] {
					t.Errorf("%s: found is %v, in %q", name, got, found)
				}
			}
			for name := range want {
				if !seen[name] {
					t.Errorf("%s did not arrive", name)
				}
			}
		})
	}
}

// sendFixtures sends the mails of fixtures, and notes which of them must show their indicator.
func sendFixtures(t *testing.T, mta testmta.MTA, pattern string, want map[string]bool) {
	t.Helper()
	files, err := filepath.Glob("../../policy/suspicion/testdata/" + pattern + ".txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(pattern, err)
	}
	for _, path := range files {
		indicator := strings.TrimSuffix(filepath.Base(path), ".txtar")
		ar, err := txtar.ParseFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if len(ar.Comment) > 0 || indicator == "url_recipient" { // facts about all mails, and a recipient that is another here
			continue
		}
		facts := map[string]bool{"evidence": true} // sections that are no mails, and mails that need facts
		for _, f := range ar.Files {
			if of, ok := strings.CutSuffix(f.Name, ".facts"); ok {
				facts[of], facts[f.Name] = true, true
			}
		}
		for _, f := range ar.Files {
			if facts[f.Name] {
				continue
			}
			name := indicator + "/" + f.Name
			text := "X-Fixture: " + name + "\r\n" + strings.ReplaceAll(strings.ReplaceAll(string(f.Data), "\r\n", "\n"), "\n", "\r\n")
			wantReply(t, send(t, mta, attackerAddr, "x@sender.example", []string{"hanako@gw.test"}, text), 250, "")
			want[name] = strings.HasPrefix(f.Name, "positive")
		}
	}
}
