package autoreply

import (
	"strings"
	"testing"
)

// replied marks a mail as strongly as can be: an exclusion must settle it all the same.
const replied = "Auto-Submitted: auto-replied\n"

// multipart writes a body of one multipart whose parts have the given headers and a line of text.
func multipart(kind string, parts ...string) string {
	var b strings.Builder
	b.WriteString("Content-Type: " + kind + "; boundary=\"b 1\"\n\npreamble\n")
	for _, p := range parts {
		b.WriteString("--b 1\n" + p + "\n\ntext\n")
	}
	b.WriteString("--b 1--\nepilogue\n")
	return b.String()
}

// TestExclusions has each exclusion under a strong signal, and the mail that only looks like it.
func TestExclusions(t *testing.T) {
	runCases(t, []mailCase{
		{"delivery report", "", replied + multipart("multipart/report; report-type=delivery-status", "Content-Type: text/plain"),
			"dsn delivery_report auto_replied null_sender"},
		{"report type in other letters and quotes", taro, replied + multipart("Multipart/Report; Report-Type=\"DELIVERY-STATUS\""),
			"dsn delivery_report auto_replied"},
		{"status part", taro, replied + multipart("multipart/mixed", "Content-Type: message/delivery-status"), "dsn delivery_report auto_replied"},
		{"status part in UTF-8", taro, replied + multipart("multipart/mixed", "content-type: message/global-delivery-status"), "dsn delivery_report auto_replied"},
		{"report one level down", taro, replied + "Content-Type: multipart/mixed; boundary=out\n\n--out\nContent-Type: text/plain\n\nx\n--out\n" +
			multipart("multipart/report", "Content-Type: message/delivery-status") + "--out--\n", "dsn delivery_report auto_replied"},
		{"status in an attached message", taro, replied + multipart("multipart/mixed", "Content-Type: text/plain", "Content-Type: message/rfc822\n\nContent-Type: message/delivery-status"),
			"auto_reply A auto_replied"},
		{"status in the text", taro, replied + "Content-Type: text/plain\n\nContent-Type: message/delivery-status\n\n", "auto_reply A auto_replied"},
		{"feedback", taro, replied + multipart("multipart/report; report-type=feedback-report"), "report feedback_report auto_replied"},
		{"feedback part", taro, replied + multipart("multipart/mixed", "Content-Type: message/feedback-report"), "report feedback_report auto_replied"},
		{"TLS", taro, replied + multipart("multipart/report; report-type=tlsrpt"), "report tls_report auto_replied"},
		{"TLS part", taro, replied + multipart("multipart/mixed", "Content-Type: application/tlsrpt+gzip"), "report tls_report auto_replied"},
		{"TLS at the top", taro, replied + "Content-Type: application/tlsrpt+json\n\n{}\n", "report tls_report auto_replied"},
		{"report of no type", taro, replied + multipart("multipart/report", "Content-Type: text/plain"), "report other_report auto_replied"},

		{"receipt", "", multipart("multipart/report; report-type=disposition-notification", "Content-Type: message/disposition-notification"),
			"mdn receipt null_sender"},
		{"receipt marked as automatic", taro, replied + multipart("multipart/report; report-type=disposition-notification"), "mdn receipt auto_replied"},
		{"refusal in the form of a receipt", "", "Auto-Submitted: auto-replied (rejected)\n" + multipart("multipart/report; report-type=disposition-notification"),
			"dsn rejection auto_replied null_sender"},
		{"asks for a receipt", taro, "Disposition-Notification-To: taro@city.test\n", "human"},
		{"receipt in TNEF by subject and sender", "", "Subject: Read: x\n" + multipart("multipart/mixed", "Content-Type: application/ms-tnef"),
			"mdn receipt_tnef null_sender"},
		{"rich text by hand with such a subject", taro, "Subject: Read: x\n" + multipart("multipart/mixed", "Content-Type: application/ms-tnef"), "human"},
		{"receipt in TNEF, not read, in Japanese", "", "Subject: 未開封: x\nContent-Type: application/vnd.ms-tnef\n\n", "mdn receipt_tnef null_sender"},
		{"such a subject without TNEF", "", "Subject: Read: x\n", "auto_reply C null_sender"},
		{"rich text with the word alone", "", "Subject: Read\nContent-Type: application/ms-tnef\n\n", "auto_reply C null_sender"},
		{"rich text from nobody", "", "Subject: Reading: x\n" + multipart("multipart/mixed", "Content-Type: application/ms-tnef"), "auto_reply C null_sender"},

		{"mailer daemon", taro, replied + "From: Mail Delivery System <Mailer-Daemon@city.test>\n", "dsn daemon_sender auto_replied"},
		{"mailer daemon without brackets", taro, replied + "From: MAILER-DAEMON@city.test (Mail Delivery System)\n", "dsn daemon_sender auto_replied"},
		{"mailer daemon with empty brackets", taro, replied + "From: MAILER-DAEMON <>\n", "dsn daemon_sender auto_replied"},
		{"mailer daemon in Sender", taro, replied + "From: taro@city.test\nSender: mailer-daemon@city.test\n", "dsn daemon_sender auto_replied"},
		{"mailer daemon as a display name", taro, replied + "From: mailer-daemon <taro@city.test>\n", "auto_reply A auto_replied"},
		{"postmaster without sender", "", replied + "From: postmaster@city.test\n", "dsn daemon_sender auto_replied null_sender"},
		{"postmaster, sent by the daemon", "MAILER-DAEMON@city.test", replied + "From: postmaster@city.test\n", "dsn daemon_sender auto_replied"},
		{"postmaster is away", "postmaster@city.test", replied + "From: postmaster@city.test\n", "auto_reply A auto_replied"},
		{"failed recipients", taro, replied + "X-Failed-Recipients: x@y\n", "dsn failed_recipients auto_replied"},
		{"Exchange NDR, empty field", taro, replied + "X-MS-Exchange-Message-Is-Ndr:\n", "dsn exchange_ndr auto_replied"},

		{"DMARC aggregate", taro, "Subject: Report Domain: a.test Submitter: b.test\nContent-Type: application/gzip; name=\"b.test!a.test!1!2.xml.gz\"\n\nx\n", "report dmarc_report"},
		{"DMARC aggregate by Amazon, file by disposition", taro, "Subject: [x] Dmarc Aggregate Report Domain: {a.test} Submitter: {b}\n" +
			multipart("multipart/mixed", "Content-Disposition: attachment;\n\tfilename=\"b!a!1!2!u.zip\""), "report dmarc_report"},
		{"such a file with another subject", taro, "Subject: the report domain: a.test submitter: b\nContent-Type: application/zip; name=b!a!1!2.zip\n\nx\n", "human"},
		{"such a subject with another file", taro, "Subject: Report Domain: a.test Submitter: b.test\nContent-Type: application/zip; name=b!a.zip\n\nx\n", "human"},

		{"unsubscribes by a click", taro, replied + "X-Apple-Unsubscribe: true\n", "notification user_unsubscribe auto_replied"},
		{"does not", taro, replied + "X-Apple-Unsubscribe: false\n", "auto_reply A auto_replied"},
		{"list", taro, replied + "List-Id: <x.city.test>\n", "list list_field auto_replied"},
		{"list, twice", taro, "List-Id: <x.city.test>\nList-Post: <mailto:x@city.test>\n", "list list_field"},
		{"the first of two types", taro, "Content-Type: text/plain\n" + multipart("multipart/report; report-type=delivery-status"), "human"},
		{"list by its address", taro, replied + "List-Post: <mailto:x@city.test>\n", "list list_field auto_replied"},
		{"ezmlm", taro, replied + "Mailing-List: contact x\n", "list list_field auto_replied"},
		{"fml", taro, replied + "X-ML-Name: x\n", "list list_field auto_replied"},
		{"List-Unsubscribe is no list", taro, replied + "List-Unsubscribe: <mailto:x@city.test>\n", "auto_reply A auto_replied"},
		{"transport rule", "", "From: postmaster@city.test\nX-MS-Exchange-Generated-Message-Source: Transport Rule Agent\n" + replied,
			"notification rule_notification daemon_sender auto_replied null_sender"},
		{"transport rule by its field", taro, replied + "X-MS-Exchange-Transport-Rules-Notification: 1\n", "notification rule_notification auto_replied"},
		{"transport rule by its id", taro, replied + "Message-ID: <a@EtrNotification>\n", "notification rule_notification auto_replied"},
	})
}

// TestForwards tells the rules that pass mail on from those that answer.
func TestForwards(t *testing.T) {
	const exchange = "X-MS-Exchange-Inbox-Rules-Loop: taro@city.test\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n"
	runCases(t, []mailCase{
		{"Domino", taro, "Auto-Submitted: auto-forwarded\n", "auto_forward auto_forwarded"},
		{"X-MailFwdBy", taro, "X-MailFwdBy: taro\n", "auto_forward auto_forwarded"},
		{"Exchange forwards", taro, exchange + "Subject: FW: x\n", "auto_forward exchange_forward rules_loop rules_agent"},
		{"Exchange redirects", taro, exchange + "Subject: x\nResent-From: taro@city.test\nX-Auto-Response-Suppress: All\n",
			"auto_forward exchange_forward exchange_oof exchange_rule_reply rules_loop rules_agent response_suppress"},
		{"Exchange does not ask for silence", taro, exchange + "Subject: x\nAuto-Submitted: auto-generated\n",
			"auto_forward exchange_forward rules_loop rules_agent auto_generated"},
		{"Exchange answers", taro, exchange + "Subject: x\nX-Auto-Response-Suppress: All\n",
			"auto_reply A exchange_oof exchange_rule_reply rules_loop rules_agent response_suppress"},
		{"Exchange answers, by its other field", taro, exchange + "Subject: x\nX-Autoreply: yes\n",
			"auto_reply A auto_reply_field exchange_rule_reply rules_loop rules_agent"},
		{"Exchange answers to a forward", taro, exchange + "Subject: Automatic reply: FW: x\nX-Auto-Response-Suppress: All\n",
			"auto_reply A exchange_oof exchange_rule_reply subject rules_loop rules_agent response_suppress"},
		{"Exchange forwards, without the loop mark", taro, "Subject: FW: x\nIn-Reply-To: <a@b>\nX-MS-Exchange-Generated-Message-Source: Mailbox Rules Agent\n",
			"auto_forward exchange_forward in_reply_to rules_agent"},
		{"a person forwards", taro, "Subject: FW: x\nReferences: <a@b>\n", "human references"},
		{"a person redirects", taro, "Subject: x\nResent-From: taro@city.test\n", "human"},
	})
}

// TestCalendar tells answers from invitations (RFC 5546, 1.4).
func TestCalendar(t *testing.T) {
	ics := func(params, lines string) string {
		return "Content-Type: multipart/alternative; boundary=c\n\n--c\nContent-Type: text/plain\n\n\n--c\nContent-Type: text/calendar" + params +
			"\n\nBEGIN:VCALENDAR\r\n" + lines + "ORGANIZER;CN=\"M: x\":\r\n MAILTO:hanako@out.test\r\nEND:VCALENDAR\r\n--c--\n"
	}
	runCases(t, []mailCase{
		{"accepted", taro, ics("; method=REPLY", ""), "calendar_reply calendar_reply"},
		{"counter", taro, ics("; charset=utf-8; method=\"counter\"", ""), "calendar_reply calendar_reply"},
		{"refresh", taro, ics("; method=REFRESH", ""), "calendar_reply calendar_reply"},
		{"declined counter", taro, ics("; method=DECLINECOUNTER", ""), "calendar_reply calendar_reply"},
		{"method in the object", taro, ics("", "METHOD:REPLY\r\n"), "calendar_reply calendar_reply"},
		{"object attached without method", taro, ics("\nContent-Disposition: attachment", "METHOD:REPLY\r\n"), "human"},
		{"a room accepts", "", replied + ics("; method=REPLY", ""), "calendar_reply calendar_reply auto_replied null_sender"},
		{"invitation by hand", taro, ics("; method=REQUEST", ""), "human calendar_invitation"},
		{"invitation by a server", taro, "Auto-Submitted: auto-generated\n" + ics("; method=REQUEST", ""), "notification calendar_invitation auto_generated"},
		{"cancelled", taro, ics("; method=CANCEL", ""), "human calendar_invitation"},
		{"no method", taro, ics("", ""), "human"},
		{"at the top", taro, "Content-Type: text/calendar\n\nBEGIN:VCALENDAR\nMETHOD:REPLY\nEND:VCALENDAR\n", "calendar_reply calendar_reply"},
	})
	m, body := parse(t, taro, ics("; method=REPLY", ""))
	if got := Classify(m, body).Organizer.String(); got != "hanako@out.test" {
		t.Errorf("organizer %q", got)
	}
	for _, line := range []string{"ORGANIZER:urn:x", "ORGANIZER:mailto:a b@", "ORGANIZER:mailto:", "X-ORGANIZER:mailto:a@b.test"} {
		r := classify(t, taro, "Content-Type: text/calendar; method=REPLY\n\n"+line+"\n")
		if r.Class != ClassCalendarReply || !r.Organizer.IsNull() {
			t.Errorf("%q: %+v", line, r)
		}
	}
	two := ics("; method=REQUEST", "") + "\n"
	two = strings.Replace(two, "--c--", "--c\nContent-Type: text/calendar; method=REPLY\n\n\n--c--", 1)
	if r := classify(t, taro, two); r.Excluded != NameCalendarInvitation {
		t.Errorf("the first calendar object does not count: %+v", r)
	}
}

// TestReceiptDetails reads what a receipt is about.
func TestReceiptDetails(t *testing.T) {
	const head = "Content-Type: multipart/report; report-type=disposition-notification; boundary=b\n\n--b\nContent-Type: text/plain\n\nread\n--b\n"
	tests := []struct {
		name, part string
		original   MessageID
		automatic  bool
	}{
		{"by hand", "Content-Type: message/disposition-notification\n\nOriginal-Message-ID: <A@X.test>\nDisposition: manual-action/MDN-sent-manually; displayed\n", "A@x.test", false},
		{"by a program", "Content-Type: message/disposition-notification\n\nDisposition: automatic-action/\n MDN-sent-automatically; deleted\n", "", true},
		{"by a program, one line", "Content-Type: message/disposition-notification\n\nDisposition: automatic-action/MDN-sent-automatically; deleted\n", "", true},
		{"folded", "Content-Type: message/disposition-notification\n\nOriginal-Message-ID:\n <a@x.test>\n", "a@x.test", false},
		{"base64", "Content-Type: message/disposition-notification\nContent-Transfer-Encoding: base64\n\nT3JpZ2luYWwtTWVz\nc2FnZS1JRDogPGFAeC50ZXN0Pgo=\n", "a@x.test", false},
		{"quoted-printable", "Content-Type: message/disposition-notification\nContent-Transfer-Encoding: quoted-printable\n\nOriginal-Message-ID: =3Ca=40x.te=\nst>\n", "a@x.test", false},
		{"no such part", "Content-Type: text/plain\n\nOriginal-Message-ID: <a@x.test>\n", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m, body := parse(t, "", head+tt.part+"--b--\n")
			r := Classify(m, body)
			if r.Class != ClassMDN || r.Original != tt.original || r.Automatic != tt.automatic {
				t.Errorf("%+v", r)
			}
		})
	}
}

// TestTNEF finds the receipt in Outlook's own format by the class of its message.
func TestTNEF(t *testing.T) {
	m, body := parse(t, taro, "Subject: Read: x\nContent-Type: application/ms-tnef\nContent-Transfer-Encoding: base64\n\neD8+UkVQT1JU\nLklQTS5Ob3RlLklQTlJOAA==\n")
	if r := Classify(m, body); r.Class != ClassMDN {
		t.Errorf("base64: %+v", r)
	}
	for content, class := range map[string]Class{
		"x\x9f\x3eREPORT.IPM.Note.IPNRN\x00":                                ClassMDN,
		"R\x00E\x00P\x00O\x00R\x00T\x00.\x00I\x00P\x00N\x00N\x00R\x00N\x00": ClassMDN,
		"IPM.Microsoft Mail.Note\x00":                                       ClassHuman,
	} {
		m, body := parse(t, taro, "Subject: Read: x\nContent-Type: application/ms-tnef\n\n")
		if r := Classify(m, append(body, content...)); r.Class != class {
			t.Errorf("%q: %s, want %s", content, r.Class, class)
		}
	}
}
