package link

import (
	"strings"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// Bare reports whether the letters, digits, dots, hyphens and underscores text[from:to], which nothing like them touches, are a
// host that clients make a link of although no scheme stands before it, and where its authority, port included, ends.
//
// Clients differ: some take every name under a top-level domain, some none. Names of files, packages and objects, abbreviations,
// and two sentences without a blank between them look the same, so that a name is taken only where something more speaks for it: an
// address behind it, three labels, or a domain under which nobody writes words by accident. Addresses of mailboxes, parts of paths and
// what a report keeps from being clicked (example[.]com) are none.
func Bare(text string, from, to int) (end int, ok bool) {
	name := text[from:to]
	if len(name) > 0 && name[len(name)-1] == '.' { // the end of a sentence; of more full stops that the name was cut short
		name = name[:len(name)-1]
		to--
	}
	const shortest, longest = len("a.bc"), policy.MaxDomainLength
	if len(name) < shortest || len(name) > longest || !topLevel(name) || !opens(text[:from]) {
		return 0, false
	}
	rest := text[to:]
	port := portLength(rest)
	goesOn := len(rest) > port && continues(rest[port:])
	if port == 0 && !goesOn && !closes(rest) {
		return 0, false
	}
	if !nameTaken(name, goesOn) {
		return 0, false
	}
	return to + port, true
}

// opens reports whether a host can begin behind before.
func opens(before string) bool {
	if before == "" {
		return true
	}
	switch before[len(before)-1] {
	case '@', '/', '\\', '$', '%', '&', '=', '+', '~', '#', ']', ')', '}':
		return false
	case ':': // std::string
		return !strings.HasSuffix(before, "::")
	}
	return true
}

// portLength returns the length of a port and its colon, 0 for none.
func portLength(rest string) int {
	const longest = len(":65535")
	n := 1
	if rest == "" || rest[0] != ':' {
		return 0
	}
	for n < len(rest) && '0' <= rest[n] && rest[n] <= '9' {
		n++
	}
	if n == 1 || n > longest || n < len(rest) && !strings.ContainsRune("/?#,.;:)>]\"' \t\r\n", rune(rest[n])) {
		return 0
	}
	return n
}

// continues reports whether rest is the path, query or fragment of an address. A question mark ends a sentence as well.
func continues(rest string) bool {
	switch rest[0] {
	case '/':
		return true
	case '?', '#':
		return len(rest) > 1 && alphanumeric(rest[1])
	}
	return false
}

// closes reports whether a host can end in front of rest.
func closes(rest string) bool {
	if rest == "" {
		return true
	}
	switch rest[0] {
	case '@', '=', '[', '{', '\\', '$', '%', '+', '~', '&', '/':
		return false
	case '(': // a call; Japanese explains in such brackets what it is
		return len(rest) > 1 && rest[1] >= 0x80
	case ':':
		return len(rest) == 1 || !alphanumeric(rest[1]) && rest[1] != ':' && rest[1] != '/'
	}
	return !strings.HasPrefix(rest, "…")
}

func alphanumeric(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' || '0' <= c && c <= '9' }

// topLevel reports whether the last label of a name is written as one: in ASCII, because names of all letters with Latin ones among
// them are what deceives; and in small letters, because a capital begins the next sentence, except where all of a name of three labels
// is in capitals. What files of an office end in is passed over here, before anything is looked up.
func topLevel(name string) bool {
	label := name[strings.LastIndexByte(name, '.')+1:]
	small, large := 0, 0
	for i := 0; i < len(label); i++ {
		switch c := label[i]; {
		case c >= utf8.RuneSelf:
			return false
		case 'a' <= c && c <= 'z':
			small++
		case 'A' <= c && c <= 'Z':
			large++
		}
	}
	const shortest = 2
	if large > 0 {
		return small == 0 && name == strings.ToUpper(name) && strings.Count(name, ".") > 1
	}
	switch label {
	case "pdf", "doc", "docx", "xls", "xlsx", "ppt", "pptx", "csv", "txt", "html", "htm", "jpg", "png", "gif", "exe", "dll", "js", "css", "php", "xml", "json", "log":
		return false
	}
	return small >= shortest
}

// nameTaken reports whether a name, with something behind it or not, is more likely that of a host than of a file or an object, or an
// abbreviation and the word that follows.
func nameTaken(s string, goesOn bool) bool {
	labels := 0
	for rest, more := s, true; more; labels++ {
		var label string
		label, rest, more = strings.Cut(rest, ".")
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' || strings.IndexByte(label, '_') >= 0 {
			return false // nothing that people call a host
		}
	}
	d, ok := mail.Domain(s)
	if !ok {
		return false
	}
	name := string(d)
	top := name[strings.LastIndexByte(name, '.')+1:]
	switch {
	case goesOn && labels == 2:
		return !sourceSuffix(top) && KnownSuffix(d)
	case goesOn:
		return KnownSuffix(d)
	case labels == 2 && !usual(top), FileSuffix(top), top == "in": // Makefile.in
		return false
	}
	suffix, known := suffixOf(name)
	if !known {
		return false
	}
	registered := name[:len(name)-len(suffix)-1]
	registered = registered[strings.LastIndexByte(registered, '.')+1:]
	return len(registered) > 1 && (usual(top) || strings.Trim(registered, "0123456789") != "")
}

// usual reports whether people write names of two labels under a top-level domain, and neither files nor sentences end in what it
// is called. Those of which abuse is reported most are among them.
func usual(top string) bool {
	switch top {
	case "com", "net", "org", "info", "biz", "edu", "gov", "jp", "cn", "kr", "tw", "hk", "vn", "ru", "su", "eu", "de", "fr", "uk", "nl", "br", "tk", "gq",
		"xyz", "icu", "cfd", "cyou", "sbs", "buzz", "shop", "store", "site", "online", "top", "club", "website", "vip", "bond", "tokyo", "asia", "monster":
		return true
	}
	return false
}

// FileSuffix reports whether a top-level domain is also what names of files and objects end in, or a word.
func FileSuffix(top string) bool {
	switch top {
	case "pl", "ai", "app", "cc", "ml", "do", "pub", "cab", "box", "page", "gdn", "ms", "tf", "mm", "as", "vi":
		return true
	}
	return sourceSuffix(top)
}

// sourceSuffix reports whether names of files end in a top-level domain so often that a slash behind it stands between two files, or is
// the directory of an archive.
func sourceSuffix(top string) bool {
	switch top {
	case "zip", "mov", "md", "py", "sh", "rs", "ps", "so", "bat", "java":
		return true
	}
	return false
}
