package suspicion

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestParseLists(t *testing.T) {
	text := func(lines ...string) []byte { return []byte(strings.Join(lines, "\n")) }
	t.Run("domains", func(t *testing.T) {
		got, err := ParseDomains("f", text("\ufeff# head", "Example.JP  # a note", "", "\t日本語.jp\r", ".. "))
		want := []policy.Domain{"example.jp", "xn--wgv71a119e.jp"}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err == nil || err.Error() != `f:5: ".." is no domain name` {
			t.Errorf("error %v", err)
		}
	})
	t.Run("redirectors", func(t *testing.T) {
		got, err := ParseRedirectors("f", text("Go.Example/Url", "example.net", "/path"))
		if diff := cmp.Diff([]string{"go.example/Url", "example.net"}, got); diff != "" {
			t.Error(diff)
		}
		if err == nil || err.Error() != `f:3: "" is no domain name` {
			t.Errorf("error %v", err)
		}
	})
	t.Run("trusted lists", func(t *testing.T) {
		got, err := ParseTrustedLists("f", text("<Announce.list.example>", "a b"))
		if diff := cmp.Diff([]string{"announce.list.example"}, got); diff != "" {
			t.Error(diff)
		}
		if err == nil || err.Error() != `f:2: "a b" is no List-Id` {
			t.Errorf("error %v", err)
		}
	})
	t.Run("organisations", func(t *testing.T) {
		got, err := ParseOrganisations("f", text("財務省, ＭＯＦ\tmof.go.jp, mof.example\ta note", "A\ta.example", "BB\t \t", "CC", "DD\t...", "EE\t, ,"))
		want := []policy.NamedBody{{Names: []string{"財務省", "ＭＯＦ"}, Domains: []policy.Domain{"mof.go.jp", "mof.example"}}}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		wantErr := "f:2: the name \"A\" is too short to be told from others\nf:3: column 2 is empty\n" +
			"f:4: 1 column, 2 are wanted with a tab between them\nf:5: \"...\" is no domain name\nf:6: there is no domain"
		if err == nil || err.Error() != wantErr {
			t.Errorf("error %v", err)
		}
	})
	t.Run("people", func(t *testing.T) {
		got, err := ParsePeople("f", text("財務 太郎, Zaimu Taro\ttaro@home.example", "財務 花子", "Suzuki, \t", "Suzuki\tnobody"))
		want := []policy.Person{
			{Names: []string{"財務 太郎", "Zaimu Taro"}, Addresses: []policy.Address{{Local: "taro", Domain: "home.example"}}},
			{Names: []string{"財務 花子"}},
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Error(diff)
		}
		if err == nil || err.Error() != "f:3: there is an empty name\nf:4: \"nobody\" is no address" {
			t.Errorf("error %v", err)
		}
	})
	t.Run("extensions", func(t *testing.T) {
		got, err := ParseExtensions("f", text("EXE\texecutable", ".scr\texecutable", "iso\tDisk image"))
		if diff := cmp.Diff([]policy.FileWarning{{Extension: "exe", Class: "executable"}}, got); diff != "" {
			t.Error(diff)
		}
		if err == nil || err.Error() != "f:2: \".scr\" is no extension: it is written without dots and blanks\n"+
			"f:3: \"Disk image\" is no class: small letters and underscores" {
			t.Errorf("error %v", err)
		}
	})
}

// TestListLimits holds each limit of a list file at its value and one above.
func TestListLimits(t *testing.T) {
	entries := func(n int) []byte { return []byte(strings.Repeat("a.example\n", n)) }
	if _, err := ParseDomains("f", entries(MaxListEntries)); err != nil {
		t.Error(err)
	}
	if _, err := ParseDomains("f", entries(MaxListEntries+1)); err == nil || err.Error() != "f:100001: more than 100000 entries" {
		t.Errorf("error %v", err)
	}
	line := func(n int) []byte { return []byte("a.example" + strings.Repeat(" ", n-len("a.example"))) }
	if _, err := ParseDomains("f", line(MaxListLine)); err != nil {
		t.Error(err)
	}
	if _, err := ParseDomains("f", line(MaxListLine+1)); err == nil || err.Error() != "f:1: more than 4096 octets" {
		t.Errorf("error %v", err)
	}
	octets := func(n int) []byte { return []byte(strings.Repeat("\n", n)) }
	if _, err := ParseDomains("f", octets(MaxListOctets)); err != nil {
		t.Error(err)
	}
	if _, err := ParseDomains("f", octets(MaxListOctets+1)); err == nil {
		t.Error("a longer file is read")
	}
	_, err := ParseDomains("f", []byte(strings.Repeat("-\n..\n", maxListErrors)))
	if n := strings.Count(err.Error(), "\n") + 1; n != maxListErrors {
		t.Errorf("%d mistakes are told", n)
	}
}

// TestShippedLists reads what is part of the program: every file has a head, and nothing stands in it twice.
func TestShippedLists(t *testing.T) {
	once := func(name string, list []string) {
		t.Helper()
		seen := map[string]bool{}
		for _, s := range list {
			if seen[s] {
				t.Errorf("%s: %s is there twice", name, s)
			}
			seen[s] = true
		}
		if len(list) == 0 {
			t.Errorf("%s is empty", name)
		}
	}
	texts := func(domains []policy.Domain) (list []string) {
		for _, d := range domains {
			list = append(list, string(d))
		}
		return list
	}
	for _, name := range []string{"freemail.txt", "shorteners.txt"} {
		once(name, texts(must(ParseDomains(name, shippedFile(name)))))
	}
	once("redirectors.txt", must(ParseRedirectors("redirectors.txt", shippedFile("redirectors.txt"))))
	once("ordinary.txt", must(parseLabels("ordinary.txt", shippedFile("ordinary.txt"))))
	once("roles.txt", must(parseWords("roles.txt", shippedFile("roles.txt"))))
	var names, extensions []string
	for _, b := range must(ParseOrganisations("organisations.tsv", shippedFile("organisations.tsv"))) {
		for _, n := range b.Names {
			names = append(names, foldName(n).text)
		}
		once("organisations.tsv: "+b.Names[0], texts(b.Domains))
	}
	once("organisations.tsv", names)
	for _, x := range must(ParseExtensions("extensions.tsv", shippedFile("extensions.tsv"))) {
		extensions = append(extensions, x.Extension)
	}
	once("extensions.tsv", extensions)
	if n := len(shippedConfusables()); n < 300 {
		t.Errorf("%d confusables", n)
	}
	files, err := shipped.ReadDir("data")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		head, _, _ := strings.Cut(string(shippedFile(f.Name())), "\n\n")
		if !strings.HasPrefix(head, "# ") || !strings.Contains(head, "ompiled for this") || !strings.Contains(head, "2026") {
			t.Errorf("%s does not say who compiled it and when", f.Name())
		}
	}
}

// TestReplacedLists replaces each list that the configuration can replace: an empty one switches it off.
func TestReplacedLists(t *testing.T) {
	p := fixturePolicy()
	s := &p.Suspicion.Lists
	s.Freemail, s.Shorteners, s.Redirectors = []policy.Domain{"free.example"}, []policy.Domain{}, []string{}
	s.Organisations = []policy.NamedBody{{Names: []string{"関守"}, Domains: []policy.Domain{"sekimori.example"}}}
	s.Extensions = []policy.FileWarning{{Extension: "abc", Class: "executable"}}
	l := newLists(p)
	if l.isFreemail("gmail.com") || !l.isFreemail("mail.free.example") || len(l.shorteners) != 0 || l.extensions["exe"] != "" || l.extensions["abc"] == "" {
		t.Error("a list was not replaced")
	}
	if len(l.bodies.claimed("総務省")) != 0 || len(l.bodies.claimed("関守 事務局")) != 1 {
		t.Error("organisations were not replaced")
	}
	if _, ok := l.lookalike("sekimori-example.com"); !ok {
		t.Error("the domains of organisations are not compared with")
	}
}

func FuzzParseLists(f *testing.F) {
	for _, s := range []string{"example.jp # x\n", "財務省, MOF\tmof.go.jp\n", "exe\texecutable", "a.example/b\n\x00", "<list.example>", "山田\ta@b.example", "0430\ta"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		domains, err := ParseDomains("f", data)
		if err == nil {
			for _, d := range domains {
				if _, err := policy.ParseDomain(string(d)); err != nil {
					t.Errorf("%q was read as a domain", d)
				}
			}
		}
		bodies, _ := ParseOrganisations("f", data)
		for _, b := range bodies {
			if len(b.Names) == 0 || len(b.Domains) == 0 {
				t.Error("an organisation without name or domain")
			}
		}
		newBodies(bodies).claimed(string(data[:min(len(data), 200)]))
		ParseRedirectors("f", data)
		ParseTrustedLists("f", data)
		ParsePeople("f", data)
		ParseExtensions("f", data)
		parseConfusables("f", data)
	})
}

// TestForms holds the pairs of characters: each begins with one that Japan does not write, unless both are the same.
func TestForms(t *testing.T) {
	runes := []rune(forms)
	if len(runes)%2 != 0 {
		t.Fatal("a character without its pair")
	}
	var japanese []rune
	for i := 0; i < len(runes); i += 2 {
		if j, ok := japaneseForm(runes[i]); runes[i] != runes[i+1] && (!ok || j != runes[i+1]) {
			t.Errorf("%c becomes %c", runes[i], j)
		}
		japanese = append(japanese, runes[i+1])
	}
	for _, r := range japanese {
		if j, ok := japaneseForm(r); ok && j != r {
			t.Errorf("%c, which is Japanese, becomes %c", r, j)
		}
		if strings.ContainsRune(onlyChinese, r) {
			t.Errorf("%c is Japanese", r)
		}
	}
	if got := fmt.Sprint(foldName("国 税 厅 ｅ－Ｔａｘ").text); got != "国税庁e-tax" {
		t.Error(got)
	}
	if f := foldName("Amazon Security"); !f.broken(6) || !slices.Equal(f.breaks, []int{6}) {
		t.Errorf("breaks at %d", f.breaks)
	}
}
