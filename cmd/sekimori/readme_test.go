package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sekimori/milter"
	"sekimori/policy"
	"sekimori/policy/policyfile"
)

// pages are the pages whose words an administrator pastes.
var pages = []string{"README.md", "README.ja.md", "docs/operations.md", "docs/design.md"}

func page(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile("../../" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// The lines for the MTAs in both READMEs are the files that the end-to-end tests use.
func TestReadmeShowsTheLinesForTheMTAs(t *testing.T) {
	for _, readme := range []string{"README.md", "README.ja.md"} {
		for _, file := range []string{"contrib/postfix/main.cf", "contrib/sendmail/sendmail.mc"} {
			if want := "```\n" + strings.TrimSpace(page(t, file)) + "\n```"; !strings.Contains(page(t, readme), want) {
				t.Errorf("%s does not show %s as it stands", readme, file)
			}
		}
	}
}

// Every policy in a page can be used as it stands.
func TestPoliciesInPages(t *testing.T) {
	n := 0
	for _, name := range pages {
		for _, block := range regexp.MustCompile("(?s)```toml\n(.*?)```").FindAllStringSubmatch(page(t, name), -1) {
			n++
			if _, problems := policyfile.Read(name, []byte(block[1])); len(problems) > 0 {
				t.Errorf("%s", problems)
			}
		}
	}
	if n < 2 {
		t.Errorf("only %d policies were found", n)
	}
}

// Every flag and subcommand that a page shows exists.
func TestCommandLinesInPages(t *testing.T) {
	help := func(words ...string) string {
		var out strings.Builder
		sekimori(append(words, "--help"), streams{strings.NewReader(""), &out, &out})
		return out.String()
	}
	n := 0
	for _, name := range pages {
		for _, m := range regexp.MustCompile("(?m)(?:^|`|/)sekimori ([a-z]+)( [^`\n]*)?").FindAllStringSubmatch(page(t, name), -1) {
			text := help(m[1])
			if strings.Contains(text, "unexpected argument") {
				t.Errorf("%s: there is no subcommand %q", name, m[1])
				continue
			}
			n++
			for _, flag := range regexp.MustCompile("--[a-z-]+").FindAllString(m[2], -1) {
				if !strings.Contains(text, flag) {
					t.Errorf("%s: sekimori %s has no flag %s", name, m[1], flag)
				}
			}
		}
	}
	if n < 5 {
		t.Errorf("only %d command lines were found", n)
	}
}

// Links between pages lead somewhere.
func TestLinksInPages(t *testing.T) {
	for _, name := range pages {
		dir := ""
		if i := strings.LastIndexByte(name, '/'); i >= 0 {
			dir = name[:i+1]
		}
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)\)`).FindAllStringSubmatch(page(t, name), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat("../../" + dir + m[1]); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

// The manual page has every subcommand and every flag of run.
func TestManual(t *testing.T) {
	manual := strings.ReplaceAll(page(t, "docs/sekimori.8"), `\-`, "-")
	var out strings.Builder
	sekimori([]string{"run", "--help"}, streams{strings.NewReader(""), &out, &out})
	flags := regexp.MustCompile("--[a-z-]+").FindAllString(out.String(), -1)
	if len(flags) < 10 {
		t.Fatalf("only %d flags were found", len(flags))
	}
	for _, f := range flags {
		if f != "--help" && !strings.Contains(manual, f) {
			t.Errorf("the manual page lacks %s of run", f)
		}
	}
	out.Reset()
	sekimori([]string{"--help"}, streams{strings.NewReader(""), &out, &out})
	for _, m := range regexp.MustCompile("(?m)^  ([a-z]+) ").FindAllStringSubmatch(out.String(), -1) {
		if !strings.Contains(manual, "\n.B "+m[1]+"\n") {
			t.Errorf("the manual page lacks the subcommand %s", m[1])
		}
	}
}

// What the sender sees stands in the manual, with its codes.
func TestRepliesInPages(t *testing.T) {
	text := page(t, "docs/operations.md")
	for reply, action := range map[policy.Reply]policy.Action{
		policy.ReplySPFFail: policy.ActionReject, policy.ReplySPFPermError: policy.ActionReject, policy.ReplySPFTempError: policy.ActionTempfail,
		policy.ReplyNoSuchDomain: policy.ActionReject, policy.ReplyDMARCFail: policy.ActionReject, policy.ReplyAuthTemp: policy.ActionTempfail,
		policy.ReplyUnreadable: policy.ActionReject, policy.ReplyToFlagged: policy.ActionReject, policy.ReplyUnexamined: policy.ActionTempfail,
	} {
		code, enhanced, words := milter.ReplyText(action, reply, "")
		if !strings.Contains(text, "| `"+code+" "+enhanced+" …`") && !strings.Contains(text, "| `"+code+" "+enhanced+" "+words+" …`") {
			t.Errorf("docs/operations.md lacks %s %s %s", code, enhanced, words)
		}
	}
}
