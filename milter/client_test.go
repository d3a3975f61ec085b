package milter

import (
	"net/netip"
	"testing"

	"sekimori/policy"
)

func TestClient(t *testing.T) {
	addr := netip.MustParseAddr
	port := "\x9c\x40"
	for _, c := range []struct {
		name    string
		connect string
		macros  string
		want    policy.Client
	}{
		{"postfix", "mail.example.com\x004" + port + "192.0.2.7\x00", "_\x00mail.example.com [192.0.2.7]\x00",
			policy.Client{Addr: addr("192.0.2.7"), Name: "mail.example.com"}},
		{"postfix, no name", "[192.0.2.7]\x004" + port + "192.0.2.7\x00", "_\x00unknown [192.0.2.7]\x00",
			policy.Client{Addr: addr("192.0.2.7")}},
		{"postfix, forged name", "[192.0.2.7]\x004" + port + "192.0.2.7\x00", "_\x00forged.example [192.0.2.7] (may be forged)\x00",
			policy.Client{Addr: addr("192.0.2.7")}},
		{"sendmail, forged name", "forged.example\x004" + port + "192.0.2.7\x00", "_\x00forged.example [192.0.2.7] (may be forged)\x00",
			policy.Client{Addr: addr("192.0.2.7")}},
		{"name that was not found", "gone.example\x004" + port + "192.0.2.7\x00", "{client_resolve}\x00TEMP\x00",
			policy.Client{Addr: addr("192.0.2.7")}},
		{"name that was found", "mail.example.com\x004" + port + "192.0.2.7\x00", "{client_resolve}\x00OK\x00",
			policy.Client{Addr: addr("192.0.2.7"), Name: "mail.example.com"}},
		{"unknown", "unknown\x004" + port + "192.0.2.7\x00", "", policy.Client{Addr: addr("192.0.2.7")}},
		{"an address for a name", "192.0.2.7\x004" + port + "192.0.2.7\x00", "", policy.Client{Addr: addr("192.0.2.7")}},
		{"postfix, IPv6", "mail.example.com\x006" + port + "2001:db8::25\x00", "",
			policy.Client{Addr: addr("2001:db8::25"), Name: "mail.example.com"}},
		{"sendmail, IPv6", "mail.example.com\x006" + port + "IPv6:2001:db8:0:0:0:0:0:25\x00", "",
			policy.Client{Addr: addr("2001:db8::25"), Name: "mail.example.com"}},
		{"mapped", "[::ffff:192.0.2.7]\x006" + port + "::ffff:192.0.2.7\x00", "", policy.Client{Addr: addr("192.0.2.7")}},
		{"zone", "[fe80::1]\x006" + port + "fe80::1%eth0\x00", "", policy.Client{Addr: addr("fe80::1")}},
		{"address that is none", "x.example\x004" + port + "999.1.1.1\x00", "", policy.Client{Name: "x.example"}},
		{"no address", "x.example\x004" + port, "", policy.Client{Name: "x.example"}},
		{"pickup", "localhost\x004\x00\x00127.0.0.1\x00", "_\x00localhost [127.0.0.1]\x00",
			policy.Client{Addr: addr("127.0.0.1"), Name: "localhost", Local: true}},
		{"loopback by SMTP", "localhost\x004" + port + "127.0.0.1\x00", "_\x00localhost [127.0.0.1]\x00",
			policy.Client{Addr: addr("127.0.0.1"), Name: "localhost"}},
		{"port 0 from elsewhere", "localhost\x004\x00\x00192.0.2.7\x00", "",
			policy.Client{Addr: addr("192.0.2.7"), Name: "localhost"}},
		{"sendmail -bs", "localhost\x00U", "", policy.Client{Name: "localhost", Local: true}},
		{"unix socket", "localhost\x00L\x00\x00/run/x\x00", "", policy.Client{Name: "localhost", Local: true}},
		{"a client that is gone", "unknown\x00U", "", policy.Client{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := start(t, nil)
			m := r.connect()
			m.negotiate(6, allActions, allProtocol)
			m.write(cmdMacro, "C", c.macros)
			m.write(cmdConnect, c.connect)
			m.say(cmdMail, "<>\x00")
			m.write(cmdAbort)
			if got := r.record().Message.Client; got != c.want {
				t.Errorf("got %+v, want %+v", got, c.want)
			}
		})
	}
}

func TestConnectThatCannotBeRead(t *testing.T) {
	for _, payload := range []string{"", "host", "host\x00", "host\x004", "host\x006\x00"} {
		r := start(t, nil)
		m := r.connect()
		m.negotiate(6, allActions, allProtocol)
		m.write(cmdConnect, payload)
		m.closed()
		if n := r.counts.get("protocol"); n != 1 {
			t.Errorf("%q: %d protocol errors counted, want 1", payload, n)
		}
	}
}

func TestPlainAddress(t *testing.T) {
	for _, c := range []struct{ arg, local, domain, bad string }{
		{"<a@Example.COM>", "a", "example.com", ""},
		{"a@b@example.com", "a@b", "example.com", ""},
		{"<a@[192.0.2.1]>", "a", "", ""},
		{"<postmaster>", "postmaster", "", ""},
		{"<a@exa mple>", "a", "", "its domain is not a domain name"},
		{"<>", "", "", ""},
	} {
		a, bad := plainAddress(c.arg)
		if a.Local != c.local || string(a.Domain) != c.domain || bad != c.bad {
			t.Errorf("%s: %+v, %q", c.arg, a, bad)
		}
	}
}
