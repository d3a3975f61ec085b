package milter

import (
	"fmt"
	"io/fs"
	"net"
	"net/netip"
	"path/filepath"
	"strconv"
	"strings"
)

// Endpoint is where a milter listens, as an MTA's configuration writes it.
type Endpoint struct {
	Network string // "tcp", "tcp4", "tcp6" or "unix"
	Address string // host:port, or a path
}

// String returns the address as Postfix writes it.
func (a Endpoint) String() string {
	if a.Network == "unix" {
		return "unix:" + a.Address
	}
	return "inet:" + a.Address
}

// ParseEndpoint reads the address of a milter in the spellings of Postfix and Sendmail: unix:/path, local:/path, /path,
// inet:port@host, inet:host:port, inet6:port@host, inet6:[host]:port and host:port. A host must be there: a milter
// trusts whoever connects, so that it is never opened to every interface by an omission.
func ParseEndpoint(s string) (Endpoint, error) {
	if strings.HasPrefix(s, "/") {
		return Endpoint{Network: "unix", Address: s}, nil
	}
	kind, rest, _ := strings.Cut(s, ":")
	switch kind {
	case "unix", "local":
		if !filepath.IsAbs(rest) {
			return Endpoint{}, fmt.Errorf("%q: the path of a socket must be absolute", s)
		}
		return Endpoint{Network: "unix", Address: rest}, nil
	case "inet":
		return parseInet(s, "tcp", rest)
	case "inet6":
		return parseInet(s, "tcp6", rest)
	}
	return parseInet(s, "tcp", s)
}

func parseInet(whole, network, s string) (Endpoint, error) {
	port, host, ok := strings.Cut(s, "@")
	if ok {
		host = strings.TrimSuffix(strings.TrimPrefix(host, "["), "]")
	} else {
		var err error
		if host, port, err = net.SplitHostPort(s); err != nil {
			return Endpoint{}, fmt.Errorf(
				"%q is not the address of a milter: inet:PORT@HOST, HOST:PORT and unix:/PATH are possible", whole)
		}
	}
	if host == "" {
		return Endpoint{}, fmt.Errorf("%q names no host: write 127.0.0.1, or 0.0.0.0 where every interface is meant", whole)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil || n == 0 && port != "0" {
		return Endpoint{}, fmt.Errorf("%q: %q is not a port", whole, port)
	}
	if a, err := netip.ParseAddr(host); network == "tcp6" && err == nil && a.Unmap().Is4() {
		return Endpoint{}, fmt.Errorf("%q: %s is not an IPv6 address", whole, host)
	}
	return Endpoint{Network: network, Address: net.JoinHostPort(host, port)}, nil
}

// Listen listens at addr, in a spelling of ParseEndpoint. mode and group (a name or a number; "" leaves it) are those
// of a unix socket, which nobody can connect to before it has them. A socket that nobody listens at any more is
// replaced; one that is in use is an error, and so is any other file in its place.
func Listen(addr string, mode fs.FileMode, group string) (net.Listener, error) {
	a, err := ParseEndpoint(addr)
	if err != nil {
		return nil, err
	}
	if a.Network == "unix" {
		return listenUnix(a.Address, mode, group)
	}
	ln, err := net.Listen(a.Network, a.Address)
	if err != nil {
		return nil, fmt.Errorf("listening at %s: %w", a, err)
	}
	return ln, nil
}
