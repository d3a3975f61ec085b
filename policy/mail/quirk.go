package mail

import (
	"strings"
	"unicode/utf8"

	"sekimori/policy"
)

// QuirkKind is something about a header field that readers of mail take differently, or that only hides something.
type QuirkKind string

// The quirks.
const (
	QuirkDuplicate QuirkKind = "duplicate"       // a field that may be there once is there again (RFC 5322, 3.6; RFC 2045, 3)
	QuirkName      QuirkKind = "odd_name"        // the name holds what no name does: blanks, 8 bit, invisible characters
	QuirkNameBlank QuirkKind = "blank_in_name"   // a blank before the colon, or inside the name
	QuirkNUL       QuirkKind = "nul"             // a NUL in name or value
	QuirkControl   QuirkKind = "control"         // a bare CR or LF, or another control, in the value
	Quirk8Bit      QuirkKind = "raw_8bit"        // octets above 0x7f that are no UTF-8
	QuirkJIS       QuirkKind = "raw_iso_2022_jp" // escapes of ISO-2022-JP outside encoded-words
	QuirkUTF8      QuirkKind = "raw_utf8"        // UTF-8 outside encoded-words (RFC 6532)
	QuirkWordLine  QuirkKind = "encoded_newline" // an encoded-word that decodes to CR or LF
	QuirkWordNUL   QuirkKind = "encoded_nul"     // an encoded-word that decodes to NUL
	QuirkWordAt    QuirkKind = "encoded_at"      // in a field with addresses an encoded-word that decodes to an @ sign
	QuirkBidi      QuirkKind = "bidi"            // a bidirectional override, embedding or isolate (UAX 9, 2), decoded
	QuirkEmptyFold QuirkKind = "empty_fold"      // a fold that holds nothing but blanks (RFC 5322, 4.2)
	QuirkFirstFold QuirkKind = "folded_start"    // the value begins on the line after the name
)

// QuirkKinds lists every QuirkKind.
func QuirkKinds() []QuirkKind {
	return []QuirkKind{QuirkDuplicate, QuirkName, QuirkNameBlank, QuirkNUL, QuirkControl, Quirk8Bit, QuirkJIS, QuirkUTF8,
		QuirkWordLine, QuirkWordNUL, QuirkWordAt, QuirkBidi, QuirkEmptyFold, QuirkFirstFold}
}

// Quirk is one quirk of one field.
type Quirk struct {
	Kind  QuirkKind
	Field string // the name as foldName has it, in small letters, at most maxQuirkName octets
	At    int    // index in the header
}

// MaxQuirks is how many quirks Quirks returns; further ones are left out.
const MaxQuirks = 256

// maxQuirkName is how much of a field's name a Quirk repeats.
const maxQuirkName = 64

// Quirks returns what is odd about the fields of a header, in their order. It says nothing of structure inside a From,
// which Authors reads. A quirk of the encoding is told of the fields that mail clients show: addresses and Subject.
//
// What an MTA does not hand over cannot be seen here: Postfix takes blanks before the colon away and ends a header at
// the first line that is no field.
func Quirks(h policy.Header) []Quirk {
	var c quirks
	for i := range h {
		if len(c.found) >= MaxQuirks {
			break
		}
		c.field(i, &h[i])
	}
	return c.found[:min(len(c.found), MaxQuirks)]
}

// quirks collects them.
type quirks struct {
	found []Quirk
	seen  [len(singleFields)]bool
}

// singleFields may be there once.
var singleFields = [...]string{"from", "sender", "reply-to", "to", "cc", "bcc", "message-id", "in-reply-to", "references", "subject", "date",
	"mime-version", "content-type", "content-transfer-encoding", "content-disposition", "content-id"}

// addressFields are how many of singleFields, from the first, hold addresses.
const addressFields = 6

// subjectField is the place of Subject in singleFields.
const subjectField = 9

func (c *quirks) field(at int, f *policy.Field) {
	name := f.Name
	if !plainFieldName(name) {
		c.name(at, name)
		name = foldName(strings.ReplaceAll(cut(name, MaxText), "\x00", ""))
	}
	which := -1
	for i, single := range singleFields {
		if equalASCII(name, single) {
			which = i
		}
	}
	if which >= 0 {
		if c.seen[which] {
			c.add(QuirkDuplicate, at, name)
		}
		c.seen[which] = true
	}
	c.value(at, name, f.Value)
	if which >= 0 && (which < addressFields || which == subjectField) {
		c.shown(at, name, f.Value, which < addressFields)
	}
}

func (c *quirks) add(k QuirkKind, at int, name string) {
	c.found = append(c.found, Quirk{Kind: k, Field: lowerASCII(cut(name, maxQuirkName)), At: at})
}

// plainFieldName reports whether a name is one that RFC 5322, 3.6.8, allows.
func plainFieldName(name string) bool {
	for i := 0; i < len(name); i++ {
		if name[i] <= ' ' || name[i] >= 0x7f || name[i] == ':' {
			return false
		}
	}
	return name != ""
}

func (c *quirks) name(at int, name string) {
	folded := foldName(strings.ReplaceAll(cut(name, MaxText), "\x00", ""))
	if strings.ContainsAny(name, " \t") {
		c.add(QuirkNameBlank, at, folded)
	}
	if strings.IndexByte(name, 0) >= 0 {
		c.add(QuirkNUL, at, folded)
	}
	if trimmed := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\t' {
			return -1
		}
		return r
	}, name); !plainFieldName(trimmed) {
		c.add(QuirkName, at, folded)
	}
}

// value looks at the octets of a value, folded with LF or CR LF.
func (c *quirks) value(at int, name, v string) {
	nul, control, high, escape := false, false, false, false
	for i := 0; i < len(v); i++ {
		if i+8 <= len(v) && graphic(v[i:i+8]) {
			i += 7
			continue
		}
		b := v[i]
		if ' ' <= b && b < 0x7f || b == '\t' {
			continue
		}
		switch {
		case b >= 0x80:
			high = true
		case b == 0:
			nul = true
		case b == 0x1b:
			escape = true
		case b == '\r' && i+1 < len(v) && v[i+1] == '\n':
		case b == '\n' && i+1 < len(v) && (v[i+1] == ' ' || v[i+1] == '\t'):
		default:
			control = true
		}
	}
	if nul {
		c.add(QuirkNUL, at, name)
	}
	if control {
		c.add(QuirkControl, at, name)
	}
	switch {
	case high && utf8.ValidString(v):
		c.add(QuirkUTF8, at, name)
	case high:
		c.add(Quirk8Bit, at, name)
	}
	if escape {
		c.add(QuirkJIS, at, name)
	}
	if strings.IndexByte(v, '\n') >= 0 {
		c.folds(at, name, v)
	}
}

// graphic reports whether eight octets are all between a blank and a tilde, which nearly all of a header is: none is below 0x20, none
// becomes 0x80 or more when one is added.
func graphic(s string) bool {
	const each = 0x0101010101010101
	v := uint64(s[0]) | uint64(s[1])<<8 | uint64(s[2])<<16 | uint64(s[3])<<24 | uint64(s[4])<<32 | uint64(s[5])<<40 | uint64(s[6])<<48 | uint64(s[7])<<56
	return (v|(v+each)|(v-0x20*each))&(0x80*each) == 0
}

// folds looks for lines that hold nothing. A value that is empty up to the first fold is told apart.
func (c *quirks) folds(at int, name, v string) {
	first, rest, _ := strings.Cut(v, "\n")
	if trim(first) == "" {
		c.add(QuirkFirstFold, at, name)
	}
	for rest != "" {
		var line string
		line, rest, _ = strings.Cut(rest, "\n")
		if trim(line) == "" {
			c.add(QuirkEmptyFold, at, name)
			return
		}
	}
}

// shown looks at what a client makes of a value.
func (c *quirks) shown(at int, name, v string, addresses bool) {
	v = cut(v, MaxText)
	plain := ascii(v) && strings.IndexByte(v, 0x1b) < 0
	if !strings.Contains(v, "=?") {
		if !plain && strings.ContainsFunc(DecodeWords(v), bidi) {
			c.add(QuirkBidi, at, name)
		}
		return
	}
	words, together := wordsOnly(v)
	if strings.ContainsAny(words, "\r\n") {
		c.add(QuirkWordLine, at, name)
	}
	if strings.IndexByte(words, 0) >= 0 {
		c.add(QuirkWordNUL, at, name)
	}
	if addresses && (strings.IndexByte(words, '@') >= 0 || wideAt(words)) {
		c.add(QuirkWordAt, at, name)
	}
	if !plain || !together { // else there is nothing but ASCII beside what the words say
		words = DecodeWords(v)
	}
	if strings.ContainsFunc(words, bidi) {
		c.add(QuirkBidi, at, name)
	}
}

// wordsOnly returns the text of the encoded-words of a value, and nothing of what stands around them. Together says that nothing but blanks
// stands between them, so that DecodeWords reads them so too.
func wordsOnly(v string) (text string, together bool) {
	var out strings.Builder
	var run decodeRun
	region := wordRegion(v)
	plain := 0 // where the text began that is in no word
	together = true
	for i := 0; i < len(region); {
		n := strings.Index(region[i:], "=?")
		if n < 0 {
			break
		}
		i += n
		w, size := wordAt(region[i:])
		if size == 0 {
			i += 2
			continue
		}
		together = together && (!run.open || trim(v[plain:i]) == "")
		run.add(&out, w)
		i += size
		plain = i
	}
	run.flush(&out)
	return out.String(), together
}

// bidi reports whether r turns the direction of text. The marks U+200E and U+200F, which ordinary Hebrew and Arabic
// text has, do not.
func bidi(r rune) bool { return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 }
