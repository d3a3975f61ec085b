package suspicion

import (
	"strings"

	"sekimori/policy"
)

// meta lists the indicators about the remaining header fields.
func meta() []Indicator {
	return []Indicator{
		{
			Name: "date_anomaly", Family: policy.FamilyMeta, Points: 10,
			Definition: "Date is absent or cannot be read, has a zone that is none, lies more than an hour in the future or more than 7 days in the past",
			Source:     "SpamAssassin DATE_IN_FUTURE, MISSING_DATE, INVALID_DATE; 2.6 % of Japanese phishing mails, at most 0.1 % of honest mail; RFC 5322, 3.3",
			find:       dateAnomaly,
		},
		{
			Name: "fake_reply", Family: policy.FamilyMeta, Points: 10,
			Definition: "Subject says that the mail is an answer, no field says to what, and nobody here knows the author",
			Source:     "SpamAssassin FAKE_REPLY_C, rspamd FAKE_REPLY; 1 to 2.3 % of phishing mails, 0.2 to 1 % of honest list mail",
			find:       fakeReply,
		},
		{
			Name: "fake_reply_attachment", Family: policy.FamilyMeta, Points: 30,
			Definition: "as fake_reply, on first contact and with a file attached",
			Source:     "sublime fake_thread_suspicious_indicators",
			Replaces:   "fake_reply",
			find: func(r *reading) (string, bool) {
				if !r.firstContact() || !r.hasFile() {
					return "", false
				}
				return fakeReply(r)
			},
		},
		{
			Name: "rcpt_identity_used", Family: policy.FamilyMeta, Points: 15,
			Definition: "the Subject or the display name of From holds a recipient's address, or a local part that is no common word",
			Source:     "SpamAssassin TO_IN_SUBJ, LOCALPART_IN_SUBJECT; 11.3 % of recent phishing mails, no honest list mail",
			find:       recipientNamed,
		},
		{
			Name: "mailer_foxmail", Family: policy.FamilyMeta, Points: 10,
			Definition: "Japanese text written with Foxmail, a program that is used in China and hardly in Japan",
			Source:     "10.8 % of 837 Japanese phishing mails, 0.03 % of honest mail",
			find: func(r *reading) (string, bool) {
				m := r.who().fields.mailer
				return cut(m, 40), containsFold(m, "foxmail") && r.japanese()
			},
		},
		{
			Name: "high_priority", Family: policy.FamilyMeta, Points: 5,
			Definition: "the mail is marked as urgent or of high priority",
			Source:     "10 % of recent phishing mails, 3.8 % of Japanese ones, 0.1 % of honest mail",
			find: func(r *reading) (string, bool) {
				u := r.who().fields.urgent
				return cut(u, 40), u != ""
			},
		},
		{
			Name: "undisclosed_recipients", Family: policy.FamilyMeta, Points: 5,
			Definition: "neither To nor Cc names an address",
			Source:     "8.6 % of recent phishing mails, 0.3 to 4.4 % of honest mail; in Japan a way to write to many",
			find: func(r *reading) (string, bool) {
				f := &r.who().fields
				return cut(f.to, 40), strings.IndexByte(f.to, '@') < 0 && !r.who().report
			},
		},
		{
			Name: "empty_mailer", Family: policy.FamilyMeta, Points: 5,
			Definition: "X-Mailer is there and empty",
			Source:     "1.3 % of 837 Japanese phishing mails",
			find: func(r *reading) (string, bool) {
				f := &r.who().fields
				return "", f.hasMailer && f.mailer == ""
			},
		},
	}
}

// containsFold reports whether s holds small, an ASCII word in small letters, in any case.
func containsFold(s, small string) bool {
	for i := 0; i+len(small) <= len(s); i++ {
		if strings.EqualFold(s[i:i+len(small)], small) {
			return true
		}
	}
	return false
}

// replyMarks are what clients put before the Subject of an answer. 回复 and 答复 are Chinese ones.
var replyMarks = [...]string{"re:", "re：", "ｒｅ：", "返信:", "返信：", "回复:", "回复：", "答复:", "答复：", "回覆:", "aw:", "sv:"}

// fakeReply looks for an answer to nothing. Some programs drop the references of honest answers, so that only strangers count.
func fakeReply(r *reading) (string, bool) {
	w := r.who()
	a := &r.in.Facts.Acquaintance
	if w.fields.answers || w.report || a.Address || a.Wrote || a.InThread {
		return "", false
	}
	subject := strings.TrimSpace(r.readText().subject)
	lower := lowerLatin(subject, 16)
	for _, mark := range replyMarks {
		if strings.HasPrefix(lower, mark) {
			return cut(subject, 30), true
		}
	}
	return "", false
}
