package suspicion

import (
	"slices"
	"strings"
	"unicode/utf8"

	"sekimori/policy/mail/archive"
	"sekimori/policy/mail/mime"
)

// file is a part that clients show as a file, or that is one whatever they show.
type file struct {
	part  *mime.Part
	names []fileName // none where the part has no name
	inner []fileName // of the files in an archive, once they were asked for
}

// fileName is one name of a file, or of an entry in an archive.
type fileName struct {
	text      string
	extension string // in small letters, as Windows would find it; "" for none
	class     string // of the extension, "" where it is not listed
}

// fileReading is what the indicators about attachments share.
type fileReading struct {
	looked bool
	found  []file
}

// attached returns the files of a message: parts with a name, parts that are declared as attachments, and parts that are no text.
// What is shown as the text of the mail is none.
func (r *reading) attached() []file {
	if r.looked || r.in.Content == nil {
		return r.found
	}
	r.looked = true
	parts := r.in.Content.Parts
	for i := range parts {
		p := &parts[i]
		if p.Container || r.isBody(i) {
			continue
		}
		f := file{part: p}
		for _, n := range p.Names {
			f.names = append(f.names, r.fileName(n.Text))
		}
		r.found = append(r.found, f)
	}
	return r.found
}

// isBody reports whether clients show a part as the text of the mail. Some programs give such a part a name; it is a file only
// where the mail says so, or where it stands beside others in a multipart/mixed.
func (r *reading) isBody(i int) bool {
	parts := r.in.Content.Parts
	p := &parts[i]
	if !showable(p) || p.Disposition == mime.DispositionAttachment || p.Disposition == mime.DispositionOther {
		return false
	}
	if len(p.Names) == 0 || p.Parent < 0 {
		return true
	}
	parent := parts[p.Parent].Type
	return parent == "multipart/alternative" || strings.HasPrefix(parent, "message/")
}

// showable reports whether a part is text by what it declares and by what it holds.
func showable(p *mime.Part) bool {
	switch p.Kind {
	case mime.KindText, mime.KindHTML, mime.KindXML, mime.KindEmpty, mime.KindCalendar, mime.KindUnknown, mime.KindScript, "":
	case mime.KindPDF, mime.KindRTF, mime.KindPS, mime.KindQuery: // as a text about them begins, which nobody opens with a program
		if len(p.Names) > 0 {
			return false
		}
	default:
		return false
	}
	return p.Type == "" || strings.HasPrefix(p.Type, "text/") || strings.HasPrefix(p.Type, "message/")
}

func (r *reading) fileName(text string) fileName {
	n := fileName{text: text, extension: extension(text)}
	n.class = r.lists.extensions[n.extension]
	return n
}

// entries returns the names of the files in an archive. Streams of OLE files are no files.
func (r *reading) entries(f *file) []fileName {
	l := f.part.Archive
	switch {
	case f.inner != nil:
		return f.inner
	case l == nil:
		f.inner = r.compressed(f)
		return f.inner
	case l.Format == archive.OLE || f.part.Kind == mime.KindJar:
		return nil
	}
	f.inner = make([]fileName, 0, len(l.Entries))
	if f.part.Inner != "" {
		f.inner = append(f.inner, r.compressed(f)...)
	}
	for i := range l.Entries {
		if e := &l.Entries[i]; !e.Directory {
			f.inner = append(f.inner, r.fileName(baseName(e.Name)))
		}
	}
	return f.inner
}

// entryOf returns the first file of one of the classes in an archive.
func (r *reading) entryOf(f *file, classes ...string) (fileName, bool) {
	inner := r.entries(f)
	for i := range inner {
		if inner[i].class != "" && slices.Contains(classes, inner[i].class) {
			return inner[i], true
		}
	}
	return fileName{}, false
}

func baseName(path string) string { return path[strings.LastIndexAny(path, `/\`)+1:] }

// extension returns the extension by which Windows opens a name: what follows the last full stop, without the blanks, full stops
// and invisible characters at its end, up to a NUL.
func extension(name string) string {
	name, _, _ = strings.Cut(name, "\x00")
	name = strings.TrimRightFunc(name, trailing)
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || len(name)-dot-1 > maxExtension {
		return ""
	}
	return strings.ToLower(strings.TrimFunc(name[dot+1:], trailing))
}

// trailing reports whether r, at the end of a name, hides where its extension is.
func trailing(r rune) bool { return r == '.' || gap(r) || directs(r) }

// gap reports whether r is shown as nothing, or as a gap.
func gap(r rune) bool {
	switch r {
	case ' ', '\t', '\r', '\n', 0xa0, 0x3000, 0x2800, 0x3164, 0x115f, 0x1160, 0xffa0, 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff, 0xad:
		return true
	}
	return 0x2000 <= r && r <= 0x200a || r == 0x202f || r == 0x205f
}

// directs reports whether r changes the direction of what follows (Unicode Standard Annex 9).
func directs(r rune) bool {
	return 0x202a <= r && r <= 0x202e || 0x2066 <= r && r <= 0x2069 || r == 0x200e || r == 0x200f || r == 0x61c
}

// label names a file for evidence.
func (f *file) label() string {
	if len(f.names) == 0 {
		if f.part.Type != "" {
			return f.part.Type
		}
		return "part without a name"
	}
	return f.names[0].text
}

// within names an entry of an archive for evidence.
func (f *file) within(n fileName) string { return shortName(f.label()) + ": " + shortName(n.text) }

// shortName leaves room behind a name for what is to be said of it, and keeps its extension.
func shortName(s string) string {
	const most, end = 50, 12
	if len(s) <= most {
		return s
	}
	head, tail := s[:most-end], s[len(s)-end:]
	for head != "" && !utf8.ValidString(head) {
		head = head[:len(head)-1]
	}
	for tail != "" && !utf8.ValidString(tail) {
		tail = tail[1:]
	}
	return head + "…" + tail
}

// named reports whether a name of the file has an extension of a class, and returns it.
func (f *file) named(class string) (fileName, bool) {
	for _, n := range f.names {
		if n.class == class {
			return n, true
		}
	}
	return fileName{}, false
}

// firstFile returns the label of the first file that is so.
func (r *reading) firstFile(is func(*file) bool) (string, bool) {
	files := r.attached()
	for i := range files {
		if is(&files[i]) {
			return files[i].label(), true
		}
	}
	return "", false
}
