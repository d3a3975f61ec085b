package link

import (
	"encoding/base64"
	"strings"
)

// Behind adds to list the addresses that u was made of, where it was: the one that a rewriting gateway replaced, else whatever
// address stands in it, because any host may lead on to it. Rewriter is that of its host, nil for none.
func Behind(list []string, u *URL, rewriter Rewriter) []string {
	if rewriter != nil {
		if s := rewriter(u); s != "" {
			return append(list, s)
		}
	}
	return Carried(list, u.Rest)
}

// MaxCarried is how many addresses Carried finds in one: as it stands, escaped once, escaped twice, and in base64.
const MaxCarried = 4

// Carried adds to list the addresses on the web that stand anywhere in path, query or fragment of an address, as redirectors,
// rewriting gateways and counters of visits carry them: for each of the MaxCarried ways of writing the first. Each goes on to the
// end of what it stands in, because nobody knows where it ends and what is part of it; ReadCarried reads such an address, and what
// it carries itself, or what stands behind it, is found by asking again.
func Carried(list []string, rest string) []string {
	const http64 = "aHR0c" // http
	packed := strings.Index(rest, http64)
	if packed >= 0 {
		if s := packedAddress(rest[packed:]); s != "" {
			list = append(list, s)
		}
	}
	for range MaxCarried - 1 {
		if at := webAddress(rest); at >= 0 {
			list = append(list, rest[at:])
			rest = rest[:at]
		}
		plain := Unescape(rest)
		if len(plain) == len(rest) {
			break
		}
		rest = plain
	}
	return list
}

// webAddress returns where http: or https: and a slash begin in s, -1 for nowhere.
func webAddress(s string) int {
	const shortest = len("http:/")
	for from := 0; ; {
		n := strings.IndexByte(s[from:], ':')
		if n < 0 {
			return -1
		}
		colon := from + n
		from = colon + 1
		if from == len(s) || !slash(s[from]) {
			continue
		}
		for _, scheme := range []string{"https", "http"} {
			if begin := colon - len(scheme); begin >= 0 && from-begin >= shortest-1 && strings.EqualFold(s[begin:colon], scheme) {
				return begin
			}
		}
	}
}

// packedAddress decodes an address in base64, either alphabet, up to the first octet that cannot be part of one.
func packedAddress(s string) string {
	b := make([]byte, 0, 256)
	for i := 0; i < len(s) && len(b) < MaxURL; i++ {
		c := s[i]
		switch {
		case c == '+':
			c = '-'
		case c == '/':
			c = '_'
		case 'a' <= c|0x20 && c|0x20 <= 'z', '0' <= c && c <= '9', c == '-', c == '_':
		default:
			i = len(s)
			continue
		}
		b = append(b, c)
	}
	const group = 4
	if len(b)%group == 1 {
		b = b[:len(b)-1]
	}
	n, err := base64.RawURLEncoding.Decode(b, b)
	if err != nil {
		return ""
	}
	for i, c := range b[:n] {
		if c <= ' ' || c >= 0x7f {
			n = i
			break
		}
	}
	if webAddress(string(b[:n])) != 0 {
		return ""
	}
	return string(b[:n])
}

// ReadCarried reads an address that stands in another one. What cannot be part of a host ends its host: a parameter behind it, or
// the text in which it stands.
func ReadCarried(s string) URL {
	from := schemeLength(s) + 1
	for from < len(s) && slash(s[from]) {
		from++
	}
	from = min(from, len(s))
	end := strings.IndexAny(s[from:], "/\\?#&;,\"'<>() ")
	if end < 0 {
		return Read(s)
	}
	end += from
	if c := s[end]; slash(c) || c == '?' || c == '#' {
		return Read(s)
	}
	u := Read(s[:end])
	u.Rest = "?" + s[end+1:]
	return u
}
