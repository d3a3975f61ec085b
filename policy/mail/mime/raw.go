package mime

import "bytes"

// rawElement returns the name of an element in which there are no tags, "" for others. Tag begins with the name.
func rawElement(tag []byte) string {
	n := 0
	for n < len(tag) && !ends(tag[n]) {
		n++
	}
	if n < len("xmp") || n > len("plaintext") {
		return ""
	}
	for _, e := range [...]string{"iframe", "noembed", "noframes", "plaintext", "script", "style", "textarea", "title", "xmp"} {
		if len(e) == n && foldPrefix(tag, e) {
			return e
		}
	}
	return ""
}

// foldPrefix reports whether b begins with a word in small letters, whatever the case.
func foldPrefix(b []byte, word string) bool {
	if len(b) < len(word) {
		return false
	}
	for i := range len(word) {
		if b[i]|0x20 != word[i] || !letter(b[i]) {
			return false
		}
	}
	return true
}

// rawEnd returns where the text of an element without tags ends: at the tag that ends it, or with the input.
func rawEnd(b []byte, element string) int {
	switch element {
	case "plaintext":
		return len(b)
	case "script":
		return scriptEnd(b)
	}
	for i := 0; ; i++ {
		n := bytes.IndexByte(b[i:], '<')
		if n < 0 {
			return len(b)
		}
		if i += n; closes(b[i:], element) {
			return i
		}
	}
}

// closes reports whether b begins with the tag that ends an element.
func closes(b []byte, element string) bool {
	n := len("</") + len(element)
	return len(b) > n && b[1] == '/' && foldPrefix(b[2:], element) && ends(b[n])
}

// scriptEnd returns where a script ends. Inside <!-- a second script element can begin, whose end is not that of the first (HTML,
// 13.2.5.15 to 13.2.5.31).
func scriptEnd(b []byte) int {
	const tag = len("</script>")
	plain, inner, dashes := true, false, 0
	for i := 0; i < len(b); i++ {
		if plain {
			n := bytes.IndexByte(b[i:], '<')
			if n < 0 {
				return len(b)
			}
			i += n
		}
		switch c := b[i]; {
		case c == '-':
			dashes++
			continue
		case c == '>' && dashes >= 2:
			plain, inner = true, false
		case c != '<':
		case inner:
			if closes(b[i:], "script") {
				inner = false
				i += tag - 1
			}
		case closes(b[i:], "script"):
			return i
		case plain:
			if bytes.HasPrefix(b[i:], []byte("<!--")) {
				plain, dashes = false, 2
				i += len("<!--") - 1
				continue
			}
		case len(b)-i >= tag-1 && foldPrefix(b[i+1:], "script") && ends(b[i+tag-2]):
			inner = true
			i += tag - 2
		case i+1 < len(b) && !letter(b[i+1]) && b[i+1] != '/':
			plain = true
		}
		dashes = 0
	}
	return len(b)
}
