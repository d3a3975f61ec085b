package bulletin

import (
	"crypto/sha256"
	"fmt"
	"net/netip"
	"net/url"
	"runtime"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

func now() time.Time { return time.Date(2026, 11, 20, 3, 0, 0, 0, time.UTC) }

// read makes a bulletin of lines kind,value[,from,until].
func read(t testing.TB, name string, lines ...string) policy.Bulletin {
	t.Helper()
	indicators, mistakes := Parse("a.csv", []byte("type,value,from,until\n"+strings.Join(lines, "\n")+"\n"))
	for _, m := range mistakes {
		t.Fatal(m)
	}
	return policy.Bulletin{Name: name, Mode: policy.ModeEnforce, Action: policy.ActionReject, Indicators: indicators}
}

func words(hits []policy.BulletinHit) string {
	var all []string
	for _, h := range hits {
		all = append(all, fmt.Sprintf("%s %s %s", h.Bulletin, h.Kind, h.Value))
	}
	return strings.Join(all, "; ")
}

func TestMatch(t *testing.T) {
	file := []byte("content")
	x := New([]policy.Bulletin{read(t, "b",
		"address,bad@evil.example", "domain,evil.test", "host,c2.example", "host,198.51.100.7", "url,http://shared.example/a/b", "url,http://shared.example:8080/p",
		"url,https://shared.example/dir/", "url,https://標的.example/パス?x={1}", "url,https://whole.example/", "url,https://q.example/a?id=1", fmt.Sprintf("sha256,%x", sha256.Sum256(file)),
		"file_name,Order 4711.ISO", "client,203.0.113.0/24", "client,192.0.2.9", "client,2001:db8::/48", "subject,【至急】口座のご確認")})
	link := func(l ...string) Subject { return Subject{Links: l} }
	for _, tt := range []struct {
		name string
		s    Subject
		want string
	}{
		{"nothing", Subject{}, ""},
		{"address in capitals", Subject{Addresses: []policy.Address{{Local: "BAD", Domain: "evil.example"}}}, "b address bad@evil.example"},
		{"another address there", Subject{Addresses: []policy.Address{{Local: "good", Domain: "evil.example"}}}, ""},
		{"domain of an address", Subject{Addresses: []policy.Address{{Local: "x", Domain: "evil.test"}}}, "b domain evil.test"},
		{"below a domain", Subject{Addresses: []policy.Address{{Local: "x", Domain: "a.b.evil.test"}}}, "b domain evil.test"},
		{"end of a label", Subject{Addresses: []policy.Address{{Local: "x", Domain: "notevil.test"}}}, ""},
		{"null sender", Subject{Addresses: []policy.Address{{}}}, ""},
		{"helo", Subject{Domains: []policy.Domain{"mail.evil.test"}}, "b domain evil.test"},
		{"domain is no host", link("https://evil.test/"), ""},
		{"host is no domain", Subject{Domains: []policy.Domain{"c2.example"}}, ""},
		{"host", link("HTTPS://C2.Example/x"), "b host c2.example"},
		{"below a host", link("https://a.c2.example"), "b host c2.example"},
		{"host with a port", link("https://c2.example:4443/x"), "b host c2.example"},
		{"host behind a name", link("https://www.mof.go.jp@c2.example/x"), "b host c2.example"},
		{"host before a name", link("https://c2.example@www.mof.go.jp/x"), ""},
		{"host with a port that is none", link("https://c2.example:8x/", "https://c2.example:99999/"), ""},
		{"host with backslashes", link(`https:\\c2.example\x`), "b host c2.example"},
		{"host without slashes", link("https:c2.example"), "b host c2.example"},
		{"host escaped", link("https://c%32.ex%61mple/"), "b host c2.example"},
		{"host in full width", link("https://ｃ２．ｅｘａｍｐｌｅ/"), "b host c2.example"},
		{"host with a final dot", link("https://c2.example./"), "b host c2.example"},
		{"without scheme", link("www.c2.example/x", "//c2.example/"), "b host c2.example"},
		{"address as a number", link("http://3325256711/"), "b host 198.51.100.7"},
		{"address in octal", link("http://0306.063.0x64.7/"), "b host 198.51.100.7"},
		{"address mapped", link("http://[::ffff:198.51.100.7]/"), "b host 198.51.100.7"},
		{"in a query", link("https://www.google.com/url?q=https://c2.example/x&sa=D"), "b host c2.example"},
		{"in a query, escaped", link("https://safelinks.example/?url=https%3A%2F%2Fc2.example%2Fx&data=1"), "b host c2.example"},
		{"not on the web", link("mailto:bad@c2.example", "cid:c2.example", "tel:1", "#c2.example", "", "c2.example"), ""},
		{"url", link("http://shared.example/a/b"), "b url shared.example/a/b"},
		{"url with https", link("https://SHARED.example/a/b"), "b url shared.example/a/b"},
		{"url and more", link("http://shared.example/a/b/c?d#e"), "b url shared.example/a/b"},
		{"url and a query", link("http://shared.example/a/b?d"), "b url shared.example/a/b"},
		{"url and a fragment", link("http://shared.example/a/b#d"), "b url shared.example/a/b"},
		{"url within a name", link("http://shared.example/a/bc"), ""},
		{"url in capitals", link("http://shared.example/A/b"), ""},
		{"url elsewhere", link("http://shared.example/x/a/b", "http://shared.example/", "http://other.example/a/b", "http://x.shared.example/a/b"), ""},
		{"url with dots", link("http://shared.example/x/../a/./b"), "b url shared.example/a/b"},
		{"url escaped", link("http://shared.example/%61/b"), "b url shared.example/a/b"},
		{"url in Japanese", link("https://標的.example/パス?x={1}#a"), "b url xn--ncww8x.example/%E3%83%91%E3%82%B9?x=%7B1%7D"},
		{"url in Japanese as browsers send it", link("https://xn--ncww8x.example/%e3%83%91%E3%82%B9?x=%7b1}"), "b url xn--ncww8x.example/%E3%83%91%E3%82%B9?x=%7B1%7D"},
		{"url with a port", link("http://shared.example:8080/p"), "b url shared.example:8080/p"},
		{"url with another port", link("http://shared.example:8080/a/b", "http://shared.example/p"), ""},
		{"url with a port behind one without", link("http://shared.example/", "http://shared.example:8080/p"), "b url shared.example:8080/p"},
		{"url of a directory", link("http://shared.example/dir/x"), "b url shared.example/dir/"},
		{"the directory itself", link("http://shared.example/dir/"), "b url shared.example/dir/"},
		{"not the directory", link("http://shared.example/dir"), ""},
		{"whole host", link("http://whole.example", "https://whole.example/a?b"), "b url whole.example/"},
		{"below a whole host", link("http://x.whole.example"), ""},
		{"query", link("https://q.example/a?id=1"), "b url q.example/a?id=1"},
		{"longer query", link("https://q.example/a?id=12"), ""},
		{"hash", Subject{Hashes: [][32]byte{sha256.Sum256(nil), sha256.Sum256(file)}}, fmt.Sprintf("b sha256 %x", sha256.Sum256(file))},
		{"file name", Subject{Names: []string{"ＯＲＤＥＲ 4711.iso", "dir/order 4711.iso"}}, "b file_name order 4711.iso"},
		{"another file name", Subject{Names: []string{"order 4711.iso.txt"}}, ""},
		{"client in a network", Subject{Client: netip.MustParseAddr("203.0.113.77")}, "b client 203.0.113.0/24"},
		{"client", Subject{Client: netip.MustParseAddr("::ffff:192.0.2.9")}, "b client 192.0.2.9"},
		{"client in IPv6", Subject{Client: netip.MustParseAddr("2001:db8:0:1::1")}, "b client 2001:db8::/48"},
		{"another client", Subject{Client: netip.MustParseAddr("192.0.2.8")}, ""},
		{"subject", Subject{Subject: "【至急】口座の\u200bご確認 "}, "b subject 【至急】口座のご確認"},
		{"longer subject", Subject{Subject: "Re: 【至急】口座のご確認"}, ""},
		{"several", Subject{Links: []string{"http://c2.example/"}, Domains: []policy.Domain{"evil.test"}}, "b domain evil.test; b host c2.example"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tt.s.At = now()
			if got := words(x.Match(tt.s)); got != tt.want {
				t.Errorf("%q, wanted %q", got, tt.want)
			}
		})
	}
}

// A bulletin and each of its indicators hold for a time.
func TestPeriods(t *testing.T) {
	b := read(t, "b", "domain,always.test,,", "domain,later.test,2026-11-21,", "domain,over.test,,2026-11-19", "domain,now.test,2026-11-20,2026-11-20")
	again := read(t, "again", "domain,over.test,,2026-11-20")
	off := read(t, "off", "domain,always.test")
	off.Mode = policy.ModeOff
	all := Subject{Domains: []policy.Domain{"always.test", "later.test", "over.test", "now.test"}}
	for _, tt := range []struct {
		at   time.Time
		want string
	}{
		{now(), "b domain always.test; again domain over.test; b domain now.test"},
		{now().AddDate(0, 0, 1), "b domain always.test; b domain later.test"},
		{now().AddDate(0, 0, -1), "b domain always.test; again domain over.test; b domain over.test"},
		{time.Date(2026, 11, 21, 0, 0, 0, 0, time.UTC), "b domain always.test; b domain later.test"},
		{time.Date(2026, 11, 20, 23, 59, 59, 0, time.UTC), "b domain always.test; again domain over.test; b domain now.test"},
	} {
		all.At = tt.at
		if got := words(New([]policy.Bulletin{b, off, again}).Match(all)); got != tt.want {
			t.Errorf("%s: %s, wanted %s", tt.at, got, tt.want)
		}
	}
	b.Until = now()
	all.At = now()
	if got := words(New([]policy.Bulletin{b}).Match(all)); got != "" {
		t.Errorf("the bulletin is over: %s", got)
	}
}

// What many hits of one bulletin leave out is never the only hit of another.
func TestMaxHits(t *testing.T) {
	var lines []string
	var s Subject
	for i := range MaxHits + 1 {
		d := fmt.Sprintf("d%d.test", i)
		lines, s.Domains = append(lines, "domain,"+d), append(s.Domains, policy.Domain(d))
	}
	s.At = now()
	first, second := read(t, "first", lines...), read(t, "second", lines[MaxHits])
	all := s.Domains
	for n, want := range map[int]int{MaxHits: MaxHits, MaxHits + 1: MaxHits} {
		s.Domains = all[:n]
		if got := len(New([]policy.Bulletin{first}).Match(s)); got != want {
			t.Errorf("%d: %d hits", n, got)
		}
	}
	s.Domains = all
	if hits := New([]policy.Bulletin{first, second}).Match(s); len(hits) != MaxHits+1 || hits[MaxHits].Bulletin != "second" {
		t.Errorf("%s", words(hits))
	}
}

// What stands behind a rewriting gateway, a redirector or a counter of visits is looked up as if it stood there itself.
func TestBehind(t *testing.T) {
	x := New([]policy.Bulletin{read(t, "b", "host,c2.example", "url,https://shared.example/a/b?c=d", "url,https://whole.example/")})
	deep := func(n int) string {
		s := "https://c2.example/x"
		for range n {
			s = "https://r.example/?u=" + url.QueryEscape(s)
		}
		return s
	}
	beside := func(n int) string {
		return "https://r.example/" + strings.Repeat("?u=https://a.example/", n) + "?u=https://c2.example/"
	}
	last := func(raw, escaped string) string {
		return "https://r.example/" + strings.Repeat("?u=https://a.example/", MaxBehind-1) + "?v=" + url.QueryEscape(escaped) + "&w=" + raw
	}
	const host, place = "b host c2.example", "b url shared.example/a/b?c=d"
	for link, want := range map[string]string{
		"https://jpn01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fc2.example%2Fx&data=05":      host,
		"https://urldefense.proofpoint.com/v1/url?u=http://c2.example/&k=x":                             host,
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__c2.example_x&d=DwMF":                      host,
		"https://urldefense.proofpoint.com/v2/url?u=https-3A__shared.example_a_b-3Fc-3Dd&d=DwMF":        place,
		"https://urldefense.com/v3/__https://c2.example/a*b__;Iw!!abc$":                                 host,
		"https://urldefense.com/v3/__https://shared.example/a/b*c=d__;Pw!!abc$":                         place,
		"https://linkprotect.cudasvc.com/url?a=https%3a%2f%2fc2.example&c=E,1":                          host,
		"https://ddec1-0-en-ctp.trendmicro.com:443/wis/clicktime/v1/query?url=https%3a%2f%2fc2.example": host,
		"https://eu-west-1.protection.sophos.com?d=c2.example&u=aHR0cHM6Ly9jMi5leGFtcGxlLw":             host,
		"https://secure-web.cisco.com/1abcDEF/https%3A%2F%2Fc2.example%2Fx":                             host,
		"https://abc.ap-northeast-1.awstrack.me/L0/https:%2F%2Fc2.example%2Fx/1/0106":                   host,
		"https://www.bing.com/ck/a?!&&p=1&u=a1aHR0cHM6Ly9jMi5leGFtcGxlLw&ntb=1":                         host,
		"https://r.example/?ref=https%3A%2F%2Fgood.example%2F&u=https%3A%2F%2Fc2.example%2F":            host,
		"https://r.example/?u=https://shared.example/a/b?c=d&e=f":                                       place,
		"https://r.example/?u=https://whole.example&e=f":                                                "b url whole.example/",
		"https://shared.example/a/b?c=d&e=f":                                                            "", // it goes on, and all of it is its own
		"https://r.example/?u=javascript:https.c2.example":                                              "",
		"https://r.example/?host=c2.example":                                                            "",
		deep(MaxBehind):                                                                                 host,
		deep(MaxBehind + 1):                                                                             "",
		beside(MaxBehind - 1):                                                                           host,
		beside(MaxBehind):                                                                               "",
		last("https://c2.example/", "https://a.example/"):                                               host,
		last("https://a.example/", "https://c2.example/"):                                               "",
	} {
		if got := words(x.Match(Subject{At: now(), Links: []string{link}})); got != want {
			t.Errorf("%.200s: %s, wanted %s", link, got, want)
		}
	}
}

func TestMatchLimits(t *testing.T) {
	name := func(labels int) policy.Domain {
		return policy.Domain(strings.Repeat("a.", labels-2) + "evil.test")
	}
	x := New([]policy.Bulletin{read(t, "b", "domain,"+string(name(MaxLabels)), "url,https://e.test/"+strings.Repeat("a/", MaxBoundaries-2)+"b",
		"url,https://f.test/"+strings.Repeat("a/", MaxBoundaries-1)+"b")})
	for n, want := range map[int]int{MaxLabels: 1, MaxLabels + 1: 1, MaxLabels - 1: 0} {
		if got := x.Match(Subject{At: now(), Domains: []policy.Domain{name(n)}}); len(got) != want {
			t.Errorf("%d labels: %s", n, words(got))
		}
	}
	long := New([]policy.Bulletin{read(t, "b", "domain,"+string(name(MaxLabels+1)))})
	for n, want := range map[int]int{MaxLabels + 1: 1, MaxLabels + 2: 0} {
		if got := long.Match(Subject{At: now(), Domains: []policy.Domain{name(n)}}); len(got) != want {
			t.Errorf("%d labels, of an indicator of %d: %s", n, MaxLabels+1, words(got))
		}
	}
	for link, want := range map[string]int{
		"https://e.test/" + strings.Repeat("a/", MaxBoundaries-2) + "b/x": 1,
		"https://f.test/" + strings.Repeat("a/", MaxBoundaries-1) + "b/x": 0,
		"https://f.test/" + strings.Repeat("a/", MaxBoundaries-1) + "b":   1,
	} {
		if got := x.Match(Subject{At: now(), Links: []string{link}}); len(got) != want {
			t.Errorf("%s: %s", link, words(got))
		}
	}
	evidence := x.Match(Subject{At: now(), Links: []string{"https://e.test/" + strings.Repeat("a/", MaxBoundaries-2) + "b/" + strings.Repeat("語", 50)}})[0].Evidence
	if len(evidence) > maxEvidence || len(evidence) < maxEvidence-2 {
		t.Errorf("%d octets of evidence", len(evidence))
	}
}

func TestWhatIsWanted(t *testing.T) {
	var none *Index
	for _, tt := range []struct {
		x          *Index
		hash, body bool
		n          int
	}{
		{none, false, false, 0}, {New(nil), false, false, 0}, {New([]policy.Bulletin{read(t, "b", "domain,evil.test")}), false, false, 1},
		{New([]policy.Bulletin{read(t, "b", "host,evil.test")}), false, true, 1}, {New([]policy.Bulletin{read(t, "b", "url,evil.test/a")}), false, true, 1},
		{New([]policy.Bulletin{read(t, "b", "file_name,evil.iso")}), false, true, 1},
		{New([]policy.Bulletin{read(t, "b", "sha256,"+strings.Repeat("0", 64))}), true, true, 1},
	} {
		if tt.x.HasHashes() != tt.hash || tt.x.WantsBody() != tt.body || tt.x.Len() != tt.n {
			t.Errorf("hashes %v, body %v, %d indicators; wanted %v", tt.x.HasHashes(), tt.x.WantsBody(), tt.x.Len(), tt)
		}
	}
	if hits := none.Match(Subject{Subject: "x"}); hits != nil {
		t.Errorf("%v", hits)
	}
}

// many is a bulletin with indicators of every kind that an honest mail is looked up in.
func many(n int) []policy.Bulletin {
	b := policy.Bulletin{Name: "many", Mode: policy.ModeEnforce, Action: policy.ActionReject}
	for i := range n {
		k := policy.BulletinKinds()[i%8]
		var v string
		switch k {
		case policy.BulletinAddress:
			v = fmt.Sprintf("user%d@evil%d.example", i, i)
		case policy.BulletinDomain, policy.BulletinHost:
			v = fmt.Sprintf("host%d.evil%d.example", i, i)
		case policy.BulletinURL:
			v = fmt.Sprintf("evil%d.example/path/%d/index.html", i, i)
		case policy.BulletinSHA256:
			v = fmt.Sprintf("%x", sha256.Sum256(fmt.Append(nil, i)))
		case policy.BulletinFilename:
			v = fmt.Sprintf("document %d.iso", i)
		case policy.BulletinClient:
			v = fmt.Sprintf("203.%d.%d.%d", i>>16, i>>8&255, i&255)
		case policy.BulletinSubject:
			v = fmt.Sprintf("重要なお知らせ %d", i)
		}
		b.Indicators = append(b.Indicators, policy.BulletinIndicator{Kind: k, Value: v})
	}
	return []policy.Bulletin{b}
}

// honest is what an ordinary mail shows: ten links, two attachments.
func honest() Subject {
	s := Subject{At: now(), Client: netip.MustParseAddr("198.51.100.23"), Subject: "定例会議の資料について",
		Addresses: []policy.Address{{Local: "hanako.kasumi", Domain: "mail.partner.example"}, {Local: "Hanako.Kasumi", Domain: "partner.example"}},
		Domains:   []policy.Domain{"mx1.partner.example"}, Names: []string{"議事次第.pdf", "Siryou-1.docx"}, Hashes: [][32]byte{{1}, {2}}}
	for i := range 10 {
		s.Links = append(s.Links, fmt.Sprintf("https://www.partner.example/library/%d/index.html?from=mail", i))
	}
	return s
}

func BenchmarkMatch(b *testing.B) {
	for _, n := range []int{0, 1_000, 100_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			x, s := New(many(n)), honest()
			b.ReportAllocs()
			for b.Loop() {
				x.Match(s)
			}
		})
	}
}

func BenchmarkNew(b *testing.B) {
	all := many(100_000)
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	x := New(all)
	runtime.GC()
	runtime.ReadMemStats(&after)
	b.ReportAllocs()
	for b.Loop() {
		New(all)
	}
	b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/1e6, "MB-kept")
	runtime.KeepAlive(x)
}

func BenchmarkParse(b *testing.B) {
	data := []byte("type,value\n")
	for _, i := range many(100_000)[0].Indicators {
		data = fmt.Appendf(data, "%s,%s\n", i.Kind, i.Value)
	}
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if got, mistakes := Parse("a.csv", data); len(got) != 100_000 {
			b.Fatal(len(got), mistakes)
		}
	}
}

func BenchmarkParseMISP(b *testing.B) {
	var list []string
	for i, ind := range many(100_000)[0].Indicators {
		kind := map[policy.BulletinKind]string{policy.BulletinAddress: "email-src", policy.BulletinDomain: "domain", policy.BulletinHost: "hostname", policy.BulletinURL: "url",
			policy.BulletinSHA256: "sha256", policy.BulletinFilename: "filename", policy.BulletinClient: "ip-src", policy.BulletinSubject: "email-subject"}[ind.Kind]
		list = append(list, fmt.Sprintf(`{"id":"%d","event_id":"4711","object_id":"0","category":"Payload delivery","type":%q,"to_ids":true,"uuid":"57c4448a-fb04-457d-87e7-4127950d210f","timestamp":"1472480394","comment":"","value":%q}`, i, kind, ind.Value))
	}
	data := []byte(`{"Event":{"info":"x","Attribute":[` + strings.Join(list, ",") + `]}}`)
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		if got, mistakes := Parse("a.json", data); len(got) < 100_000 {
			b.Fatal(len(got), mistakes)
		}
	}
}

// A mail made to be expensive: as many links as are read, each as long as is kept, at a host of which long links are known; and
// each full of others.
func BenchmarkMatchHostile(b *testing.B) {
	path := strings.Repeat("a/", MaxValue/2-20)
	x := New([]policy.Bulletin{read(b, "b", "url,https://shared.example/"+path, "host,evil.example")})
	for _, bb := range []struct{ name, rest string }{
		{"long", path[:len(path)-8]}, {"carrying", strings.Repeat("?%75=http://shared.example/", MaxValue/27-1)},
		{"carrying escaped", strings.Repeat("?%75=http%253a%252f%252fshared.example%252f", MaxValue/43-1)},
	} {
		s := Subject{At: now()}
		for i := range 1000 {
			s.Links = append(s.Links, fmt.Sprintf("https://shared.example/%s%d", bb.rest, i))
		}
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				x.Match(s)
			}
		})
	}
}
