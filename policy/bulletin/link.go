package bulletin

import (
	"strconv"

	"sekimori/policy/mail/link"
)

// leads reports whether an address leads to a host on the web that can be told. mailto:, cid: and a path do not; what has no
// scheme does where it begins with www. or two slashes.
func leads(u *link.URL) bool { return u.HasHost() && u.Port != link.PortRefused }

// appendHost writes host and port as they are compared; the port of the scheme is left out.
func appendHost(b []byte, u *link.URL) []byte {
	b = append(b, u.Canonical()...)
	if port := u.OwnPort(); port != 0 {
		b = strconv.AppendInt(append(b, ':'), int64(port), 10)
	}
	return b
}
