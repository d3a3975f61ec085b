package link

import (
	"encoding/base64"
	"strings"
)

// embedded reads an address that stands in the path, escaped or not.
func embedded(u *URL) string {
	path := u.Rest
	for _, mark := range []string{"/https:", "/http:", "/https%3a", "/http%3a", "/https%3A", "/http%3A"} {
		if n := strings.Index(path, mark); n >= 0 {
			s := path[n+1:]
			if strings.Contains(mark, "%") {
				s, _, _ = strings.Cut(s, "/") // what follows is the service's own
			}
			return Unescape(s)
		}
	}
	return ""
}

// LeadsOn returns the address to which a redirector sends, "" where it cannot be told: a parameter that is an address, also in the
// base64 of Bing, or an address in the path. It does not ask whether the host is one.
func LeadsOn(u *URL) string {
	query := u.Query()
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		_, v, _ := strings.Cut(p, "=")
		v = Unescape(v)
		if absolute(v) {
			return v
		}
		if packed, ok := strings.CutPrefix(v, "a1"); ok {
			if b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(packed, "=")); err == nil && absolute(string(b)) {
				return string(b)
			}
		}
	}
	if s := embedded(u); s != "" {
		return s
	}
	if absolute(u.Query()) {
		return Unescape(u.Query())
	}
	return ""
}

// Given returns the first parameter of a query that is an address as a whole, "" for none. One within a text that is handed on is
// what the text is about, and not where the link leads.
func Given(query string) string {
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		_, v, _ := strings.Cut(p, "=")
		if absolute(v) {
			return Unescape(v)
		}
	}
	return ""
}

// absolute reports whether s is an address on the web by itself, escaped once more or not.
func absolute(s string) bool {
	const longest = len("https%3a")
	if len(s) < longest {
		return false
	}
	if s[0]|0x20 != 'h' {
		return false
	}
	head := strings.ToLower(s[:longest])
	return strings.HasPrefix(head, "http:/") || strings.HasPrefix(head, "https:/") || strings.HasPrefix(head, "http%3a") || head == "https%3a"
}
