package milter

import (
	"regexp"
	"strings"
	"testing"

	"sekimori/policy"
)

func TestReplyText(t *testing.T) {
	form := regexp.MustCompile(`^([45])\d\d ([45])\.\d\.\d{1,3} [a-zA-Z ]+ \(4XyZ\.a-1_\)$`)
	for _, c := range []struct {
		reply        policy.Reply
		reject, temp string
	}{
		{policy.ReplySPFFail, "550 5.7.23", "451 4.7.23"},
		{policy.ReplySPFPermError, "550 5.7.24", "451 4.7.24"},
		{policy.ReplySPFTempError, "550 5.7.24", "451 4.7.24"},
		{policy.ReplyNoSuchDomain, "550 5.1.8", "451 4.1.8"},
		{policy.ReplyDMARCFail, "550 5.7.26", "451 4.7.26"},
		{policy.ReplyAuthTemp, "550 5.7.0", "451 4.7.0"},
		{policy.ReplyUnreadable, "550 5.6.0", "451 4.6.0"},
		{policy.ReplySuspicious, "550 5.7.1", "451 4.7.1"},
		{policy.ReplyBulletin, "550 5.7.1", "451 4.7.1"},
		{policy.ReplyUnexamined, "550 5.3.0", "451 4.3.0"},
		{replyTooMany, "550 5.5.3", "451 4.5.3"},
		{"of_a_later_version", "550 5.7.1", "451 4.7.1"},
	} {
		for action, want := range map[policy.Action]string{policy.ActionReject: c.reject, policy.ActionTempfail: c.temp} {
			code, enhanced, text := ReplyText(action, c.reply, "4XyZ.a-1_")
			line := code + " " + enhanced + " " + text
			m := form.FindStringSubmatch(line)
			if m == nil || m[1] != m[2] || !strings.HasPrefix(line, want+" ") {
				t.Errorf("%s of %s: %q, want %s and a text with the queue id", action, c.reply, line, want)
			}
		}
	}
}

func TestReplyTextWithout(t *testing.T) {
	for _, a := range []policy.Action{policy.ActionAccept, policy.ActionTag, policy.ActionQuarantine, ""} {
		if code, enhanced, text := ReplyText(a, policy.ReplySPFFail, "4Q"); a != "" && code+enhanced+text != "" {
			t.Errorf("%s: %s %s %s", a, code, enhanced, text)
		}
	}
	if code, _, _ := ReplyText(policy.ActionReject, policy.ReplyNone, "4Q"); code != "" {
		t.Errorf("no reply: code %s", code)
	}
	if _, _, text := ReplyText(policy.ActionReject, policy.ReplySPFFail, ""); strings.Contains(text, "(") {
		t.Errorf("without queue id: %q", text)
	}
}

// A queue id is the MTA's word; nothing of it can begin another line.
func TestQueueIDInReply(t *testing.T) {
	for in, want := range map[string]string{
		"4Q\r\n250 2.0.0 ok":                    "4Q2502.0.0ok",
		"%n%s":                                  "ns",
		"\xe3\x81\x82":                          "",
		strings.Repeat("q", maxQueueID):         strings.Repeat("q", maxQueueID),
		strings.Repeat("q", maxQueueID+1):       strings.Repeat("q", maxQueueID),
		strings.Repeat("é", 100) + "a" + "\x00": "a",
	} {
		if got := cleanQueueID(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestReplyLine(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{"100%", "550 5.7.1 100%%"},
		{"a\r\n250 ok\x00\xe3", "550 5.7.1 a??250 ok??"},
	} {
		if got := replyLine("550", "5.7.1", c.text); got != c.want {
			t.Errorf("%q: %q, want %q", c.text, got, c.want)
		}
	}
	start := len("550 5.7.1 ")
	for _, c := range []struct {
		text string
		want int
	}{
		{strings.Repeat("x", MaxReply-2-start), MaxReply - 2},
		{strings.Repeat("x", MaxReply-2-start+1), MaxReply - 2},
		{strings.Repeat("%", MaxReply), MaxReply - 2},
		{"x" + strings.Repeat("%", MaxReply), MaxReply - 3}, // a doubled % is not torn apart
	} {
		if got := replyLine("550", "5.7.1", c.text); len(got) != c.want {
			t.Errorf("%d octets of text: a line of %d, want %d", len(c.text), len(got), c.want)
		}
	}
}
