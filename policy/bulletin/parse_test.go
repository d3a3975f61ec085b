package bulletin

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// show writes what Parse returns a line each: kind, value and period, then the mistakes.
func show(name, data string) string {
	var b strings.Builder
	indicators, mistakes := Parse(name, []byte(data))
	for _, i := range indicators {
		fmt.Fprintf(&b, "%s %s", i.Kind, i.Value)
		if !i.From.IsZero() {
			b.WriteString(" from " + i.From.Format(time.RFC3339))
		}
		if !i.Until.IsZero() {
			b.WriteString(" until " + i.Until.Format(time.RFC3339))
		}
		b.WriteByte('\n')
	}
	for _, m := range mistakes {
		b.WriteString(m.String() + "\n")
	}
	return b.String()
}

func TestParse(t *testing.T) {
	hash := strings.Repeat("Ab", 32)
	for _, tt := range []struct{ name, file, data, want string }{
		{"csv", "a.csv", "type,value\ndomain,Evil.Example.\nurl,hxxps://evil[.]example:443/a/../b?x#y\naddress,Bad Man <Bad.Man@Evil.Example>\n",
			"domain evil.example\nurl evil.example/b?x#y\naddress bad.man@evil.example\n"},
		{"columns in any order, from Excel", "a.csv", "\ufeffuntil;comment;value;type;from\r\n2026-11-30;\"a;b\";evil.example;host;2026-11-01\r\n",
			"host evil.example from 2026-11-01T00:00:00Z until 2026-12-01T00:00:00Z\n"},
		{"words of MISP", "a.csv", "type,value\nip-src,2001:DB8:0::1\nip_src|port,203.0.113.0/24|25\nfilename|sha256,a.exe|" + hash + "\nemail-subject, ＦＷ：　重要な　お知らせ \nip-dst,203.0.113.9\n",
			"client 2001:db8::1\nclient 203.0.113.0/24\nsha256 " + strings.ToLower(hash) + "\nsubject fw: 重要な お知らせ\nhost 203.0.113.9\n"},
		{"a name with directories", "a.csv", "type,value\nfile_name,\"C:\\tmp\\請求ｼｮ\u202exe.pdf\"\n", "file_name 請求ショxe.pdf\n"},
		{"a whole domain of mailboxes", "a.csv", "type,value\naddress,*@evil.example\n", "domain evil.example\n"},
		{"json", "a.json", "[{\"type\":\"domain\",\"value\":\"evil.example\",\"until\":\"2026-11-30T17:00:00+09:00\"},\n {\"value\":\"x.evil.example\",\"type\":\"host\",\"comment\":[1]}]",
			"domain evil.example until 2026-11-30T08:00:00Z\nhost x.evil.example\n"},
		{"json lines", "a.jsonl", "{\"type\":\"domain\",\"value\":\"a.example\"}\n{\"type\":\"domain\",\"value\":\"b.example\"}\n", "domain a.example\ndomain b.example\n"},
		{"misp event", "event.json", `{"Event":{"info":"x","Tag":[{"name":"tlp:green"}],"Attribute":[
 {"type":"domain","value":"evil.example","to_ids":true},
 {"type":"md5","value":"00","to_ids":true},
 {"type":"link","value":"https://www.jpcert.or.jp/at/","to_ids":false},
 {"type":"email-src","value":"a@evil.example","to_ids":"1","deleted":true},
 {"type":"url","value":"https://www.google.com/","to_ids":true}],
 "RelatedEvent":[{"Event":{"Attribute":[{"type":"domain","value":"other.example"}]}}],
 "Object":[{"name":"file","Attribute":[{"type":"sha256","value":"` + hash + `","to_ids":true},{"type":"regkey","value":"x","to_ids":true}]}]}}`,
			"domain evil.example\nhost evil.example\nsha256 " + strings.ToLower(hash) + "\n" +
				"event.json:6:2: warning: left out: every link to www.google.com would be hit; give its path\n" +
				"event.json:1:1: warning: left out, because mail is not compared with it: md5 (1), not marked to_ids (1), regkey (1)\n"},
		{"misp, names of files on machines", "e.json", `{"Event":{"Attribute":[{"category":"Artifacts dropped","type":"filename","value":"4711.exe"},
 {"category":"Payload delivery","type":"filename","value":"4712.exe"},{"category":"Persistence mechanism","type":"uri","value":"/4713.exe"}]}}`,
			"file_name 4712.exe\ne.json:2:71: warning: left out: \"/4713.exe\" is no link with a host\n" +
				"e.json:1:1: warning: left out, because mail is not compared with it: filename of artifacts dropped (1)\n"},
		{"misp search", "s.json", `{"response":{"Attribute":[{"type":"hostname|port","value":"c2.evil.example|443"}]}}`, "host c2.evil.example\ndomain c2.evil.example\n"},
		{"misp events", "s.json", `{"response":[{"Event":{"Attribute":[{"type":"email-src","value":"a@evil.example"}]}},{"Event":{}}]}`, "address a@evil.example\n"},
		{"misp csv", "s.csv", "uuid,event_id,category,type,value,comment,to_ids,date\n\"1\",2,\"Payload delivery\",\"email-attachment\",\"order 4711.iso\",\"\",1,20261101\n\"1\",2,\"Network activity\",domain,evil.example,,0,20261101\n",
			"file_name order 4711.iso\ns.csv:1:1: warning: left out, because mail is not compared with it: not marked to_ids (1)\n"},
		{"twice", "a.csv", "type,value\ndomain,evil.example\ndomain,EVIL.example\n", "domain evil.example\na.csv:1:1: warning: indicators that are there already: 1; each counts once\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, show(tt.file, tt.data)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestMistakes(t *testing.T) {
	const head = "type,value\n"
	for _, tt := range []struct{ name, file, data, want string }{
		{"empty", "a.csv", "", "a.csv:1:1: it is empty; a CSV file has at least the header row type,value\n"},
		{"header only", "a.csv", head, ""},
		{"comments only", "a.csv", "# x\n", "a.csv:1:1: it has no header row; the first row names the columns: type,value\n"},
		{"no header", "a.csv", "domain,evil.example\n", "a.csv:1:1: unknown column \"domain\"; possible are type, value, from, until, comment\n" +
			"a.csv:1:8: unknown column \"evil.example\"; possible are type, value, from, until, comment\n"},
		{"half a header", "a.csv", "value\nx\n", "a.csv:1:1: the first row names the columns; type and value are required\n"},
		{"column twice", "a.csv", "type,value,kind\n", "a.csv:1:12: column \"kind\" is there twice\n"},
		{"not UTF-8", "a.csv", head + "domain,\x83\x65", "a.csv:2:8: not UTF-8; a file from Excel becomes it with iconv -f CP932 -t UTF-8\n"},
		{"separator in a value", "a.csv", head + "url,http://e.example/a,b\n", "a.csv:2:24: a row of 3 fields under a header of 2; put values with a separator in quotation marks\n"},
		{"quotation mark", "a.csv", head + "subject,a \"b\" c\ndomain,evil.example\n", "domain evil.example\na.csv:2:11: CSV: bare \" in non-quoted-field\n"},
		{"unknown type", "a.csv", "value,type\n標的,domian\n", "a.csv:2:1: unknown type \"domian\"; possible are address, domain, host, url, sha256, file_name, client, subject\n"},
		{"no type", "a.csv", head + ",x\n", "a.csv:2:2: an entry without type; possible are address, domain, host, url, sha256, file_name, client, subject\n"},
		{"no value", "a.csv", head + "domain,\n", "a.csv:2:8: an entry without value\n"},
		{"md5", "a.csv", head + "md5,d41d8cd98f00b204e9800998ecf8427e\n", "a.csv:2:5: type md5 cannot be used: attachments are compared by SHA-256 only\n"},
		{"md5 as sha256", "a.csv", head + "sha256,d41d8cd98f00b204e9800998ecf8427e\n", "a.csv:2:8: that is an MD5: attachments are compared by SHA-256 only\n"},
		{"sha1 as sha256", "a.csv", head + "sha256,da39a3ee5e6b4b0d3255bfef95601890afd80709\n", "a.csv:2:8: that is a SHA-1: attachments are compared by SHA-256 only\n"},
		{"short hash", "a.csv", head + "sha256,da39\n", "a.csv:2:8: 4 hexadecimal digits; a SHA-256 has 64\n"},
		{"no hash", "a.csv", head + "sha256,標的\n", "a.csv:2:8: \"標的\" is no hash: it is written in hexadecimal digits\n"},
		{"victim", "a.csv", head + "email-dst,taro@mof.go.jp\n", "a.csv:2:11: type email-dst cannot be used: it mostly names who got the mail, and mail from and to those would be hit\n"},
		{"domain is a link", "a.csv", head + "domain,http://evil.example/\n", "a.csv:2:8: \"http://evil.example/\" is no domain name; the type of a link is url, that of a mailbox address\n"},
		{"domain is an address", "a.csv", head + "domain,192.0.2.1\n", "a.csv:2:8: \"192.0.2.1\" is no domain name\n"},
		{"host is a link", "a.csv", head + "host,evil.example/a\n", "a.csv:2:6: \"evil.example/a\" is no host; the type of a link is url\n"},
		{"no host", "a.csv", head + "host,a b\n", "a.csv:2:6: \"a b\" is no host\n"},
		{"no address", "a.csv", head + "address,evil.example\n", "a.csv:2:9: \"evil.example\" is no address\n"},
		{"no link", "a.csv", head + "url,mailto:a@evil.example\n", "a.csv:2:5: \"mailto:a@evil.example\" is no link with a host\n"},
		{"a path", "a.csv", head + "url,/a/b\n", "a.csv:2:5: \"/a/b\" is no link with a host\n"},
		{"no client", "a.csv", head + "client,evil.example\n", "a.csv:2:8: \"evil.example\" is no address and no network of a client\n"},
		{"no date", "a.csv", "type,value,until\ndomain,evil.example,tomorrow\n", "a.csv:2:8: until: \"tomorrow\" is no date; write 2026-11-30, or 2026-11-30T17:00:00+09:00\n"},
		{"no time at all", "a.csv", "type,value,from,until\ndomain,evil.example,2026-11-02,2026-11-01\n", "a.csv:2:8: it ends before it begins\n"},
		{"json is cut", "a.json", `[{"type":"domain","value":"evil.example"},`, "domain evil.example\na.json:1:43: JSON: it ends before everything that was opened is closed\n"},
		{"json is broken", "a.json", "[{\"type\":\"domain\",\n\"value\"=\"evil.example\"}]", "a.json:2:8: JSON: expected colon after object key\n"},
		{"json with a number", "a.json", `{"type":"domain","value":1}`, "a.json:1:26: \"1\" is found where a text in quotation marks is wanted\n"},
		{"json with a typing error", "a.json", `{"type":"domain","value":"evil.example","untill":"2026-11-01"}`, "a.json:1:41: unknown key \"untill\"; possible are type, value, from, until, comment\n"},
		{"json of something else", "a.json", `["evil.example"]`, "a.json:1:2: an entry is an object: {\"type\": \"domain\", \"value\": \"example.org\"}\n"},
		{"json named so", "a.json", `type,value`, "a.json:1:1: JSON: invalid character 'y' in literal true (expecting 'r')\n"},
		{"stix", "b.json", `{"type":"bundle","id":"bundle--1","objects":[{"type":"indicator"}]}`, "b.json:1:1: STIX is not read; let MISP export the indicators, or write them as CSV\n"},
		{"misp with a number", "e.json", `{"Attribute":[{"type":"domain","value":1},{"type":"domain","value":"evil.example"}]}`,
			"domain evil.example\nhost evil.example\ne.json:1:15: warning: left out: an attribute whose value is no text\n"},
		{"misp is cut", "e.json", `{"Event":{"Attribute":[{"type":"domain"`, "e.json:1:40: JSON: it ends before everything that was opened is closed\n"},
		{"nested", "a.json", strings.Repeat(`{"Event":`, maxNesting+1) + "{}" + strings.Repeat("}", maxNesting+1), "a.json:1:145: JSON: nested more than 16 deep\n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if d := cmp.Diff(tt.want, show(tt.file, tt.data)); d != "" {
				t.Error(d)
			}
		})
	}
}

// What would hit honest mail is refused, and what looks like it is not.
func TestRefused(t *testing.T) {
	for _, tt := range []struct{ kind, value, want string }{
		{"domain", "jp", "public suffix"}, {"domain", "go.jp", "public suffix"}, {"domain", "lg.jp", "public suffix"}, {"domain", "com", "public suffix"},
		{"domain", "github.io", "public suffix"}, {"domain", "evil.github.io", ""}, {"domain", "gmail.com", "name the address"},
		{"domain", "yahoo.co.jp", "name the address"}, {"domain", "google.com", "serves everyone"}, {"domain", "evil-google.com", ""},
		{"address", "a@gmail.com", ""}, {"address", "@gmail.com", "name the address"},
		{"host", "www.google.com", "serves everyone"}, {"host", "bit.ly", "serves everyone"}, {"host", "x.bit.ly", "serves everyone"},
		{"host", "evil.sharepoint.com", ""}, {"host", "10.0.0.1", "not an address of the Internet"}, {"host", "[::1]", "not an address"},
		{"host", "203.0.113.9", ""}, {"host", "web.app", "public suffix"},
		{"url", "https://www.google.com", "give its path"}, {"url", "https://bit.ly/", "give its path"}, {"url", "https://bit.ly/3abcD", ""},
		{"url", "https://drive.google.com/a", "warning"}, {"url", "evil.example", ""}, {"url", "http://github.io/", "public suffix"},
		{"url", "http://0/a", "not an address"}, {"url", "http://[::1]:8080/a", "not an address"}, {"url", "http://203.0.113.9:81/", ""},
		{"url", "https://bit.ly:8443/", "give its path"}, {"url", "evil.example/://a", ""}, {"url", "evil.example:81/a?b=http://c", ""},
		{"client", "0.0.0.0/0", "too wide"}, {"client", "203.0.0.0/15", "too wide"}, {"client", "203.0.0.0/16", ""}, {"client", "::/0", "too wide"},
		{"client", "2001:db8::/31", "too wide"}, {"client", "2001:db8::/32", ""}, {"client", "192.168.0.0/24", "not an address"},
		{"client", "127.0.0.1", "not an address"}, {"client", "::ffff:203.0.113.9", ""}, {"client", "fe80::1%eth0", "no address"},
		{"file_name", "a.b", "3 characters"}, {"file_name", "a.bc", ""}, {"file_name", "image001.png", "honest mail"}, {"file_name", "image.exe", ""},
		{"file_name", "請求書.pdf", "honest mail"}, {"file_name", "dir/", "0 characters"},
		{"subject", "請求書", "3 characters"}, {"subject", "緊急請求", "warning"}, {"subject", "口座情報のご確認をお願いします", ""},
		{"sha256", emptyFile, "without content"},
	} {
		t.Run(tt.kind+" "+tt.value, func(t *testing.T) {
			indicators, mistakes := Parse("a.csv", []byte("type,value\n"+tt.kind+","+tt.value+"\n"))
			switch {
			case tt.want == "" && (len(mistakes) > 0 || len(indicators) != 1):
				t.Errorf("%v %v", indicators, mistakes)
			case tt.want == "":
			case len(mistakes) == 0 || !strings.Contains(mistakes[0].String(), tt.want):
				t.Errorf("%v, wanted %s", mistakes, tt.want)
			case tt.want != "warning" && len(indicators) > 0:
				t.Errorf("it is taken all the same: %v", indicators)
			}
		})
	}
}

func TestLimits(t *testing.T) {
	rows := func(n int) []byte {
		b := []byte("type,value\n")
		for i := range n {
			b = fmt.Appendf(b, "sha256,%064x\n", i)
		}
		return b
	}
	for n, want := range map[int]int{MaxIndicators: 0, MaxIndicators + 1: 1} {
		if indicators, mistakes := Parse("a.csv", rows(n)); len(indicators) != MaxIndicators || len(mistakes) != want {
			t.Errorf("%d rows: %d indicators, %v", n, len(indicators), mistakes)
		}
	}
	big := append(append(rows(1), '#'), strings.Repeat("x", MaxFile)...)
	for n, want := range map[int]int{MaxFile: 1, MaxFile + 1: 0} {
		if indicators, mistakes := Parse("a.csv", big[:n]); len(indicators) != want || len(mistakes) != 1-want {
			t.Errorf("%d octets: %v %v", n, indicators, mistakes)
		}
	}
	for n, want := range map[int]int{MaxValue: 1, MaxValue + 1: 0} {
		value := "http://evil.example/" + strings.Repeat("a", n-len("http://evil.example/"))
		if indicators, mistakes := Parse("a.csv", []byte("type,value\nurl,"+value)); len(indicators) != want || len(mistakes) != 1-want {
			t.Errorf("a value of %d: %v", n, mistakes)
		}
	}
	for n, want := range map[int]int{MaxMistakes: MaxMistakes, MaxMistakes + 1: MaxMistakes + 1, MaxMistakes + 200: MaxMistakes + 1} {
		_, mistakes := Parse("a.csv", []byte("type,value\n"+strings.Repeat("x,y\n", n)))
		if len(mistakes) != want {
			t.Errorf("%d mistakes: %d are told", n, len(mistakes))
		}
		if last := mistakes[len(mistakes)-1]; n > MaxMistakes && last.Text != fmt.Sprintf("%d further mistakes are not shown", n-MaxMistakes) {
			t.Errorf("%s", last)
		}
	}
	for n, want := range map[int]bool{MaxSource: true, MaxSource + 1: false} {
		_, mistakes := Parse("a.csv", []byte("type,value\n"+"x,"+strings.Repeat("y", n-2)+"\n"))
		if shown := mistakes[0].Source != ""; shown != want {
			t.Errorf("a line of %d: source %v", n, shown)
		}
	}
}

// Every kind can be read, and every word that is known has a use or a reason.
func TestEveryKindHasItsWord(t *testing.T) {
	for _, k := range policy.BulletinKinds() {
		m, ok := meaningOf(string(k))
		if !ok || m.why != "" || m.kinds[0] != k {
			t.Errorf("%s means %v", k, m)
		}
	}
}
