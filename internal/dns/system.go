package dns

import (
	"bufio"
	"fmt"
	"net/netip"
	"os"
	"strings"
)

// SystemServers reads the servers that a resolv.conf(5) file names, in its order, with port 53; "" is
// /etc/resolv.conf. A file that names none means the server of this machine, 127.0.0.1. It fails when the file cannot
// be read or names what is no address.
func SystemServers(path string) ([]netip.AddrPort, error) {
	if path == "" {
		path = "/etc/resolv.conf"
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	const port = 53
	var servers []netip.AddrPort
	lines := bufio.NewScanner(f)
	for n := 1; lines.Scan(); n++ {
		words := strings.Fields(lines.Text())
		if len(words) < 2 || words[0] != "nameserver" {
			continue
		}
		addr, err := netip.ParseAddr(words[1])
		if err != nil {
			return nil, fmt.Errorf("%s:%d: nameserver %q is no address", path, n, words[1])
		}
		servers = append(servers, netip.AddrPortFrom(addr, port))
	}
	if err := lines.Err(); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	if len(servers) == 0 {
		servers = append(servers, netip.AddrPortFrom(netip.AddrFrom4([4]byte{127, 0, 0, 1}), port))
	}
	return servers, nil
}
