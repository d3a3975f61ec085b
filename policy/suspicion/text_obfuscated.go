package suspicion

import (
	"strings"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// obfuscatedText lists the indicator about letters that are written so that filters miss the word.
func obfuscatedText() []Indicator {
	return []Indicator{{
		Name: "text_obfuscated", Family: policy.FamilyText, Points: 30,
		Definition: "characters that cannot be seen inside words (one in the Subject or the name of the author, three in the text), words in mathematical letters, or the name of an organisation spaced out in the Subject; not joiners of emoji, hyphenation of Latin words, or padding behind a preheader",
		Source:     "Subject: 1.0 % of 837 Japanese phishing mails, 0 in ham; text: 1.0 %, at most 0.13 % of new ham",
		find:       (*reading).obfuscated,
	}}
}

const (
	hiddenInBody = 3 // characters inside words of the text
	mathWord     = 4 // mathematical letters in a row that are a word and no formula
	mathInBody   = 2 // such words in the text
	spacedWord   = 3 // characters of a name that is spaced out
)

func (r *reading) obfuscated() (string, bool) {
	t := r.readText()
	for _, f := range mail.Index(r.in.Message.Header, "From") {
		var c disguise
		if c.read(mail.DecodeWords(f.Value)); c.hidden > 0 || c.words > 0 {
			return "From: " + c.evidence, true
		}
		break
	}
	if !plainASCII(t.subject) {
		var c disguise
		c.read(t.subject)
		if c.hidden > 0 || c.words > 0 {
			return "Subject: " + c.evidence, true
		}
		if name := r.spacedName(t.subject); name != "" {
			return "Subject: " + name, true
		}
	}
	var c disguise
	for _, s := range t.bodies {
		c.read(s)
		if c.hidden >= hiddenInBody || c.words >= mathInBody {
			return c.evidence, true
		}
	}
	return "", false
}

// disguise counts what hides words from filters.
type disguise struct {
	hidden   int // characters that cannot be seen, between two letters
	words    int // words in mathematical letters
	evidence string
}

func (c *disguise) read(s string) {
	if s = s[suspect(s):]; s == "" {
		return
	}
	var before, between rune // the last letter, and what cannot be seen behind it
	at, run := 0, 0
	for i, r := range s {
		switch {
		case r < utf8.RuneSelf:
			if !wordLetter(r) {
				before, between = 0, 0
				break
			}
			c.letter(s, at, i, before, between, r)
			before, between, at = r, 0, i
		case unseen(r) || selector(r):
			if between == 0 {
				between = r
			}
		case wordLetter(r):
			c.letter(s, at, i, before, between, r)
			before, between, at = r, 0, i
		default:
			before, between = 0, 0
		}
		if mathematical(r) {
			if run++; run == mathWord {
				c.words++
				c.see(s, i-(mathWord-1)*utf8.RuneLen(r), i)
			}
			continue
		}
		run = 0
	}
}

// suspectContext is how many characters before the first suspect one are read: the letter before it, and what shows where it stands.
const suspectContext = 4

// suspect returns where to begin reading s: a little before the first thing that disguise looks for, len(s) where there is none. Nearly every
// text ends here, in one look at its octets.
func suspect(s string) int {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c < utf8.RuneSelf {
			i += asciiLength(s[i:]) - 1
			continue
		}
		if c < 0xc2 {
			continue
		}
		if 0xe3 <= c && c <= 0xe9 && wideLead(s, i) && (c != 0xe3 || s[i+1] != 0x85) { // kana and kanji, but for U+3140 to U+317F
			i += 2
			continue
		}
		if i+1 < len(s) && suspectPair(c, s[i+1]) {
			if r, _ := utf8.DecodeRuneInString(s[i:]); disguising(r) {
				for range suspectContext {
					_, before := utf8.DecodeLastRuneInString(s[:i])
					i -= before
				}
				return i
			}
		}
		if wideLead(s, i) {
			i += 2
		}
	}
	return len(s)
}

// disguising reports whether r is anything that disguise looks for.
func disguising(r rune) bool { return unseen(r) || selector(r) || mathematical(r) }

// suspectPair reports whether a character that begins with these octets may be one that disguise looks for.
func suspectPair(a, b byte) bool {
	switch a {
	case 0xc2:
		return b == 0xad
	case 0xcd, 0xd8, 0xe1:
		return true
	case 0xe2:
		return b == 0x80 || b == 0x81
	case 0xe3:
		return b == 0x85
	case 0xef:
		return b == 0xb8 || b == 0xbb || b == 0xbe
	case 0xf0:
		return b == 0x9d
	}
	return false
}

// letter takes the letter at i, before which stands something that cannot be seen, and before that the letter at the place at.
func (c *disguise) letter(s string, at, i int, before, between, r rune) {
	switch {
	case before == 0 || between == 0:
		return
	case between == 0xad && !(cjk(before) && cjk(r)): // hyphenation
		return
	case selector(between) && !kana(before) && before >= utf8.RuneSelf: // a form of the kanji before it
		return
	}
	c.hidden++
	c.see(s, at, i)
}

// see keeps the word around the first thing that was found, with its unseen characters written out.
func (c *disguise) see(s string, from, to int) {
	if c.evidence != "" {
		return
	}
	const around = 12
	var b strings.Builder
	for _, r := range strings.ToValidUTF8(s[max(0, from-around):min(len(s), to+around)], "") {
		if unseen(r) || selector(r) {
			b.WriteString("<" + codePoint(r) + ">")
			continue
		}
		b.WriteRune(r)
	}
	c.evidence = strings.TrimSpace(b.String())
}

// spacedName returns the name of an organisation whose characters stand apart in s, "" for none: 東 京 電 力. Headings such as 議 事 次 第
// are written so in honest mail, and letterheads in its text, hence names in the Subject only.
func (r *reading) spacedName(s string) string {
	var run []rune
	flush := func() string {
		joined := string(run)
		run = run[:0]
		if utf8.RuneCountInString(joined) < spacedWord {
			return ""
		}
		return r.nameIn(joined)
	}
	alone := true // no letter stands directly before
	for _, c := range s {
		switch {
		case c == ' ' || c == '\u3000':
			alone = true
			continue
		case cjk(c) || c == 'ー':
			if !alone {
				if len(run) > 0 { // the letter before belonged to a longer word
					run = run[:len(run)-1]
				}
				if name := flush(); name != "" {
					return name
				}
				alone = false
				continue
			}
			run = append(run, c)
		default:
			if name := flush(); name != "" {
				return name
			}
			alone = !wordLetter(c)
			continue
		}
		alone = false
	}
	return flush()
}

// nameIn returns the name of an organisation in s that no author may bear.
func (r *reading) nameIn(s string) string {
	for at, c := range s {
		for _, n := range r.lists.bodies.byRune[c] {
			if strings.HasPrefix(s[at:], n.text) && utf8.RuneCountInString(n.text) >= spacedWord && !r.authorBears(n) {
				return n.name
			}
		}
	}
	return ""
}

func (r *reading) authorBears(n spelling) bool {
	for _, a := range r.in.Facts.Authors {
		if mayBear([]spelling{n}, a.Address.Domain) {
			return true
		}
	}
	return false
}
