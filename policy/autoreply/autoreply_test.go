package autoreply

import (
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// parse makes a message of an envelope sender and of a text with header and body; "" is the null sender.
func parse(t testing.TB, sender, text string) (*policy.Message, []byte) {
	t.Helper()
	h, body, err := mail.Split([]byte(text))
	if err != nil {
		t.Fatal(err)
	}
	m := &policy.Message{Header: h}
	m.Sender, m.SenderBad = mail.EnvelopeAddress(sender)
	return m, body
}

const taro = "taro@city.test"

// verdict is a Result as the tables below write it: class, grade, and the names of what spoke.
func verdict(r Result) string {
	words := []string{string(r.Class)}
	if r.Grade != GradeNone {
		words = append(words, string(r.Grade))
	}
	for _, s := range r.Signals {
		words = append(words, string(s.Name))
	}
	return strings.Join(words, " ")
}

// mailCase is a mail and its verdict. The names say what it is; a near miss says what it looks like.
type mailCase struct {
	name, sender, text, want string
}

func runCases(t *testing.T, cases []mailCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			m, body := parse(t, c.sender, c.text)
			r := Classify(m, body)
			if got := verdict(r); got != c.want {
				t.Errorf("got  %s\nwant %s", got, c.want)
			}
			check(t, r)
		})
	}
}

// check holds a Result to what its documentation promises.
func check(t testing.TB, r Result) {
	t.Helper()
	if !slices.Contains(policy.MailClasses(), r.Class) {
		t.Errorf("class %q", r.Class)
	}
	if (r.Class == ClassAutoReply) != slices.Contains(policy.Grades(), r.Grade) || r.Class != ClassAutoReply && r.Grade != GradeNone {
		t.Errorf("class %q with grade %q", r.Class, r.Grade)
	}
	rank := 0
	seen := make(map[Name]bool)
	for _, s := range r.Signals {
		if seen[s.Name] || !slices.Contains(NamesOf(s.Strength), s.Name) || len(s.Evidence) > MaxEvidence || s.Strength.rank() < rank {
			t.Errorf("signal %+v", s)
		}
		seen[s.Name], rank = true, s.Strength.rank()
	}
	if r.Excluded != "" && (r.Signals[0].Strength != Exclusion || !seen[r.Excluded] || r.Class == ClassAutoReply) {
		t.Errorf("excluded %q: %v", r.Excluded, r.Signals)
	}
	if r.Class != ClassMDN && (r.Original != "" || r.Automatic) || r.Class != ClassCalendarReply && !r.Organizer.IsNull() {
		t.Errorf("details of another class: %+v", r)
	}
}

// TestStrong has each strong signal and the honest mail that looks most like it.
func TestStrong(t *testing.T) {
	runCases(t, []mailCase{
		{"vacation", taro, "Auto-Submitted: auto-replied\n", "auto_reply A auto_replied"},
		{"vacation with comment", taro, "auto-submitted: Auto-Replied (vacation)\n", "auto_reply A auto_replied"},
		{"vacation with comment before", taro, "Auto-Submitted: (a (nested\\)) one)\n auto-replied\n", "auto_reply A auto_replied"},
		{"vacation with parameter", taro, "Auto-Submitted: auto-replied; owner-email=\"taro@city.test\"\n", "auto_reply A auto_replied"},
		{"second of two fields", taro, "Auto-Submitted: auto-notified\nAuto-Submitted: auto-replied\n", "auto_reply A auto_replied auto_notified"},
		{"says that it is none", taro, "Auto-Submitted: no\n", "human"},
		{"keyword in a comment only", taro, "Auto-Submitted: no (auto-replied)\n", "human"},
		{"keyword that begins like it", taro, "Auto-Submitted: auto-replied-not\n", "notification auto_generated"},
		{"empty field", taro, "Auto-Submitted:\n", "human"},

		{"Exchange 2010", "", "X-Auto-Response-Suppress: All\nX-MS-Exchange-Inbox-Rules-Loop: taro@city.test\n",
			"auto_reply A exchange_oof response_suppress rules_loop null_sender"},
		{"Exchange, list of words", taro, "X-Auto-Response-Suppress: DR, all\nX-MS-Exchange-Inbox-Rules-Loop: taro@city.test\n",
			"auto_reply A exchange_oof response_suppress rules_loop"},
		{"suppresses less than all", taro, "X-Auto-Response-Suppress: OOF, AutoReply\nX-MS-Exchange-Inbox-Rules-Loop: taro@city.test\n",
			"human response_suppress rules_loop"},
		{"suppress alone", taro, "X-Auto-Response-Suppress: All\n", "human response_suppress"},
		{"loop alone", taro, "X-MS-Exchange-Inbox-Rules-Loop: taro@city.test\n", "human rules_loop"},

		{"Exchange rule with its own subject", taro, "Subject: Your question\nIn-Reply-To: <a@b>\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n",
			"auto_reply A exchange_rule_reply in_reply_to rules_agent"},
		{"rules agent alone", taro, "X-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n", "human rules_agent"},
		{"another agent", taro, "In-Reply-To: <a@b>\nX-MS-Exchange-Generated-Message-Source: Journal Agent\n", "human in_reply_to"},

		{"cPanel", taro, "Precedence: auto_reply\n", "auto_reply A precedence_reply"},
		{"with a hyphen", taro, "X-Precedence: Auto-Reply\n", "auto_reply A precedence_reply"},
		{"Preference", taro, "Preference: auto_reply\n", "auto_reply A precedence_reply"},
		{"another precedence", taro, "Precedence: first-class\n", "human"},

		{"Gmail", taro, "X-Autoreply: yes\n", "auto_reply A auto_reply_field"},
		{"field with text", taro, "X-Autorespond: meeting on Monday\n", "auto_reply A auto_reply_field"},
		{"X-Autoresponse", taro, "X-Autoresponse: 1\n", "auto_reply A auto_reply_field"},
		{"X-AutoReply-From", taro, "X-AutoReply-From: taro@city.test\n", "auto_reply A auto_reply_field"},
		{"X-Auto-Reply-From", taro, "X-Auto-Reply-From: taro@city.test\n", "auto_reply A auto_reply_field"},
		{"X-Mail-Autoreply", taro, "X-Mail-Autoreply: x\n", "auto_reply A auto_reply_field"},
		{"X-Webmin-Autoreply", taro, "X-Webmin-Autoreply: 1\n", "auto_reply A auto_reply_field"},
		{"empty X-Autoreply", taro, "X-Autoreply: \n", "human"},
		{"X-Autoreply no", taro, "X-Autoreply: No\n", "human"},
		{"X-Autoreply false", taro, "X-Autoreply: FALSE\n", "human"},
		{"X-Autoreply 0", taro, "X-Autoreply: 0\n", "human"},

		{"iCloud", taro, "X-Apple-Action: VACATION\n", "auto_reply A apple_vacation"},
		{"another action", taro, "X-Apple-Action: FORWARD\n", "human"},
		{"Mailtraq", taro, "X-POST-MessageClass: 9; Autoresponder\n", "auto_reply A mailtraq"},
		{"another class of message", taro, "X-POST-MessageClass: 1; User\n", "human"},
		{"qmail", taro, "Delivered-To: Autoresponder\n", "auto_reply A qmail_autorespond"},
		{"delivered to somebody", taro, "Delivered-To: autoresponder@city.test\n", "human"},
		{"CommuniGate", taro, "X-Autogenerated: Reply\n", "auto_reply A communigate"},
		{"CommuniGate forwards", taro, "X-Autogenerated: Forward\n", "human"},
		{"FirstClass", taro, "X-FC-MachineGenerated: true\n", "auto_reply A firstclass"},
		{"FirstClass, by hand", taro, "X-FC-MachineGenerated: false\n", "human"},
		{"postfixadmin", taro, "X-Loop: Postfix Admin Virtual Vacation\n", "auto_reply A postfixadmin"},
		{"another loop mark", taro, "X-Loop: taro@city.test\n", "human"},
		{"X.400", taro, "Content-Identifier: Auto-replied\n", "auto_reply A x400"},
		{"X.400 in its own field", taro, "X400-Content-Identifier: Auto Reply to: x\n", "auto_reply A x400"},
		{"another identifier", taro, "X400-Content-Identifier: Reply to auto\nContent-Identifier: 1\n", "human"},
	})
}

// TestMediumAndWeak has what needs support, what supports it, and what is only told.
func TestMediumAndWeak(t *testing.T) {
	const subject = "Subject: Automatic reply: x\n"
	runCases(t, []mailCase{
		{"subject alone", taro, subject, "auto_reply C subject"},
		{"and null sender", "<>", subject, "auto_reply B subject null_sender"},
		{"and sendmail's null sender", "", subject, "auto_reply B subject null_sender"},
		{"and auto-generated", taro, subject + "Auto-Submitted: auto-generated\n", "auto_reply B subject auto_generated"},
		{"and a keyword of nobody's", taro, subject + "Auto-Submitted: auto-thing\n", "auto_reply B subject auto_generated"},
		{"and In-Reply-To", taro, subject + "In-Reply-To: <a@b>\n", "auto_reply B subject in_reply_to"},
		{"and an empty In-Reply-To", taro, subject + "In-Reply-To:\n", "auto_reply C subject"},
		{"and bulk", taro, subject + "Precedence: bulk\n", "auto_reply B subject precedence_bulk"},
		{"and junk", taro, subject + "Precedence: junk\n", "auto_reply B subject precedence_bulk"},
		{"and list", taro, subject + "Precedence: list\n", "auto_reply C subject precedence_list"},
		{"and References", taro, subject + "References: <a@b>\n", "auto_reply C subject references"},
		{"and suppression", taro, subject + "X-Auto-Response-Suppress: OOF\n", "auto_reply B subject response_suppress"},
		{"and loop", taro, subject + "X-MS-Exchange-Inbox-Rules-Loop: x\n", "auto_reply B subject rules_loop"},
		{"and loop by the rules agent", taro, subject + "X-MS-Exchange-Inbox-Rules-Loop: x\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n",
			"auto_reply B subject rules_loop rules_agent"},
		{"and Domino's id", taro, subject + "Message-ID: <OF0123ABCD.4567EF89-ON49258000.00000000-1@city.test>\n", "auto_reply B subject domino"},
		{"and an id that begins like Domino's", taro, subject + "Message-ID: <OF0123ABCD.4567EF8x-ON49258000.00000000-1@city.test>\n", "auto_reply C subject"},
		{"and Domino's trace", taro, subject + "X-MIMETrack: Serialize by Router\n", "auto_reply B subject domino"},
		{"and noreply", taro, subject + "From: X <noreply@city.test>\n", "auto_reply B subject sender_name"},
		{"and no-reply with more", taro, subject + "From: no-reply-it@city.test\n", "auto_reply B subject sender_name"},
		{"and noreplying", taro, subject + "From: noreplying@city.test\n", "auto_reply C subject"},
		{"and auto", taro, subject + "From: <AutoAnswer@city.test>\n", "auto_reply B subject sender_name"},
		{"and noreply as a display name", taro, subject + "From: noreply <taro@city.test>\n", "auto_reply C subject"},
		{"and noreply in Sender", taro, subject + "Sender: noreply@city.test\n", "auto_reply C subject"},
		{"behind another subject", "", "Subject: x\n" + subject, "auto_reply C null_sender"},
		{"and X-Vacation", taro, subject + "X-Vacation: 1\n", "auto_reply B subject vacation_field"},

		{"Domino's user writes", taro, "Subject: hello\nX-MIMETrack: Serialize by Router\n", "human domino"},
		{"null sender alone", "", "Subject: hello\n", "auto_reply C null_sender"},
		{"a sender that cannot be read is not the null one", strings.Repeat("a", mail.MaxEnvelope+1), "Subject: hello\n", "human"},
		{"ticket system answers", taro, "Subject: Re: x\nAuto-Submitted: auto-generated\nIn-Reply-To: <a@b>\n", "auto_reply C auto_generated in_reply_to"},
		{"and with References only", taro, "Subject: Re: x\nAuto-Submitted: auto-generated\nReferences: <a@b>\n", "auto_reply C auto_generated references"},
		{"monitoring", taro, "Auto-Submitted: auto-generated\nPrecedence: bulk\n", "notification auto_generated precedence_bulk"},
		{"Sieve notifies", taro, "Auto-Submitted: auto-notified; owner-email=\"x@y\"\n", "auto_reply C auto_notified"},
		{"X-Vacation alone", taro, "X-Vacation: yes\n", "auto_reply C vacation_field"},
		{"X-Autoresponder says no", taro, "X-Autoresponder: no\n", "human"},
		{"bulk alone", taro, "Precedence: bulk\n", "notification precedence_bulk"},
		{"list alone", taro, "Precedence: list\n", "notification precedence_list"},

		{"procmail", taro, "Subject: Re: x\nIn-Reply-To: <a@b>\nPrecedence: junk\nX-Loop: taro@city.test\n",
			"auto_reply B procmail_recipe in_reply_to precedence_bulk"},
		{"procmail without loop", taro, "Subject: Re: x\nIn-Reply-To: <a@b>\nPrecedence: junk\n", "notification in_reply_to precedence_bulk"},
		{"bulk with a loop mark", taro, "In-Reply-To: <a@b>\nPrecedence: bulk\nX-Loop: x\n", "notification in_reply_to precedence_bulk"},
		{"junk with a loop mark", taro, "Precedence: junk\nX-Loop: x\n", "notification precedence_bulk"},
		{"a person answers", taro, "Subject: Re: Automatic reply: x\nIn-Reply-To: <a@b>\nReferences: <a@b>\n", "human in_reply_to references"},
	})
}
