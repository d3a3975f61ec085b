package suspicion

import (
	"flag"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/mime"
)

var update = flag.Bool("update", false, "write the evidence into the fixtures")

// TestFixtures reads testdata/<indicator>.txtar. Sections named positive… are mails in which the indicator is found, those
// named near-miss… are the honest mails that look most like them, in which it is not; every file has both. Lines before the
// first section are facts about all of its mails, and a section named <mail>.facts has those of one mail, a word a line:
//
//	dmarc DOMAIN RESULT      of an author domain
//	from ADDRESS             MAIL FROM, with its SPF result: from a@example.org pass; "anyone" behind it: +all
//	to ADDRESS               a recipient in place of taro@mof.example
//	client ADDRESS
//	client_name HOST         verified by DNS
//	known address|domain|wrote|wrote_domain|thread
//	since DATE               since when pairs are learned; without it for years
//	unknown                  the memory was asked and knows nobody
//	aligned DOMAIN           an author domain without a DMARC record, with an aligned SPF pass
//	dkim DOMAIN RESULT       of a signature
//	smime RESULT ADDRESS ISSUER
//	forged NAME              a field that was forged
//	forged_results           Authentication-Results were, in the name of the gateway
//	unreadable_results       Authentication-Results name no host
//
// The section evidence has a line for each positive mail; -update writes it.
func TestFixtures(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	a := New(fixturePolicy())
	for _, path := range files {
		name := strings.TrimSuffix(filepath.Base(path), ".txtar")
		seen[name] = true
		t.Run(name, func(t *testing.T) { fixture(t, a, path, name) })
	}
	for _, n := range Names() {
		if !seen[n] {
			t.Errorf("%s has no fixture", n)
		}
	}
}

func fixture(t *testing.T, a *Assessor, path, name string) {
	if !slices.Contains(Names(), name) {
		t.Fatal("there is no such indicator")
	}
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{}
	var want, got string
	for _, f := range ar.Files {
		if m, ok := strings.CutSuffix(f.Name, ".facts"); ok {
			facts[m] = string(f.Data)
		}
		if f.Name == "evidence" {
			want = string(f.Data)
		}
	}
	positive, near := 0, 0
	for _, f := range ar.Files {
		found, evidence := look(t, a, name, string(ar.Comment)+"\n"+facts[f.Name], f.Data, f.Name)
		switch {
		case strings.HasSuffix(f.Name, ".facts"), f.Name == "evidence":
		case strings.HasPrefix(f.Name, "positive"):
			positive++
			if !found {
				t.Errorf("%s: it is not found", f.Name)
			}
			got += f.Name + ": " + evidence + "\n"
		case strings.HasPrefix(f.Name, "near-miss"):
			near++
			if found {
				t.Errorf("%s: it is found: %s", f.Name, evidence)
			}
		default:
			t.Errorf("%s is no name of a section", f.Name)
		}
	}
	if positive == 0 || near == 0 {
		t.Errorf("%d positive mails and %d near misses; both are wanted", positive, near)
	}
	if got == want || t.Failed() {
		return
	}
	if !*update {
		t.Errorf("evidence\n%swant\n%s", got, want)
		return
	}
	ar.Files = slices.DeleteFunc(ar.Files, func(f txtar.File) bool { return f.Name == "evidence" })
	ar.Files = append(ar.Files, txtar.File{Name: "evidence", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}

// look reads one mail and says whether the indicator is found in it.
func look(t *testing.T, a *Assessor, name, facts string, raw []byte, where string) (bool, string) {
	if strings.HasSuffix(where, ".facts") || where == "evidence" {
		return false, ""
	}
	in, _, err := input(facts, raw)
	if err != nil {
		t.Fatalf("%s: %v", where, err)
	}
	for _, h := range a.Assess(in).Hits {
		if h.Indicator == name {
			return true, h.Evidence
		}
	}
	return false, ""
}

// fixturePolicy is that of the ministry mof.example beside a partner and the default lists.
func fixturePolicy() *policy.Policy {
	p := policy.Default()
	p.Inside.Domains, _ = policy.ParseDomainSet("mof.example", ".mof.example")
	p.Organisations = []policy.Organisation{{Name: "mof", Domains: p.Inside.Domains}}
	p.Suspicion.Mode = policy.ModeEnforce
	p.Suspicion.Lists.Partners = []policy.Domain{"partner.example"}
	p.Suspicion.Lists.Senders = []policy.Domain{"saas.example"}
	p.Suspicion.Lists.Signers = []policy.Domain{"gateway.lgwan.example"}
	p.Suspicion.Lists.TrustedLists = []string{"announce.list.example"}
	p.Suspicion.Lists.People = []policy.Person{{Names: []string{"財務 太郎", "Zaimu Taro"},
		Addresses: []policy.Address{{Local: "taro", Domain: "home.example"}}}}
	return p
}

// input reads a mail as the gateway does and puts the facts beside it.
func input(facts string, raw []byte) (Input, *policy.Policy, error) {
	p := fixturePolicy()
	h, body, err := mail.Split(raw)
	if err != nil {
		return Input{}, nil, err
	}
	m := &policy.Message{Header: h, BodySize: int64(len(body)), Sender: policy.Address{Local: "x", Domain: "sender.example"}}
	a := mail.Authors(h, p.Limits.Authors)
	f := &policy.Facts{At: time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC), Stage: policy.StageMessage,
		Authors: a.Authors, FromFields: a.Fields, FromProblem: a.Problem,
		Acquaintance: policy.Acquaintance{Asked: true, Since: time.Date(2020, 1, 1, 0, 0, 0, 0, time.UTC), Address: true, Domain: true}}
	for _, line := range strings.Split(facts, "\n") {
		words := strings.Fields(line)
		if len(words) == 0 || strings.HasPrefix(line, "#") {
			continue
		}
		if err := fact(words, m, f); err != nil {
			return Input{}, nil, fmt.Errorf("%s: %w", line, err)
		}
	}
	if m.Recipients == nil {
		m.Recipients = []policy.Recipient{{Arg: "<taro@mof.example>", Address: policy.Address{Local: "taro", Domain: "mof.example"}}}
	}
	r := mime.New(h, mime.DefaultLimits())
	r.Write(body)
	return Input{Message: m, Facts: f, Content: r.Content()}, p, nil
}

func fact(words []string, m *policy.Message, f *policy.Facts) error {
	word := func(i int) string {
		if i < len(words) {
			return words[i]
		}
		return ""
	}
	address := func(s string) policy.Address {
		local, domain, _ := strings.Cut(s, "@")
		return policy.Address{Local: local, Domain: policy.Domain(domain)}
	}
	switch words[0] {
	case "dmarc":
		f.DMARC = append(f.DMARC, policy.DMARC{Author: policy.Domain(word(1)), Result: policy.Result(word(2))})
	case "from":
		m.Sender = policy.Address{}
		if word(1) != "<>" {
			m.Sender = address(word(1))
		}
		f.MailFrom = policy.SPF{Scope: policy.ScopeMailFrom, Domain: m.Sender.Domain, Result: policy.Result(word(2)), Anyone: word(3) == "anyone"}
	case "to":
		m.Recipients = append(m.Recipients, policy.Recipient{Arg: "<" + word(1) + ">", Address: address(word(1))})
	case "dkim":
		f.DKIM = append(f.DKIM, policy.DKIM{Domain: policy.Domain(word(1)), Result: policy.Result(word(2)), Partial: word(3) == "partial"})
	case "smime":
		f.SMIME = policy.SMIME{Result: policy.SMIMEResult(word(1)), Signer: word(2), Issuer: strings.Join(words[min(3, len(words)):], " ")}
	case "unknown":
		f.Acquaintance.Address, f.Acquaintance.Domain = false, false
	case "since":
		at, err := time.Parse(time.DateOnly, word(1))
		f.Acquaintance.Since = at
		return err
	case "known":
		k := &f.Acquaintance
		k.Address, k.Domain = word(1) == "address" || word(1) == "wrote", word(1) != "thread" && word(1) != "wrote_domain"
		k.Wrote, k.WroteToDomain, k.InThread = word(1) == "wrote", word(1) == "wrote" || word(1) == "wrote_domain", word(1) == "thread"
	case "client":
		a, err := netip.ParseAddr(word(1))
		m.Client.Addr = a
		return err
	case "client_name":
		m.Client.Name = word(1)
	case "aligned":
		f.DMARC = append(f.DMARC, policy.DMARC{Author: policy.Domain(word(1)), Result: policy.ResultNone, SPFAligned: true})
	case "forged_results", "unreadable_results":
		f.NamedAR = words[0] == "forged_results"
		f.ForgedAR = append(f.ForgedAR, policy.HeaderRef{Name: "Authentication-Results", Index: 1})
	case "forged":
		f.ForgedHeader = append(f.ForgedHeader, policy.HeaderRef{Name: word(1), Index: 1})
	default:
		return fmt.Errorf("%q is no fact", words[0])
	}
	return nil
}
