package suspicion

import (
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// Limits of the search for a signature.
const (
	maxSignatureText  = 16 << 10 // octets of text, up to what is quoted
	maxSignatureLines = 14       // from the last that holds something
	maxSignatureLine  = 150      // octets of a line that can name an office
)

// officialSignature looks for a signature of a known organisation under a text that comes from d. It needs a line that is the name of the
// organisation, and near it how to reach the office, so that a salutation, a topic or a quoted mail is none.
func (r *reading) officialSignature(d policy.Domain) (string, bool) {
	for _, text := range r.readText().bodies {
		if s, ok := r.introduction(text, d); ok {
			return s, true
		}
		lines := signatureLines(text)
		if !slices.ContainsFunc(lines, reachable) {
			continue
		}
		for _, line := range lines {
			if len(line) > maxSignatureLine || addressed(line) {
				continue
			}
			if found := r.lists.bodies.claimed(line); len(found) > 0 && !r.mayClaim(found, d) {
				return line, true
			}
		}
		if a, ok := r.otherAddress(lines); ok {
			return a, true
		}
	}
	return "", false
}

// Limits of the search for an introduction.
const (
	maxOpeningLines = 8  // from the first that holds something
	maxIntroducer   = 18 // octets of a name, 6 characters
)

// introduction looks at the beginning of a text for the words by which people say who they are: 外務省の佐藤です, 外務省の佐藤と申します.
func (r *reading) introduction(text string, d policy.Domain) (string, bool) {
	n := 0
	for line := range strings.Lines(text[:min(len(text), maxSignatureText)]) {
		line = strings.TrimSpace(line)
		if line == "" {
			continue
		}
		if n++; n > maxOpeningLines || strings.HasPrefix(line, ">") || quotes(line) {
			break
		}
		for sentence := range strings.SplitSeq(line, "。") {
			office, ok := introduced(strings.TrimSpace(sentence))
			if !ok {
				continue
			}
			if found := r.lists.bodies.claimed(office); len(found) > 0 && !r.mayClaim(found, d) {
				return sentence, true
			}
		}
	}
	return "", false
}

// introduced takes the office out of a sentence in which somebody says his name.
func introduced(sentence string) (office string, ok bool) {
	const and = "の"
	if len(sentence) > maxSignatureLine {
		return "", false
	}
	for _, end := range []string{"と申します", "でございます", "です"} {
		s, found := strings.CutSuffix(sentence, end)
		if !found {
			continue
		}
		at := strings.LastIndex(s, and)
		if at <= 0 {
			return "", false
		}
		name := s[at+len(and):]
		for _, thing := range things {
			if strings.HasSuffix(name, thing) {
				return "", false
			}
		}
		return s[:at], name != "" && len(name) <= maxIntroducer
	}
	return "", false
}

// things are what a sentence of the same form speaks of that is no person: 総務省の資料です.
var things = [...]string{"件", "資料", "方", "方々", "話", "こと", "もの", "者", "担当", "案内", "関係", "職員", "予定", "予算", "案", "発表", "回答", "指示", "見解", "政策",
	"通り", "とおり", "仕事", "事業", "制度", "所管", "管轄", "情報", "文書", "通知", "依頼", "前", "近く", "ため"}

// signatureLines returns the last lines of what the sender wrote himself.
func signatureLines(text string) []string {
	if len(text) > maxSignatureText {
		text = text[:maxSignatureText]
	}
	var lines []string
	for line := range strings.Lines(text) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, ">") {
			continue
		}
		if quotes(line) {
			break
		}
		lines = append(lines, line)
	}
	const opening = 2 // lines with a salutation
	from := max(min(opening, len(lines)), len(lines)-maxSignatureLines)
	return lines[from:]
}

// quotes reports whether a line begins a quoted mail.
func quotes(line string) bool {
	for _, mark := range []string{"-----", "_____", "From:", "差出人:", "差出人：", "送信者:", "On "} {
		if strings.HasPrefix(line, mark) {
			return mark != "On " && len(strings.Trim(line, "-_")) > 0 || strings.HasSuffix(line, "wrote:")
		}
	}
	return strings.HasSuffix(line, "wrote:") || strings.HasSuffix(line, "のメール:") || strings.HasSuffix(line, "書きました:")
}

// reachable reports whether a line says how to reach an office.
func reachable(line string) bool {
	for _, mark := range []string{"TEL", "Tel", "tel", "電話", "〒", "ＴＥＬ", "FAX", "内線", "直通", "E-mail", "E-Mail", "Mail:", "メール"} {
		if strings.Contains(line, mark) {
			return true
		}
	}
	return false
}

// addressed reports whether a line speaks to somebody.
func addressed(line string) bool {
	for _, end := range []string{"様", "さま", "殿", "御中", "先生", "各位", "。", "、"} {
		if strings.HasSuffix(line, end) {
			return true
		}
	}
	return false
}

// otherAddress looks for an address of a protected domain that a signature gives as the sender's own.
func (r *reading) otherAddress(lines []string) (string, bool) {
	for _, line := range lines {
		at := strings.IndexByte(line, '@')
		if at < 0 || len(line) > maxSignatureLine || !reachable(line) {
			continue
		}
		from := strings.LastIndexAny(line[:at], " :<(/\t\u3000：") + 1
		a, problem := mail.EnvelopeAddress(strings.TrimRight(strings.TrimLeft(strings.Fields(line[from:] + " ")[0], "<("), ">)"))
		if problem == "" && r.lists.isProtected(a.Domain) {
			return a.String(), true
		}
	}
	return "", false
}
