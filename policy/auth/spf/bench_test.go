package spf

import (
	"context"
	"net/netip"
	"strings"
	"testing"

	library "blitiri.com.ar/go/spf"

	"sekimori/policy"
)

// benchZone holds an ordinary record: two includes and some networks; the client is in the last.
func benchZone() *zone {
	z := testZone(
		"example.jp TXT v=spf1 ip4:198.51.100.0/24 ip4:203.0.113.4 include:_spf.example.net include:spf.mail.example.com -all",
		"_spf.example.net TXT v=spf1 "+repeat(8, "ip4:198.51.#.0/22")+" ip6:2001:db8:1::/48 ~all",
		"spf.mail.example.com TXT v=spf1 "+repeat(8, "ip4:203.0.#.0/24")+" ip4:192.0.2.0/24 -all",
	)
	z.warm = true
	return z
}

func BenchmarkCheck(b *testing.B) {
	z := benchZone()
	c := New(Config{Resolver: z})
	q := queryFrom("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		if r := c.Check(context.Background(), q); r.Result != policy.ResultPass {
			b.Fatal(r)
		}
	}
}

func BenchmarkCheckParallel(b *testing.B) {
	c := New(Config{Resolver: benchZone()})
	q := queryFrom("192.0.2.1")
	b.ReportAllocs()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			c.Check(context.Background(), q)
		}
	})
}

// BenchmarkCheckUnread pays for reading each record each time.
func BenchmarkCheckUnread(b *testing.B) {
	z := benchZone()
	q := queryFrom("192.0.2.1")
	b.ReportAllocs()
	for b.Loop() {
		New(Config{Resolver: z}).Check(context.Background(), q)
	}
}

func BenchmarkLibrary(b *testing.B) {
	z := libraryZone{benchZone()}
	ip := netip.MustParseAddr("192.0.2.1").AsSlice()
	b.ReportAllocs()
	for b.Loop() {
		if r, err := library.CheckHostWithSender(ip, "mail.example.net", "user@example.jp", library.WithResolver(z)); r != library.Pass {
			b.Fatal(r, err)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	record := "v=spf1 " + repeat(20, "ip4:198.51.#.0/24") + " a mx:example.jp include:_spf.example.net exists:%{i}._spf.%{d2} ~all"
	b.ReportAllocs()
	b.SetBytes(int64(len(record)))
	for b.Loop() {
		if _, mistakes := Read(record); mistakes != nil {
			b.Fatal(mistakes)
		}
	}
}

func BenchmarkReadHostile(b *testing.B) {
	for name, record := range map[string]string{
		"terms":    "v=spf1" + strings.Repeat(" a", (MaxRecord-6)/2),
		"mistakes": "v=spf1" + strings.Repeat(" !", (MaxRecord-6)/2),
		"macros":   "v=spf1 a:" + strings.Repeat("%{l}", (MaxRecord-9)/4),
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				Read(record)
			}
		})
	}
}
