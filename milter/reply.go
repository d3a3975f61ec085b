package milter

import (
	"strings"

	"sekimori/policy"
)

// MaxReply is the longest SMTP reply line in octets, CRLF included (RFC 5321, 4.5.3.1.5). A text that would make it
// longer is cut.
const MaxReply = 512

// maxQueueID is how much of a queue id is shown. Postfix and Sendmail use at most 20.
const maxQueueID = 64

// replyTooMany refuses a recipient beyond MaxRecipientBytes.
const replyTooMany policy.Reply = "too_many_recipients"

// EffectText returns what ReplyText does for e, with the text that e brings along in place of the table's.
func EffectText(e policy.Effect, queueID string) (code, enhanced, text string) {
	code, enhanced, text = ReplyText(e.Action, e.Reply, queueID)
	if e.Text != "" && code != "" {
		text = e.Text
		if id := cleanQueueID(queueID); id != "" {
			text = text[:min(len(text), maxOwnText)] + " (" + id + ")"
		}
	}
	return code, enhanced, text
}

// maxOwnText is how much of a text that an effect brings along is shown, in octets, so that the queue id fits behind it.
const maxOwnText = 400

// ReplyText returns the SMTP code, the enhanced code (RFC 3463) and the text with which r answers a client. It is the
// one table of them. The first digits follow the action: a result that the policy answers with tempfail is a 4xx,
// whatever the table says. The text is constant but for the queue id, and ASCII. For ReplyNone, and for an action that
// is no refusal, all three are "": the MTA answers for itself.
func ReplyText(a policy.Action, r policy.Reply, queueID string) (code, enhanced, text string) {
	switch r {
	case policy.ReplyNone:
		return "", "", ""
	case policy.ReplySPFFail:
		code, enhanced, text = "550", "5.7.23", "SPF check failed for the sender"
	case policy.ReplySPFPermError:
		code, enhanced, text = "550", "5.7.24", "SPF record of the sender cannot be evaluated"
	case policy.ReplySPFTempError:
		code, enhanced, text = "451", "4.7.24", "SPF record of the sender cannot be read now"
	case policy.ReplyNoSuchDomain:
		code, enhanced, text = "550", "5.1.8", "domain of the sender does not exist"
	case policy.ReplyDMARCFail:
		code, enhanced, text = "550", "5.7.26", "author domain is not authenticated"
	case policy.ReplyAuthTemp:
		code, enhanced, text = "451", "4.7.0", "author domain cannot be authenticated now"
	case policy.ReplyUnreadable:
		code, enhanced, text = "550", "5.6.0", "header of the message cannot be read"
	case policy.ReplyToFlagged:
		code, enhanced, text = "550", "5.7.1", policy.DefaultReplyText
	case policy.ReplySuspicious:
		code, enhanced, text = "550", "5.7.1", "message has the marks of a targeted attack"
	case policy.ReplyBulletin:
		code, enhanced, text = "550", "5.7.1", "message matches an indicator of a security bulletin"
	case policy.ReplyUnexamined:
		code, enhanced, text = "451", "4.3.0", "message cannot be examined now"
	case replyTooMany:
		code, enhanced, text = "451", "4.5.3", "too many recipients"
	default: // a name that a later policy has and this table has not yet
		code, enhanced, text = "550", "5.7.1", "refused by policy"
	}
	switch a {
	case policy.ActionReject:
		code, enhanced = class(code, "550", '5'), "5"+enhanced[1:]
	case policy.ActionTempfail:
		code, enhanced = class(code, "451", '4'), "4"+enhanced[1:]
	case policy.ActionAccept, policy.ActionTag, policy.ActionRemove, policy.ActionDiscard, policy.ActionQuarantine:
		return "", "", ""
	}
	if id := cleanQueueID(queueID); id != "" {
		text += " (" + id + ")"
	}
	return code, enhanced, text
}

// class returns code when its first digit is want, and other when not.
func class(code, other string, want byte) string {
	if code[0] == want {
		return code
	}
	return other
}

// cleanQueueID returns id without anything but letters, digits, dots, hyphens and underscores.
func cleanQueueID(id string) string {
	for i := range len(id) {
		c := id[i]
		if !('a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || '0' <= c && c <= '9' || c == '.' || c == '-' || c == '_') {
			id = strings.Map(queueIDRune, id)
			break
		}
	}
	return id[:min(len(id), maxQueueID)]
}

func queueIDRune(r rune) rune {
	if 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z' || '0' <= r && r <= '9' || strings.ContainsRune(".-_", r) {
		return r
	}
	return -1
}

// reply refuses what was just asked about.
func (s *session) reply(e policy.Effect) {
	code, enhanced, text := EffectText(e, s.queueID())
	switch {
	case code != "":
		s.out.add(ansReply, replyLine(code, enhanced, text), "\x00")
	case e.Action == policy.ActionTempfail:
		s.out.add(ansTempfail)
	default:
		s.out.add(ansReject)
	}
}

// replyLine joins a reply for the wire. A MTA takes a single % for the start of a directive, so it is doubled, and
// splits a reply at a line end, so there is none. The line is at most MaxReply-2 octets, since the MTA adds CRLF.
func replyLine(code, enhanced, text string) string {
	var b strings.Builder
	b.WriteString(code + " " + enhanced + " ")
	for i := range len(text) {
		c := text[i]
		need := 1
		if c == '%' {
			need = 2
		}
		if b.Len()+need > MaxReply-2 {
			break
		}
		switch {
		case c == '%':
			b.WriteString("%%")
		case c < ' ' || c > '~':
			b.WriteByte('?')
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

// quarantineReason returns a reason that is safe on the wire, at most 100 octets, which is what Postfix logs.
func quarantineReason(s string) string {
	if s == "" {
		s = "sekimori"
	}
	out := []byte(s[:min(len(s), 100)])
	for i, c := range out {
		if c < ' ' || c > '~' {
			out[i] = '?'
		}
	}
	return string(out)
}

// index writes the position of a field as the wire wants it.
func index(i int) string {
	return string([]byte{byte(i >> 24), byte(i >> 16), byte(i >> 8), byte(i)})
}
