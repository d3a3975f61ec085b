package link

import "strings"

// Reader reads the addresses of one message one after the other. What stands before the path, and a host, that are those of
// the address before are not read again: most links of a mail lead to one host. The zero Reader is ready.
type Reader struct {
	last  URL
	front string // what stands before the path of last, "" where another address with the same front could be read otherwise
}

// Read reads an address as the function Read does.
func (r *Reader) Read(u *URL, s string) {
	n := len(r.front)
	tidy := stripped(s) && len(s) < MaxURL
	if n > 0 && n < len(s) && tidy && s[n] == '/' && s[:n] == r.front {
		*u = r.last
		u.Rest = s[n:]
		return
	}
	*u = split(s)
	if u.Written == r.last.Written {
		u.Host, u.Addr, u.Disguised = r.last.Host, r.last.Addr, r.last.Disguised
	} else {
		u.readHost(u.Written)
	}
	r.last, r.front = *u, ""
	if tidy && u.Written != "" && strings.HasPrefix(u.Rest, "/") {
		r.front = s[:len(s)-len(u.Rest)]
	}
}
