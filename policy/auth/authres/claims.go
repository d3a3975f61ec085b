package authres

import "strings"

// Claims reports whether any reader could take a field with this value for one of ours: whether its authserv-id is, or
// could be read as, one of ids or a name below one. Ids that are empty are passed over.
//
// It is meant to err on the side of yes. A field whose id cannot be read by the grammar, with a control character or an
// 8-bit octet before its first result, with anything else than a version behind the id, is ours whatever it says. So
// is one that has quotes, backslashes or comments about its id and one of ids anywhere in it, since readers disagree on
// where such an id ends; and one in which a part between semicolons begins with one of ids.
func Claims(value string, ids []string) bool {
	id, simple, ok := readableHead(value)
	if !ok {
		return true
	}
	for _, own := range ids {
		own = strings.TrimRight(own, ".")
		if own == "" {
			continue
		}
		if mentions(id, own) || partBegins(value, own) {
			return true
		}
		if !simple && (mentions(value, own) || mentions(unquoted.Replace(value), own)) {
			return true
		}
	}
	return false
}

// Names reports whether a field of which Claims is true bears one of ids, rather than being claimed only because nobody can tell its
// authserv-id. Honest mail has many of the latter: Exchange Online sends out fields without an id.
func Names(value string, ids []string) bool {
	plain := unquoted.Replace(value)
	for _, own := range ids {
		if own = strings.TrimRight(own, "."); own != "" && (mentions(value, own) || mentions(plain, own)) {
			return true
		}
	}
	return false
}

// readableHead reads the id by the grammar. It reports whether it stands there without any decoration, and whether it
// could be read at all.
func readableHead(value string) (id string, simple, ok bool) {
	if len(value) > MaxField {
		return "", false, false
	}
	x := scanner{s: value}
	id, _, err := x.head()
	if err != nil || !x.end() && x.peek() != ';' {
		return "", false, false
	}
	simple = true
	for i := range x.pos {
		switch c := value[i]; {
		case c == '"' || c == '\\' || c == '(' || c == ')':
			simple = false
		case c >= 0x7f || c < ' ' && c != '\t' && c != '\n' && c != '\r':
			return "", false, false
		}
	}
	return id, simple, true
}

// unquoted takes off what some readers take off and some read as the end of a name.
var unquoted = strings.NewReplacer(`"`, "", `\`, "")

// mentions reports whether own, or a name below it, stands in s: without regard to case, not as the end or the beginning
// of a longer label, and not as the beginning of a longer name. Dots behind it do not count.
func mentions(s, own string) bool {
	for i := 0; i+len(own) <= len(s); i++ {
		if i > 0 && nameByte(s[i-1]) && s[i-1] != '.' || !strings.EqualFold(s[i:i+len(own)], own) {
			continue
		}
		rest := s[i+len(own):]
		tail := strings.TrimLeft(rest, ".")
		if tail == "" || !nameByte(tail[0]) || len(rest)-len(tail) > 1 {
			return true
		}
	}
	return false
}

// partBegins reports whether some part after a semicolon begins with own, where a method should stand.
func partBegins(value, own string) bool {
	for {
		_, rest, found := strings.Cut(value, ";")
		if !found {
			return false
		}
		part := strings.TrimLeft(rest, " \t\r\n\"\\()")
		if end := strings.IndexAny(part, " \t\r\n;=\""); end >= 0 {
			part = part[:end]
		}
		if mentions(part, own) {
			return true
		}
		value = rest
	}
}
