package bulletin

import (
	"encoding/hex"
	"net/netip"
	"strings"
	"testing"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/mail/link"
)

// FuzzParse gives foreign files to Parse. Whatever it takes is within the limits, names a kind, is found by an Index in the mail that
// shows it, and stays the same when it is read again.
func FuzzParse(f *testing.F) {
	for _, s := range []string{
		"type,value\ndomain,evil.example\n", "\ufefftype;value;until\r\nurl;hxxp://e[.]example/a;2026-11-30\r\n", "uuid,type,value,to_ids\n,domain|ip,e.example|1.2.3.4,1\n",
		"type\tvalue\nsubject\t\"a \"\"b\"\" 標的型\"\n", `[{"type":"address","value":"A <a@e.example>","from":"2026-11-01"}]`,
		"{\"type\":\"sha256\",\"value\":\"" + strings.Repeat("0", 64) + "\"}\n{\"type\":\"client\",\"value\":\"203.0.113.0/24\"}",
		`{"Event":{"Attribute":[{"type":"filename|sha256","value":"a|b","to_ids":true}],"Object":[{"Attribute":[]}]}}`,
		`{"response":{"Attribute":[{"type":"ip-dst","value":"0x7f.1"},{"type":"host","value":"[::ffff:1.2.3.4]"}]}}`, `[[[[`, "type,value\nurl,\"http://a@b:1/%zz/../\\\\x?y#z\"",
		"type,value\nfile_name,A\x00\u0301b.exe\n", "type,value\nfile_name,\u202ea\u3000b\u0301.exe\naddress,\"a b\"@e.example\n",
	} {
		f.Add("x.csv", s)
		f.Add("x.json", s)
	}
	f.Fuzz(func(t *testing.T, name, data string) {
		indicators, mistakes := Parse(name, []byte(data))
		if len(mistakes) > 2*MaxMistakes+2 {
			t.Fatalf("%d mistakes", len(mistakes))
		}
		lines := strings.Count(data, "\n") + 1
		for _, m := range mistakes {
			if m.Line < 1 || m.Line > lines || m.Column < 1 || m.Text == "" || !utf8.ValidString(m.Text) || strings.ContainsAny(m.Text, "\n\r\x1b") {
				t.Errorf("%+q", m)
			}
		}
		x := New([]policy.Bulletin{{Name: "b", Mode: policy.ModeEnforce, Indicators: indicators}})
		p := parser{refang: newRefang()}
		for _, i := range indicators[:min(len(indicators), 100)] {
			if len(i.Value) == 0 || len(i.Value) > 4*MaxValue {
				t.Errorf("%+q", i)
			}
			// An address is kept without the quotes that its local part may need.
			if k, again, why := p.normal(i.Kind, i.Value); i.Kind != policy.BulletinAddress && (k != i.Kind || again != i.Value || why != "") {
				t.Errorf("%s %q becomes %s %q: %s", i.Kind, i.Value, k, again, why)
			}
			s := shown(t, i)
			s.At = i.From
			if hits := x.Match(s); len(hits) == 0 {
				t.Errorf("%s %q is not found", i.Kind, i.Value)
			}
		}
	})
}

// shown is a mail that shows an indicator.
func shown(t *testing.T, i policy.BulletinIndicator) (s Subject) {
	switch i.Kind {
	case policy.BulletinAddress:
		at := strings.LastIndexByte(i.Value, '@')
		s.Addresses = []policy.Address{{Local: i.Value[:at], Domain: policy.Domain(i.Value[at+1:])}}
	case policy.BulletinDomain:
		s.Domains = []policy.Domain{policy.Domain(i.Value)}
	case policy.BulletinHost:
		s.Links = []string{"https://" + i.Value + "/x"}
	case policy.BulletinURL:
		s.Links = []string{"http://" + i.Value}
	case policy.BulletinSHA256:
		var h [32]byte
		if _, err := hex.Decode(h[:], []byte(i.Value)); err != nil {
			t.Fatal(err)
		}
		s.Hashes = [][32]byte{h}
	case policy.BulletinFilename:
		s.Names = []string{i.Value}
	case policy.BulletinClient:
		p, ok := prefix(i.Value)
		if !ok {
			t.Fatalf("%q is no network", i.Value)
		}
		s.Client = p.Addr()
	case policy.BulletinSubject:
		s.Subject = i.Value
	}
	return s
}

// FuzzMatch gives what a stranger's mail can hold to Match.
func FuzzMatch(f *testing.F) {
	for _, l := range []string{"http://evil.example/a", "HTTPS:\\\\a@evil.example:8080\\..\\a?b#c", "//[::1]:80/", "http://0x7f000001", "http://1.2.3.4.5/", "http://%65vil.example/%",
		"https://r.example/?u=https%3A%2F%2Fevil.example%2Fa", "www.", "http:", "http://[", "http://:/", "https://evil。example/", "ftp://08.1/"} {
		f.Add(l, "a@b", "evil.example", l)
	}
	x := New([]policy.Bulletin{read(f, "b", "domain,evil.example", "host,evil.example", "url,https://evil.example/a", "host,203.0.113.9", "address,a@evil.example",
		"file_name,evil.exe", "subject,evil subject", "client,203.0.113.0/24")})
	f.Fuzz(func(t *testing.T, target, local, domain, text string) {
		s := Subject{At: now(), Client: netip.MustParseAddr("203.0.113.1"), Addresses: []policy.Address{{Local: local, Domain: policy.Domain(domain)}},
			Domains: []policy.Domain{policy.Domain(domain)}, Subject: text, Links: []string{target, text}, Names: []string{text}, Hashes: make([][32]byte, 1)}
		hits := x.Match(s)
		if len(hits) == 0 || len(hits) > MaxHits {
			t.Errorf("%d hits", len(hits))
		}
		for _, h := range hits {
			if len(h.Evidence) > maxEvidence {
				t.Errorf("%d octets of evidence", len(h.Evidence))
			}
		}
		u := link.Read(target)
		if !leads(&u) {
			return
		}
		key := string(append(appendHost(nil, &u), link.CanonicalPath(u.Rest)...))
		if key[0] == '/' || !strings.Contains(key, "/") {
			t.Errorf("%q is compared as %q", target, key)
		}
		if _, again, why := (&parser{refang: newRefang()}).normal(policy.BulletinURL, key); why != "" || !strings.HasPrefix(again, string(appendHost(nil, &u))) {
			t.Errorf("%q is compared as %q, and again as %q: %s", target, key, again, why)
		}
	})
}
