package mime

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"unicode/utf16"
	"unicode/utf8"

	"sekimori/policy/mail"
)

// tnefFile makes parts of the attachments of one file. Names can come before the octets of an attachment, or behind them.
type tnefFile struct {
	r        *Reader
	part     int    // the file itself
	codepage uint32 // of names of single octets, 0 when it is not known

	leaf leaf // of the attachment that is open
	open bool
	used bool   // its octets have begun
	long string // its name
}

// close ends the attachment that is open, if one is.
func (t *tnefFile) close() {
	if t.open {
		t.leaf.end()
	}
	t.open, t.used, t.long = false, false, ""
}

// begin begins a part.
func (t *tnefFile) begin(p Part) {
	parts := t.r.content.Parts
	if len(parts) >= t.r.limits.Parts {
		t.r.halt(LimitParts)
		return
	}
	p.Parent, p.Depth = t.part, parts[t.part].Depth+1
	t.r.content.Parts = append(parts, p)
	t.r.keepNames(&t.r.content.Parts[len(parts)], 0)
	t.leaf.begin(t.r, len(parts), nil)
	t.open = true
}

// attached begins the part of an attachment.
func (t *tnefFile) attached(names []Name) {
	t.begin(Part{Type: "application/octet-stream", Disposition: DispositionAttachment, Names: names})
}

// data begins the octets of an attachment. If it has had some, the others are a part of their own with the same names: readers may
// take either.
func (t *tnefFile) data() {
	var names []Name
	if t.used {
		names = slices.Clone(t.r.content.Parts[t.leaf.part].Names)
		t.leaf.end()
		t.open = false
	}
	if !t.open {
		t.attached(names)
	}
	t.used = true
}

// filename adds a name of the attachment, of octets in the code page or wide in UTF-16. Beside a long name its short form for DOS says
// nothing more, and is left out.
func (t *tnefFile) filename(b []byte, short, wide bool) {
	text := t.decode(b, wide)
	if text == "" || short && shortens(text, t.long) {
		return
	}
	if !t.open {
		if t.attached(nil); !t.open {
			return
		}
	}
	p := &t.r.content.Parts[t.leaf.part]
	if !short {
		t.long = text
		p.Names = slices.DeleteFunc(p.Names, func(n Name) bool {
			leave := shortens(n.Text, text)
			if leave {
				t.r.names -= len(n.Text)
			}
			return leave
		})
	}
	if slices.ContainsFunc(p.Names, func(n Name) bool { return n.Text == text }) {
		return
	}
	n := Name{Text: text, Source: NameTNEF, Spelling: SpellingPlain}
	switch {
	case ascii(text):
	case wide:
		n.Spelling = SpellingWide
	default:
		n.Spelling = SpellingRaw
	}
	from := len(p.Names)
	p.name(n)
	t.r.keepNames(p, from)
}

// decode returns a name, without the NUL at its end.
func (t *tnefFile) decode(b []byte, wide bool) string {
	if !wide {
		return strings.TrimRight(mail.DecodeText(codepageCharset(t.codepage), b), "\x00")
	}
	units := make([]uint16, len(b)/2)
	for i := range units {
		units[i] = binary.LittleEndian.Uint16(b[2*i:])
	}
	return strings.TrimRight(string(utf16.Decode(units)), "\x00")
}

// shortens reports whether a name is what DOS makes of a long one (MS-FSCC, 2.1.5.2.1): a stem of at most eight characters with a tilde
// in it, and the first three letters of the extension.
func shortens(short, long string) bool {
	stem, extension := cutExtension(short)
	_, whole := cutExtension(long)
	if long == "" || utf8.RuneCountInString(stem) > 8 || strings.IndexByte(stem, '~') < 0 {
		return false
	}
	return strings.EqualFold(extension, whole[:min(len(whole), 3)])
}

func cutExtension(name string) (stem, extension string) {
	if dot := strings.LastIndexByte(name, '.'); dot >= 0 {
		return name[:dot], name[dot+1:]
	}
	return name, ""
}

// codepageCharset names the charset of a code page of Windows, "" where that is to be guessed.
func codepageCharset(page uint32) string {
	switch {
	case page == 932:
		return "shift_jis"
	case page == 936:
		return "gbk"
	case page == 949:
		return "euc-kr"
	case page == 950:
		return "big5"
	case 1250 <= page && page <= 1258 || page == 874:
		return fmt.Sprintf("windows-%d", page)
	}
	return ""
}
