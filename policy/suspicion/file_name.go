package suspicion

import (
	"strings"
	"unicode/utf8"

	"sekimori/policy"
)

// fileNames lists the indicator about names that show something else than what opens.
func fileNames() []Indicator {
	return []Indicator{{
		Name: "attach_name_deceptive", Family: policy.FamilyAttachment, Points: 70,
		Definition: "a name with two extensions of which the last one opens a door, with characters that turn the direction of writing, with a gap before the extension, with a full stop, blank or NUL that hides it, or names that differ in it",
		Source:     "IPA; Sublime attachment_filename_with_unicode_rtlo, attachment_filename_containing_unicode_braille_pattern_blank_character; MITRE T1036.002, T1036.007; measured: 0.05 % of phish, no honest mail",
		find:       (*reading).deceptiveName,
	}}
}

func (r *reading) deceptiveName() (string, bool) {
	files := r.attached()
	for i := range files {
		f := &files[i]
		for _, n := range f.names {
			if trick := deceives(n); trick != "" {
				return shortName(n.text) + " (" + trick + ")", true
			}
		}
		if what, ok := f.differs(); ok {
			return what, true
		}
		for _, n := range r.entries(f) {
			if trick := deceives(n); trick != "" {
				return f.within(n) + " (" + trick + ")", true
			}
		}
	}
	return "", false
}

// deceives says by which trick a name hides its extension, "" for none.
func deceives(n fileName) string {
	switch {
	case strings.IndexByte(n.text, 0) >= 0:
		return "NUL"
	case turned(n.text):
		return "direction of writing"
	case gapped(n.text):
		return "gap"
	case !n.opens():
		return ""
	case hiddenEnd(n.text):
		return "end of the name"
	case doubled(n):
		return "two extensions"
	}
	return ""
}

// opens reports whether the extension is of a class that acts when the file is opened.
func (n fileName) opens() bool {
	return n.class == fileExecutable || n.class == fileDiskImage || n.class == fileMacro || n.class == fileHTML
}

// turned reports whether characters turn the direction of writing. The one that Windows puts in front of a path that is copied from
// its dialogue turns nothing.
func turned(name string) bool {
	name = strings.TrimPrefix(name, "\u202a")
	for i, c := range name {
		if c >= 0x202a && directs(c) && (c != 0x202c || i < len(name)-len("\u202c")) {
			return true
		}
	}
	return false
}

// minGap is how many blanks in a row push an extension out of sight.
const minGap = 5

// gapped reports whether there is a gap in front of the extension, or one character that is shown as a gap and has no other use.
func gapped(name string) bool {
	if plainName(name) && !strings.Contains(name, "     ") {
		return false
	}
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 {
		return false
	}
	run := 0
	for _, c := range name[:dot] {
		switch {
		case c == 0x2800 || c == 0x3164 || c == 0xffa0:
			return true
		case gap(c):
			if run++; run >= minGap {
				return true
			}
		default:
			run = 0
		}
	}
	return false
}

func plainName(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] >= utf8.RuneSelf {
			return false
		}
	}
	return true
}

// hiddenEnd reports whether something follows the extension that Windows takes off and a filter may not.
func hiddenEnd(name string) bool {
	r, size := utf8.DecodeLastRuneInString(name)
	return size > 0 && trailing(r)
}

// doubled reports whether an extension of a document stands in front of the last one.
func doubled(n fileName) bool {
	stem := strings.TrimRightFunc(n.text, trailing)
	stem = strings.TrimRightFunc(stem[:max(0, strings.LastIndexByte(stem, '.'))], trailing)
	switch extension(stem) {
	case "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "rtf", "txt", "csv", "jtd", "jpg", "jpeg", "png", "gif", "bmp", "tif", "tiff", "odt", "ods", "mp3", "mp4", "zip":
		return true
	}
	return false
}

// differs reports whether two names of a part have different extensions, of which one opens a door: a filter sees one, a client the
// other. Names that differ otherwise are common, because old programs get one without the characters it has.
func (f *file) differs() (string, bool) {
	for i, a := range f.names {
		for _, b := range f.names[i+1:] {
			if a.extension != b.extension && (a.opens() && b.extension != "" || b.opens() && a.extension != "") {
				return shortName(a.text) + " / " + shortName(b.text), true
			}
		}
	}
	return "", false
}
