package suspicion

import (
	"net/netip"
	"strings"

	"sekimori/policy"
)

// maxURL is how much of an address is read, in octets; what follows is left out. It is more than mime.MaxTarget, so that what
// comes from a body is cut in one place only.
const maxURL = 4096

// portRefused is the port of an address that has one which no browser takes.
const portRefused = -1

// url is the address of a link as a browser takes it (URL Standard, 4.4), not as the grammar of RFC 3986 has it: backslashes are
// slashes, slashes may be missing or too many, and a host may be written in many ways.
type url struct {
	scheme    string        // in small letters, "" for a relative address
	host      policy.Domain // "" where there is none, or it is numeric or unreadable
	addr      netip.Addr    // of a numeric host
	written   string        // the host as it stands there
	disguised bool          // a numeric host in another form than four decimal numbers, or those of IPv6
	user      bool          // a user name stands before the host
	backslash bool          // a backslash ends the host, and an @ follows: for other readers it is what stands behind
	endless   bool          // it was cut before the host came to its end
	port      int           // 0 where there is none, or portRefused
	rest      string        // path, query and fragment
}

// hasHost reports whether the address leads to another machine that can be told.
func (u *url) hasHost() bool { return u.host != "" || u.addr.IsValid() }

// name returns the host for evidence.
func (u *url) name() string {
	switch {
	case u.host != "":
		return string(u.host)
	case u.addr.IsValid():
		return u.addr.String()
	}
	return u.written
}

// path, query and fragment cut the rest up, as written.
func (u *url) path() string {
	p, _, _ := strings.Cut(u.rest, "#")
	p, _, _ = strings.Cut(p, "?")
	return p
}

func (u *url) query() string {
	p, _, _ := strings.Cut(u.rest, "#")
	_, q, _ := strings.Cut(p, "?")
	return q
}

func (u *url) fragment() string {
	_, f, _ := strings.Cut(u.rest, "#")
	return f
}

// readURL reads an address. It never fails: what cannot be told is zero. The work is proportional to the input, up to maxURL.
func readURL(s string) url {
	u := splitURL(s)
	u.readHost(u.written)
	return u
}

// splitURL does the same but for reading the host.
func splitURL(s string) url {
	cut := len(s) >= maxURL
	if cut {
		s = s[:maxURL]
	}
	s = stripURL(s)
	var u url
	n := schemeLength(s)
	if n > 0 {
		u.scheme = lowerScheme(s[:n])
		s = s[n+1:]
	}
	switch {
	case webScheme(u.scheme):
		s = trimSlashes(s)
	case u.scheme != "":
		u.rest = s
		return u
	case len(s) >= 2 && slash(s[0]) && slash(s[1]):
		s = trimSlashes(s)
	case len(s) > 4 && strings.EqualFold(s[:4], "www."):
	default:
		u.rest = s
		return u
	}
	u.authority(s, cut)
	return u
}

// stripURL takes off what browsers take off: controls and blanks around it, tabs and line ends inside (URL Standard, 4.4).
func stripURL(s string) string {
	for len(s) > 0 && s[0] <= ' ' {
		s = s[1:]
	}
	for len(s) > 0 && s[len(s)-1] <= ' ' {
		s = s[:len(s)-1]
	}
	if stripped(s) {
		return s
	}
	b := make([]byte, 0, len(s))
	for i := 0; i < len(s); i++ {
		if c := s[i]; c != '\t' && c != '\n' && c != '\r' {
			b = append(b, c)
		}
	}
	return string(b)
}

// stripped reports whether stripURL leaves s as it is.
func stripped(s string) bool {
	return s == "" || s[0] > ' ' && s[len(s)-1] > ' ' && strings.IndexByte(s, '\t') < 0 && strings.IndexByte(s, '\n') < 0 && strings.IndexByte(s, '\r') < 0
}

// trimSlashes takes slashes of both kinds off the beginning.
func trimSlashes(s string) string {
	for len(s) > 0 && slash(s[0]) {
		s = s[1:]
	}
	return s
}

// schemeLength returns how long the scheme of s is, 0 when it has none.
func schemeLength(s string) int {
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case 'a' <= c|0x20 && c|0x20 <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '+' || c == '-' || c == '.'):
		case c == ':':
			return i
		default:
			return 0
		}
	}
	return 0
}

// lowerScheme returns a scheme in small letters, those of nearly every link without allocation.
func lowerScheme(s string) string {
	switch s {
	case "https", "http", "mailto", "cid":
		return s
	}
	return strings.ToLower(s)
}

// webScheme reports whether browsers read an authority behind a scheme whatever slashes there are (URL Standard, 3.1).
func webScheme(s string) bool {
	return s == "https" || s == "http" || s == "ftp" || s == "ws" || s == "wss"
}

func slash(c byte) bool { return c == '/' || c == '\\' }

// authority reads user, host and port, and keeps what follows.
func (u *url) authority(s string, cut bool) {
	end := 0
	for end < len(s) && !slash(s[end]) && s[end] != '?' && s[end] != '#' {
		end++
	}
	if end == len(s) {
		u.endless = cut
	}
	u.rest = s[end:]
	if end < len(s) && s[end] == '\\' {
		more := s[end:]
		if n := strings.IndexAny(more, "/?#"); n >= 0 {
			more = more[:n]
		}
		u.backslash = strings.IndexByte(more, '@') >= 0
	}
	s = s[:end]
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		u.user = true
		s = s[at+1:]
	}
	host, port := splitPort(s)
	u.port = readPort(port)
	u.written = host
}

// splitPort cuts host:port, also behind an address in brackets.
func splitPort(s string) (host, port string) {
	n := strings.LastIndexByte(s, ':')
	if n < 0 || strings.IndexByte(s[n:], ']') >= 0 {
		return s, ""
	}
	return s[:n], s[n+1:]
}

func readPort(s string) int {
	n := 0
	for i := 0; i < len(s); i++ {
		if s[i] < '0' || '9' < s[i] {
			return portRefused
		}
		if n = n*10 + int(s[i]-'0'); n > 65535 {
			return portRefused
		}
	}
	return n
}
