package suspicion

import (
	"regexp"
	"strings"
	"testing"
	"unicode/utf8"

	"sekimori/policy"
)

// TestIndicators holds what every indicator says of itself.
func TestIndicators(t *testing.T) {
	all := map[string]Indicator{}
	name := regexp.MustCompile(`^[a-z][a-z0-9]*(_[a-z0-9]+)*$`)
	for _, i := range Indicators() {
		if _, twice := all[i.Name]; twice || !name.MatchString(i.Name) {
			t.Errorf("the name %q", i.Name)
		}
		all[i.Name] = i
		if i.Points == 0 || (i.Points < 0) != (i.Family == policy.FamilyTrust) {
			t.Errorf("%s weighs %v", i.Name, i.Points)
		}
		if i.Definition == "" || i.Source == "" || strings.ContainsAny(i.Definition+i.Source, "|\n") {
			t.Errorf("%s is not defined, or has no source", i.Name)
		}
		if i.find == nil {
			t.Errorf("%s finds nothing", i.Name)
		}
	}
	for _, i := range all {
		if weaker, ok := all[i.Replaces]; i.Replaces != "" && (!ok || weaker.Points >= i.Points) {
			// The one of the house says more than the one of every protected domain, at the same weight.
			if i.Name != "internal_from_outside" {
				t.Errorf("%s replaces %q, which is no weaker indicator", i.Name, i.Replaces)
			}
		}
	}
}

// TestWeights changes one weight and switches another indicator off.
func TestWeights(t *testing.T) {
	in, p, err := input("from x@sender.example pass", []byte("From: a@sender.example\nX-Priority: 1\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	p.Suspicion.Weights = map[string]policy.Points{"date_anomaly": 25, "high_priority": 0}
	got := map[string]policy.Points{}
	for _, h := range New(p).Assess(in).Hits {
		got[h.Indicator] = h.Points
	}
	if got["date_anomaly"] != 25 {
		t.Errorf("date_anomaly weighs %v", got["date_anomaly"])
	}
	if _, found := got["high_priority"]; found {
		t.Error("an indicator that is switched off is found")
	}
}

// TestReplaces leaves the weaker of two indicators out, also where the stronger comes later.
func TestReplaces(t *testing.T) {
	in, p, err := input("from x@sender.example none\ndmarc mof.example none", []byte("From: a@mof.example\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]bool{}
	for _, h := range New(p).Assess(in).Hits {
		got[h.Indicator] = true
	}
	if !got["internal_from_outside"] || got["protected_domain_unauth"] {
		t.Errorf("%v", got)
	}
}

func TestIncomplete(t *testing.T) {
	in, p, err := input("", []byte("From: a@sender.example\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	in.Message.HeaderCut = true
	in.Content.Stopped = append(in.Content.Stopped, "parts")
	if got := New(p).Assess(in); got.Incomplete != "header parts" || !got.Asked {
		t.Errorf("incomplete %q", got.Incomplete)
	}
}

// TestNoContent assesses what is known before a body is read.
func TestNoContent(t *testing.T) {
	in, p, err := input("", []byte("From: =?UTF-8?B?57eP5YuZ55yB?= <a@sender.example>\n\n"))
	if err != nil {
		t.Fatal(err)
	}
	in.Content = nil
	found := false
	for _, h := range New(p).Assess(in).Hits {
		found = found || h.Indicator == "dispname_org_mismatch"
	}
	if !found {
		t.Error("what the header says is not found")
	}
}

func TestClean(t *testing.T) {
	for in, want := range map[string]string{"総務省 -> x.cn": "総務省 -> x.cn", "a\r\nb\x00c\x7f": "a  b c ", "\xff": "\ufffd"} {
		if got := clean(in); got != want {
			t.Errorf("%q becomes %q", in, got)
		}
	}
	for _, n := range []int{maxEvidence, maxEvidence + 1} {
		if got := clean(strings.Repeat("a", n)); len(got) != maxEvidence {
			t.Errorf("%d octets become %d", n, len(got))
		}
	}
	for n := range 4 {
		if got := clean(strings.Repeat("a", n) + strings.Repeat("総", 100)); !utf8.ValidString(got) || len(got) > maxEvidence {
			t.Errorf("cut to %q", got)
		}
	}
}

// FuzzAssess assesses whatever a message can be.
func FuzzAssess(f *testing.F) {
	for _, s := range []string{
		"From: a@b\n\nx", "From: =?UTF-8?B?57eP5YuZ55yB?= <x@sender.cn>\nDate: Fri, 20 Nov 2026 11:58:00 +0800\n\nかなかなかな http://mof.go.jp.example.com/\n",
		"From: a\nFrom: b\nSubject: Re:\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nx\n--b\nContent-Type: application/zip; name=a.exe\n\nPK\x03\x04\n--b--\n",
		"Reply-To: <x@gmail.com>, <y@mof-go-jp.com>\nList-Id: <<>\nX-Priority: 1\nX-Mailer:\n\n",
	} {
		f.Add([]byte(s))
	}
	a := New(fixturePolicy())
	f.Fuzz(func(t *testing.T, raw []byte) {
		in, _, err := input("unknown\nfrom x@sender.example pass\ndmarc mof.go.jp fail", raw)
		if err != nil {
			return
		}
		for _, h := range a.Assess(in).Hits {
			if !utf8.ValidString(h.Evidence) || len(h.Evidence) > maxEvidence || strings.ContainsAny(h.Evidence, "\r\n\x00") {
				t.Errorf("%s: evidence %q", h.Indicator, h.Evidence)
			}
		}
	})
}
