package autoreply

import (
	"fmt"
	"strings"
	"testing"

	"sekimori/policy"
)

// classify is Classify of a text.
func classify(t testing.TB, sender, text string) Result {
	t.Helper()
	m, body := parse(t, sender, text)
	return Classify(m, body)
}

// TestMaxBody: what begins at the last octet is seen, what begins behind it is not.
func TestMaxBody(t *testing.T) {
	const part = "--b\r\nContent-Type: message/delivery-status"
	m, _ := parse(t, taro, "Content-Type: multipart/mixed; boundary=b\n")
	at := func(n int) []byte { return []byte(strings.Repeat("p", n-len(part)-2) + "\r\n" + part) }
	if r := Classify(m, at(MaxBody)); r.Class != ClassDSN || r.BodyCut {
		t.Errorf("at the limit: %+v", r)
	}
	if r := Classify(m, at(MaxBody+1)); r.Class != ClassHuman || !r.BodyCut {
		t.Errorf("one above: %+v", r)
	}
	if r := classify(t, taro, "Content-Type: text/plain\n\n"+strings.Repeat("x", MaxBody+1)); r.BodyCut {
		t.Errorf("nothing was wanted: %+v", r)
	}
}

func TestMaxParts(t *testing.T) {
	for n, class := range map[int]Class{MaxParts: ClassDSN, MaxParts + 1: ClassHuman} {
		text := "Content-Type: multipart/mixed; boundary=b\n\n" + strings.Repeat("--b\n\n\n", n-1) + "--b\nContent-Type: message/delivery-status\n\n"
		if r := classify(t, taro, text); r.Class != class || r.BodyCut != (n > MaxParts) {
			t.Errorf("%d parts: %+v", n, r)
		}
	}
}

func TestMaxDepth(t *testing.T) {
	for n, class := range map[int]Class{MaxDepth: ClassDSN, MaxDepth + 1: ClassHuman} {
		var text strings.Builder
		for i := range n {
			fmt.Fprintf(&text, "Content-Type: multipart/mixed; boundary=b%d\n\n--b%d\n", i, i)
		}
		text.WriteString("Content-Type: message/delivery-status\n\n")
		if r := classify(t, taro, text.String()); r.Class != class {
			t.Errorf("%d multiparts: %+v", n, r)
		}
	}
}

func TestMaxPartField(t *testing.T) {
	for n, class := range map[int]Class{MaxPartField: ClassCalendarReply, MaxPartField + 1: ClassHuman} {
		const begin, end = "Content-Type: text/calendar;", " method=REPLY"
		field := begin + strings.Repeat(" ", n-len(begin)-len(end)) + end
		for name, text := range map[string]string{"in one line": field, "folded": strings.Replace(field, "; ", ";\n ", 1)} {
			if name == "folded" && n > MaxPartField {
				class = ClassHuman
			}
			if r := classify(t, taro, "Content-Type: multipart/mixed; boundary=b\n\n--b\n"+text+"\n\n"); r.Class != class {
				t.Errorf("%d octets %s: %+v", n, name, r)
			}
		}
	}
}

func TestMaxContent(t *testing.T) {
	for n, class := range map[int]Class{MaxContent: ClassCalendarReply, MaxContent + 1: ClassHuman} {
		const end = "METHOD:REPLY"
		content := strings.Repeat("X:\n", n)[:n-len(end)-1] + "\n" + end
		if r := classify(t, taro, "Content-Type: text/calendar\n\n"+content); r.Class != class {
			t.Errorf("%d octets: %+v", n, r)
		}
	}
}

func TestMaxSubject(t *testing.T) {
	for n, class := range map[int]Class{MaxSubject: ClassAutoReply, MaxSubject + 1: ClassHuman} {
		const end = "(Automatic Response)"
		m := &policy.Message{Sender: policy.Address{Local: "x"}, Header: policy.Header{{Name: "Subject", Value: strings.Repeat("x", n-len(end)) + end}}}
		if r := Classify(m, nil); r.Class != class {
			t.Errorf("%d octets: %+v", n, r)
		}
	}
}

func TestMaxTags(t *testing.T) {
	for n, want := range map[int]bool{MaxTags: true, MaxTags + 1: false} {
		tags := strings.Repeat("[x]", n)
		if saysAutoReply(tags+"automatic reply: x") != want {
			t.Errorf("%d tags", n)
		}
		if kind, _, _ := cutPrefix(tags + "re: x"); (kind == KindReply) != want {
			t.Errorf("%d tags: %s", n, kind)
		}
	}
	for n, want := range map[int]bool{maxTag: true, maxTag + 1: false} {
		if saysAutoReply("["+strings.Repeat("x", n)+"] automatic reply: x") != want {
			t.Errorf("tag of %d octets", n)
		}
	}
}

func TestMaxEvidence(t *testing.T) {
	for _, n := range []int{MaxEvidence, MaxEvidence + 1} {
		r := classify(t, taro, "X-Autoreply: "+strings.Repeat("y", n)+"\n")
		if len(r.Signals[0].Evidence) != MaxEvidence {
			t.Errorf("%d octets: %d", n, len(r.Signals[0].Evidence))
		}
	}
	r := classify(t, taro, "Subject: 自動応答:"+strings.Repeat("あ", MaxEvidence)+"\n")
	if e := r.Signals[0].Evidence; len(e) > MaxEvidence || strings.ToValidUTF8(e, "") != e || !strings.HasPrefix(e, "自動応答:") {
		t.Errorf("%q", e)
	}
}

func TestOtherLimits(t *testing.T) {
	for n, class := range map[int]Class{maxBoundary: ClassDSN, maxBoundary + 1: ClassHuman} {
		b := strings.Repeat("b", n)
		if r := classify(t, taro, "Content-Type: multipart/mixed; boundary="+b+"\n\n--"+b+"\nContent-Type: message/delivery-status\n\n"); r.Class != class {
			t.Errorf("boundary of %d octets: %+v", n, r)
		}
	}
	for n, joined := range map[int]int{maxParam - 1: maxParam, maxParam: maxParam} {
		m := parseMedia("a/b; name*0=" + strings.Repeat("n", n) + "; name*1=n")
		if len(m.name) != joined {
			t.Errorf("%d octets joined to %d", n, len(m.name))
		}
	}
	for n, read := range map[int]bool{maxName: true, maxName + 1: false} {
		name := "Resent-" + strings.Repeat("x", n-len("Resent-"))
		if r := New(&policy.Message{Header: policy.Header{{Name: name}}}); r.resent != read {
			t.Errorf("name of %d octets: %v", n, r.resent)
		}
	}
}
