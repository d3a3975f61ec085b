package mail

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestMailboxes(t *testing.T) {
	box := func(name, address string) Mailbox {
		local, domain, _ := strings.Cut(address, "@")
		return Mailbox{Name: name, Address: policy.Address{Local: local, Domain: policy.Domain(domain)}}
	}
	for _, tt := range []struct {
		name, value string
		want        []Mailbox
	}{
		{"address alone", " taro@example.jp", []Mailbox{box("", "taro@example.jp")}},
		{"name", " Taro Yamada <taro@Example.JP>", []Mailbox{box("Taro Yamada", "taro@example.jp")}},
		{"quoted", ` "Yamada, Taro" <taro@example.jp>`, []Mailbox{box("Yamada, Taro", "taro@example.jp")}},
		{"words", " =?UTF-8?B?57eP5YuZ55yB?= <x@example.cn>", []Mailbox{box("総務省", "x@example.cn")}},
		{"folded words", " =?ISO-2022-JP?B?GyRCQW1MMz5KGyhC?=\n =?UTF-8?Q?_A?= <x@example.cn>", []Mailbox{box("総務省 A", "x@example.cn")}},
		{"raw Japanese", " 総務省 <x@example.cn>", []Mailbox{box("総務省", "x@example.cn")}},
		{"comment", " x@example.cn (Taro)", []Mailbox{box("Taro", "x@example.cn")}},
		{"two", " A <a@example.jp>, b@example.jp", []Mailbox{box("A", "a@example.jp"), box("", "b@example.jp")}},
		{"group", " Friends: a@example.jp;", []Mailbox{{Name: "Friends"}, box("", "a@example.jp")}},
		{"undisclosed", " undisclosed-recipients:;", []Mailbox{{Name: "undisclosed-recipients"}}},
		{"quoted local part", ` "a b"@example.jp`, []Mailbox{box("", "a b@example.jp")}},
		{"name alone", " postmaster", []Mailbox{{Name: "postmaster"}}},
		{"nothing", " ,; ", nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if diff := cmp.Diff(tt.want, Mailboxes(tt.value, 10)); diff != "" {
				t.Error(diff)
			}
		})
	}
	if n := len(Mailboxes(strings.Repeat("a@example.jp,", 4), 3)); n != 3 {
		t.Errorf("%d entries with a limit of 3", n)
	}
}

func FuzzMailboxes(f *testing.F) {
	for _, s := range []string{" A <a@example.jp>, b", "=?UTF-8?B?57eP5YuZ55yB?= <x@[1.2.3.4]>", `"\"<(`, "g:a@b,c@d;e", "\x1b$B<@\x1b(B <a@b>"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		list := Mailboxes(s, 20)
		if len(list) > 20 {
			t.Fatal("more than the limit")
		}
		for _, m := range list {
			if m == (Mailbox{}) {
				t.Error("an entry of nothing")
			}
		}
	})
}
