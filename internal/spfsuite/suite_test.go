package spfsuite

import (
	"strings"
	"testing"

	"sekimori/policy"
)

func TestRead(t *testing.T) {
	suites, err := Read()
	if err != nil {
		t.Fatal(err)
	}
	seen := make(map[policy.Result]int)
	explained := 0
	for _, s := range suites {
		for _, sc := range s.Scenarios {
			for _, c := range sc.Cases {
				if c.ID == "" || !c.Client.IsValid() || len(c.Results) == 0 {
					t.Errorf("%s: an incomplete case: %+v", s.Name, c)
				}
				for _, r := range c.Results {
					seen[r]++
				}
				if c.Explained {
					explained++
				}
			}
			if len(sc.Names) == 0 {
				t.Errorf("%s: a scenario without names", s.Name)
			}
		}
	}
	for _, r := range []policy.Result{"none", "neutral", "pass", "fail", "softfail", "temperror", "permerror"} {
		if seen[r] == 0 {
			t.Errorf("no case wants %s", r)
		}
		delete(seen, r)
	}
	if len(seen) > 0 || explained == 0 {
		t.Errorf("words that are no result of SPF: %v; %d explanations", seen, explained)
	}
}

func TestReadDocument(t *testing.T) {
	const text = `
tests:
  one: {helo: h, host: 1.2.3.4, mailfrom: a@d, result: [pass, fail], explanation: DEFAULT}
zonedata:
  D.:
    - SPF: [v=spf1, " a:e -all"]
    - MX: [5, ""]
    - TIMEOUT: true
  both: [{SPF: no}, {TXT: yes}]
  none: [{SPF: x}, {TXT: NONE}]
`
	src := source{name: "s", cases: 1, twoLabels: true}
	s, err := src.read([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	sc := s.Scenarios[0]
	if c := sc.Cases[0]; c.MailFrom != "a@d.test" || len(c.Results) != 2 || !c.Explained || c.Explanation != "" {
		t.Errorf("case %+v", c)
	}
	d := sc.Names[0]
	if d.Name != "d" || len(d.Records) != 2 || d.Records[0].Value != "v=spf1 a:e.test -all" ||
		d.Records[1] != (Record{policy.TypeMX, ".", 5}) || d.Broken != policy.DNSTimeout {
		t.Errorf("name %+v", d)
	}
	if both, none := sc.Names[1], sc.Names[2]; len(both.Records) != 1 || both.Records[0].Value != "yes" || len(none.Records) != 0 {
		t.Errorf("TXT and SPF: %+v, %+v", both, none)
	}
	for want, change := range map[string]func(text string, src *source) string{
		"1 cases, 2 are known":          func(x string, src *source) string { src.cases = 2; return x },
		"exceptions name a case":        func(x string, src *source) string { src.except = map[string]policy.Result{"no": "pass"}; return x },
		"is a new kind of entry":        func(x string, _ *source) string { return strings.Replace(x, "TIMEOUT", "LATE", 1) },
		"the MX record":                 func(x string, _ *source) string { return strings.Replace(x, "[5,", "[x,", 1) },
		`case one: ParseAddr("1.2.3.")`: func(x string, _ *source) string { return strings.Replace(x, "1.2.3.4", "1.2.3.", 1) },
	} {
		src := src
		if _, err := src.read([]byte(change(text, &src))); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v, want %q", err, want)
		}
	}
}
