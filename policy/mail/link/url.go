// Package link decides what an address in a mail is to a client that follows it: its host in one spelling however it is
// written, the oddities of its writing, the path by which it is compared, and the address that a service which replaced it was
// given. It does not decide what is odd enough to matter, nor which hosts are good or bad: that is package suspicion and package
// bulletin. It finds no links in HTML and asks no server where one leads.
package link

import (
	"net/netip"
	"strings"

	"sekimori/policy"
)

// MaxURL is how much of an address is read, in octets; what follows is left out. It is more than mime.MaxTarget, so that what
// comes from a body is cut in one place only.
const MaxURL = 4096

// PortRefused is the port of an address that has one which no browser takes.
const PortRefused = -1

// URL is an address as a browser takes it (URL Standard, 4.4), not as the grammar of RFC 3986 has it: backslashes are
// slashes, slashes may be missing or too many, and a host may be written in many ways.
type URL struct {
	Scheme    string        // in small letters, "" for a relative address
	Host      policy.Domain // "" where there is none, or it is numeric or unreadable
	Addr      netip.Addr    // of a numeric host
	Written   string        // the host as it stands there
	Disguised bool          // a numeric host in another form than four decimal numbers, or those of IPv6
	User      bool          // a user name stands before the host
	Backslash bool          // a backslash ends the host, and an @ follows: for other readers it is what stands behind
	Endless   bool          // it was cut before the host came to its end
	Port      int           // 0 where there is none, or PortRefused
	Rest      string        // path, query and fragment, as written
}

// HasHost reports whether the address leads to another machine that can be told.
func (u *URL) HasHost() bool { return u.Host != "" || u.Addr.IsValid() }

// Name returns the host for evidence: canonical where it can be read, else as it is written.
func (u *URL) Name() string {
	switch {
	case u.Host != "":
		return string(u.Host)
	case u.Addr.IsValid():
		return u.Addr.String()
	}
	return u.Written
}

// Canonical returns the host in the one spelling in which hosts are compared: a name as mail.Domain has it, an address as
// netip has it, that of IPv6 in brackets; "" where there is none that can be told.
func (u *URL) Canonical() string {
	switch {
	case u.Host != "":
		return string(u.Host)
	case u.Addr.Is6():
		return "[" + u.Addr.String() + "]"
	case u.Addr.IsValid():
		return u.Addr.String()
	}
	return ""
}

// OwnPort returns the port where it is another than that of the scheme (URL Standard, 3.1), 0 where it is not. An address
// without a scheme is followed by HTTP.
func (u *URL) OwnPort() int {
	usual := 80
	switch u.Scheme {
	case "https", "wss":
		usual = 443
	case "ftp":
		usual = 21
	}
	if u.Port == usual {
		return 0
	}
	return u.Port
}

// Web reports whether the scheme is one behind which browsers read a host.
func (u *URL) Web() bool { return webScheme(u.Scheme) }

// Path returns the path, as written.
func (u *URL) Path() string {
	p, _, _ := strings.Cut(u.Rest, "#")
	p, _, _ = strings.Cut(p, "?")
	return p
}

// Query returns what stands between ? and #, as written.
func (u *URL) Query() string {
	p, _, _ := strings.Cut(u.Rest, "#")
	_, q, _ := strings.Cut(p, "?")
	return q
}

// Fragment returns what stands behind #, as written.
func (u *URL) Fragment() string {
	_, f, _ := strings.Cut(u.Rest, "#")
	return f
}

// Read reads an address. It never fails: what cannot be told is zero. The work is proportional to the input, up to MaxURL.
func Read(s string) URL {
	u := split(s)
	u.readHost(u.Written)
	return u
}

// split does the same but for reading the host.
func split(s string) URL {
	cut := len(s) >= MaxURL
	if cut {
		s = s[:MaxURL]
	}
	s = strip(s)
	var u URL
	www := len(s) > 4 && strings.EqualFold(s[:4], "www.") // clients follow it, also one with a port, which reads as a scheme
	if n := schemeLength(s); n > 0 && !www {
		u.Scheme = lowerScheme(s[:n])
		s = s[n+1:]
	}
	switch {
	case webScheme(u.Scheme):
		s = trimSlashes(s)
	case u.Scheme != "":
		u.Rest = s
		return u
	case len(s) >= 2 && slash(s[0]) && slash(s[1]):
		s = trimSlashes(s)
	case www:
	default:
		u.Rest = s
		return u
	}
	u.authority(s, cut)
	return u
}

// authority reads user, host and port, and keeps what follows.
func (u *URL) authority(s string, cut bool) {
	end := 0
	for end < len(s) && !slash(s[end]) && s[end] != '?' && s[end] != '#' {
		end++
	}
	if end == len(s) {
		u.Endless = cut
	}
	u.Rest = s[end:]
	if end < len(s) && s[end] == '\\' {
		more := s[end:]
		if n := strings.IndexAny(more, "/?#"); n >= 0 {
			more = more[:n]
		}
		u.Backslash = strings.IndexByte(more, '@') >= 0
	}
	s = s[:end]
	if at := strings.LastIndexByte(s, '@'); at >= 0 {
		u.User = true
		s = s[at+1:]
	}
	host, port := splitPort(s)
	u.Port = readPort(port)
	u.Written = host
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
			return PortRefused
		}
		if n = n*10 + int(s[i]-'0'); n > 65535 {
			return PortRefused
		}
	}
	return n
}
