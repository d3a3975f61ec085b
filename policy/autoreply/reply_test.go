package autoreply

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestRead(t *testing.T) {
	const shared = "0123456789abcdefghijkl" // ThreadIndexSize octets; MDEy… is its base64
	tests := []struct {
		name, header string
		want         Reading
	}{
		{"new", "Subject: Hello\nMessage-ID: <Left@City.TEST>\n", Reading{Kind: KindNew, ID: "Left@city.test", SubjectBase: "hello"}},
		{"reply", "Subject: Re: Hello\nIn-Reply-To: <a@B>\nReferences: <z@Y>\n\t<a@B>\n",
			Reading{Kind: KindReply, InReplyTo: []MessageID{"a@b"}, References: []MessageID{"z@y", "a@b"}, SubjectPrefix: "re", SubjectBase: "hello"}},
		{"reply by a webmail that names nothing", "Subject: Re: x\n", Reading{Kind: KindReply, SubjectPrefix: "re", SubjectBase: "x"}},
		{"reply under another subject", "Subject: x\nIn-Reply-To: <a@b>\n", Reading{Kind: KindReply, InReplyTo: []MessageID{"a@b"}, SubjectBase: "x"}},
		{"reply with references only", "References: <a@b>\n", Reading{Kind: KindReply, References: []MessageID{"a@b"}}},
		{"reply to something unreadable", "In-Reply-To: your mail of Monday\n", Reading{Kind: KindReply}},
		{"empty fields", "In-Reply-To:\nReferences:\nMessage-ID:\nThread-Index:\n", Reading{Kind: KindNew}},
		{"forward that names what it forwards", "Subject: FW: x\nIn-Reply-To: <a@b>\n",
			Reading{Kind: KindForward, InReplyTo: []MessageID{"a@b"}, SubjectPrefix: "fw", SubjectBase: "x"}},
		{"forward by Thunderbird under another subject", "Subject: x\nX-Forwarded-Message-Id: <a@b>\nReferences: <a@b>\n",
			Reading{Kind: KindForward, References: []MessageID{"a@b"}, SubjectBase: "x"}},
		{"redirected", "Subject: x\nResent-To: a@b\n", Reading{Kind: KindForward, SubjectBase: "x"}},
		{"first mail of Outlook", "Thread-Index: MDEyMzQ1Njc4OWFiY2RlZmdoaWprbA==\n", Reading{Kind: KindNew, ThreadIndex: shared}},
		{"answer of Outlook, folded", "Thread-Index: MDEyMzQ1Njc4OWFi\n Y2RlZmdoaWprbDEyMzQ1\n", Reading{Kind: KindReply, ThreadIndex: shared}},
		{"without padding", "Thread-Index: MDEyMzQ1Njc4OWFiY2RlZmdoaWprbA\n", Reading{Kind: KindNew, ThreadIndex: shared}},
		{"too short an index", "Thread-Index: MDEyMzQ1Njc4OWFiY2RlZmdoaWpr\n", Reading{Kind: KindNew}},
		{"parent of Exchange", "X-MS-Exchange-Parent-Message-Id: \n <a@B>\n", Reading{Kind: KindNew, Parent: "a@b"}},
		{"text of RFC 822 around the id", "In-Reply-To: Your message of \"Mon, 6 Jul\" <A@B.c>\n", Reading{Kind: KindReply, InReplyTo: []MessageID{"A@b.c"}}},
		{"several ids in one field", "In-Reply-To: <a@b> (c <d@e>) <f@g>\n", Reading{Kind: KindReply, InReplyTo: []MessageID{"a@b", "d@e", "f@g"}}},
		{"no brackets", "In-Reply-To: A@B\n", Reading{Kind: KindReply, InReplyTo: []MessageID{"A@b"}}},
		{"fold inside the brackets", "References: <a.b\n .c@d>\n", Reading{Kind: KindReply, References: []MessageID{"a.b.c@d"}}},
		{"only the last bracket before the end opens", "References: <x <a@b> >y<\n", Reading{Kind: KindReply, References: []MessageID{"a@b"}}},
		{"no at sign", "References: <Abc>\n", Reading{Kind: KindReply, References: []MessageID{"Abc"}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, _ := parse(t, taro, tt.header)
			if d := cmp.Diff(tt.want, Read(m.Header)); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestReadLimits(t *testing.T) {
	ids := func(n int) (list []MessageID, field string) {
		for i := range n {
			list = append(list, MessageID(fmt.Sprintf("%d@x", i)))
			field += fmt.Sprintf(" <%d@x>", i)
		}
		return list, field
	}
	for _, n := range []int{MaxReferences, MaxReferences + 1} {
		list, field := ids(n)
		r := Read(policy.Header{{Name: "References", Value: field}, {Name: "In-Reply-To", Value: field}})
		if want := list[n-MaxReferences:]; !slices.Equal(r.References, want) {
			t.Errorf("%d references: %v", n, r.References)
		}
		if want := list[:MaxReferences]; !slices.Equal(r.InReplyTo, want) {
			t.Errorf("%d in reply: %v", n, r.InReplyTo)
		}
		var h policy.Header
		for _, id := range list {
			h = append(h, policy.Field{Name: "References", Value: "<" + string(id) + ">"})
		}
		if r := Read(h); !slices.Equal(r.References, list[n-MaxReferences:]) {
			t.Errorf("%d fields: %v", n, r.References)
		}
	}
	for n, valid := range map[int]bool{MaxMessageID: true, MaxMessageID + 1: false} {
		if id, ok := ParseMessageID("<" + strings.Repeat("a", n) + ">"); ok != valid || len(id) > MaxMessageID {
			t.Errorf("%d octets: %v", n, ok)
		}
	}
	for n, kept := range map[int]bool{maxThreadIndex: true, maxThreadIndex + 1: false} {
		r := Read(policy.Header{{Name: "Thread-Index", Value: strings.Repeat("A", n)}})
		if (r.ThreadIndex != "") != kept {
			t.Errorf("Thread-Index of %d octets: %q", n, r.ThreadIndex)
		}
	}
	for n, base := range map[int]string{maxPrefixes: "x", maxPrefixes + 1: "re: x"} {
		if got := baseSubject(strings.Repeat("re: ", n) + "x"); got != base {
			t.Errorf("%d marks: %q", n, got)
		}
	}
}

func FuzzRead(f *testing.F) {
	for _, s := range []string{"<a@B> <c@d>", "a@b", "<<a>@>>", "Re: [x] y", "[Fwd: x]", "=?utf-8?B?UmU6IHg=?=", "MDEyMzQ1Njc4OWFiY2RlZmdoaWprbDEyMzQ1", "\x1b$B"} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, a, b string) {
		h := policy.Header{{Name: "Message-ID", Value: a}, {Name: "In-Reply-To", Value: b}, {Name: "References", Value: a},
			{Name: "references", Value: b}, {Name: "Thread-Index", Value: a}, {Name: "Subject", Value: b},
			{Name: "X-MS-Exchange-Parent-Message-Id", Value: b}}
		r := Read(h)
		if !slices.Contains(policy.ReplyKinds(), r.Kind) || len(r.InReplyTo) > MaxReferences || len(r.References) > MaxReferences {
			t.Errorf("%+v", r)
		}
		if r.ThreadIndex != "" && len(r.ThreadIndex) != ThreadIndexSize {
			t.Errorf("Thread-Index %q", r.ThreadIndex)
		}
		for _, id := range slices.Concat(r.InReplyTo, r.References, []MessageID{r.Parent, r.ID}) {
			if len(id) > MaxMessageID || strings.ContainsAny(string(id), "\r\n \t") {
				t.Errorf("id %q", id)
			}
			if again, ok := ParseMessageID("<" + string(id) + ">"); id != "" && (!ok || again != id) && !strings.ContainsAny(string(id), "<>") {
				t.Errorf("id %q is read as %q", id, again)
			}
		}
	})
}
