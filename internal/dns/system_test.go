package dns

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestSystemServers(t *testing.T) {
	path := filepath.Join(t.TempDir(), "resolv.conf")
	tests := []struct{ text, want, fail string }{
		{"# comment\nsearch example.jp\nnameserver 192.0.2.1\nnameserver\t2001:db8::1 \n", "192.0.2.1:53 [2001:db8::1]:53", ""},
		{"nameserver fe80::1%eth0\n", "[fe80::1%eth0]:53", ""},
		{"options edns0\nnameserver\n", "127.0.0.1:53", ""},
		{"\nnameserver dns.example\n", "", path + `:2: nameserver "dns.example" is no address`},
	}
	for _, tt := range tests {
		if err := os.WriteFile(path, []byte(tt.text), 0o600); err != nil {
			t.Fatal(err)
		}
		got, err := SystemServers(path)
		if tt.fail != "" {
			if err == nil || err.Error() != tt.fail {
				t.Errorf("%q: %v, want %s", tt.text, err, tt.fail)
			}
			continue
		}
		var want []netip.AddrPort
		for _, s := range strings.Fields(tt.want) {
			want = append(want, netip.MustParseAddrPort(s))
		}
		if err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %v, %v; want %v", tt.text, got, err, want)
		}
	}
	if _, err := SystemServers(filepath.Join(t.TempDir(), "absent")); err == nil {
		t.Error("a file that is not there is read")
	}
}
