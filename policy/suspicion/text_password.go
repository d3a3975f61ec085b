package suspicion

import (
	"strings"

	"sekimori/policy"
)

// passwordText lists the indicator about a password that comes with what it opens.
func passwordText() []Indicator {
	return []Indicator{{
		Name: "password_in_body", Family: policy.FamilyText, Points: 10,
		Definition: "an encrypted file, and its password in the text of the same mail, so that filters cannot look inside but readers can",
		Source:     "Emotet and IcedID mail; sublime insights/attachments/archive_password. Honest offices send the password in another mail (PPAP)",
		find:       (*reading).passwordBeside,
	}}
}

func (r *reading) passwordBeside() (string, bool) {
	if r.in.Content == nil || !r.encryptedFile() {
		return "", false
	}
	for _, s := range r.readText().bodies {
		if label := passwordIn(lowerLatin(s, maxPasswordText)); label != "" {
			return label, true
		}
	}
	return "", false
}

// encryptedFile reports whether something is attached that needs a password.
func (r *reading) encryptedFile() bool {
	for i := range r.in.Content.Parts {
		if a := r.in.Content.Parts[i].Archive; a != nil && (a.Encrypted || a.HeaderEncrypted || a.EncryptedOffice) {
			return true
		}
	}
	return false
}

// maxPasswordText is how much of each text is searched for a password, in octets.
const maxPasswordText = 16 << 10

// passwordReach is how far behind its label a password is looked for, in octets.
const passwordReach = 80

// passwordIn returns the label behind which a password stands in s, which has small Latin letters; "" for none.
func passwordIn(s string) string {
	for _, label := range []string{"パスワード", "ﾊﾟｽﾜｰﾄﾞ", "password", "passcode", "解凍キー", "暗号キー", "pass:", "pass：", "pw:", "pw：", "ｐｗ", "ＰＷ"} {
		rest := s
		for range 16 {
			_, after, ok := strings.Cut(rest, label)
			if !ok {
				break
			}
			rest = after
			if passwordFollows(after[:min(len(after), passwordReach)], strings.HasSuffix(label, ":") || strings.HasSuffix(label, "：")) {
				return label
			}
		}
	}
	return ""
}

// passwordFollows reports whether s, which stands behind a label, begins with a password: directly behind a colon or an opening bracket,
// or a little farther where it looks like one and nothing says that it comes by another way.
func passwordFollows(s string, marked bool) bool {
	trimmed := strings.TrimLeft(s, " \t\r\n\u3000はがis")
	if after := strings.TrimLeft(trimmed, " \t\r\n\u3000:：=＝「『【[（("); marked || after != trimmed {
		if token := leadingToken(after); len(token) >= 4 && !strings.Contains(token, "://") {
			return true
		}
	}
	for _, w := range []string{"別", "後ほど", "後程", "のちほど", "separate", "another", "電話"} {
		if strings.Contains(s, w) {
			return false
		}
	}
	for s != "" {
		n := strings.IndexFunc(s, tokenRune)
		if n < 0 {
			return false
		}
		token := leadingToken(s[n:])
		if len(token) >= 6 && strings.ContainsAny(token, "0123456789") && !strings.Contains(token, "://") && !strings.HasSuffix(token, ".zip") {
			return true
		}
		s = s[n+len(token):]
	}
	return false
}

func tokenRune(r rune) bool { return '!' <= r && r <= '~' }

func leadingToken(s string) string {
	n := strings.IndexFunc(s, func(r rune) bool { return !tokenRune(r) })
	if n < 0 {
		return s
	}
	return s[:n]
}
