package spf

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"net"
	"net/netip"
	"strings"
	"testing"

	library "blitiri.com.ar/go/spf"

	"sekimori/policy"
)

// libraryZone serves a zone to the library.
type libraryZone struct{ *zone }

func (z libraryZone) look(ctx context.Context, name string, t policy.DNSType) (policy.DNSAnswer, error) {
	a := z.Lookup(ctx, zoneName(name), t)
	if a.Status == policy.DNSFound {
		return a, nil
	}
	return a, &net.DNSError{Name: name, IsNotFound: !a.Status.Temporary(), IsTemporary: a.Status.Temporary()}
}

func (z libraryZone) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a, err := z.look(ctx, name, policy.TypeTXT)
	return a.TXT, err
}

func (z libraryZone) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a, err := z.look(ctx, name, policy.TypeMX)
	var list []*net.MX
	for _, mx := range a.MX {
		list = append(list, &net.MX{Host: mx.Host, Pref: mx.Preference})
	}
	return list, err
}

func (z libraryZone) LookupIPAddr(ctx context.Context, name string) ([]net.IPAddr, error) {
	a4, err4 := z.look(ctx, name, policy.TypeA)
	a6, err6 := z.look(ctx, name, policy.TypeAAAA)
	var list []net.IPAddr
	for _, a := range append(append([]netip.Addr(nil), a4.Addrs...), a6.Addrs...) {
		list = append(list, net.IPAddr{IP: a.AsSlice()})
	}
	if len(list) > 0 {
		return list, nil
	}
	return nil, cmp.Or(err4, err6)
}

func (z libraryZone) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	a, err := z.look(ctx, reverseName(netip.MustParseAddr(addr)), policy.TypePTR)
	return a.Names, err
}

// TestSecondOpinion compares the evaluation with the library's, on records that both can read and that stay within the
// limits on look-ups that find nothing, which the two count differently.
func TestSecondOpinion(t *testing.T) {
	const rounds = 3000
	seen := make(map[policy.Result]int)
	for seed := range uint64(rounds) {
		r := rand.New(rand.NewPCG(seed, 7))
		z := newZone()
		addr4 := func() string { return fmt.Sprintf("192.0.2.%d", r.IntN(8)) }
		addr6 := func() string { return fmt.Sprintf("2001:db8::%x", r.IntN(8)) }
		name := func() string { return fmt.Sprintf("n%d.example.jp", r.IntN(6)) }
		for i := range 6 {
			n := fmt.Sprintf("n%d.example.jp", i)
			z.add(n, policy.TypeA, addr4())
			z.add(n, policy.TypeAAAA, addr6())
			for range 1 + r.IntN(3) {
				z.add(n, policy.TypeMX, name())
			}
			z.add(n, policy.TypeTXT, randomRecord(r, name, addr4, addr6))
		}
		q := queryFrom(addr4())
		if r.IntN(2) == 0 {
			q.Client = netip.MustParseAddr(addr6())
		}
		z.add(reverseName(q.Client), policy.TypePTR, name())
		q.Sender.Domain = "n0.example.jp"
		got := New(Config{Resolver: z}).Check(context.Background(), q)
		want, err := library.CheckHostWithSender(q.Client.AsSlice(), q.Helo, q.Sender.String(), library.WithResolver(libraryZone{z}))
		if string(want) != string(got.Result) {
			t.Errorf("seed %d, %s: %s (%s), the library says %s (%v)", seed, q.Client, got.Result, got.Reason, want, err)
			got = New(Config{Resolver: z, Trace: true}).Check(context.Background(), q)
			t.Log(derivation(got))
		}
		seen[got.Result]++
	}
	for _, result := range []policy.Result{policy.ResultPass, policy.ResultFail, policy.ResultSoftFail, policy.ResultNeutral, policy.ResultPermError} {
		if seen[result] < rounds/100 {
			t.Errorf("%s came out %d times in %d: the records do not try enough", result, seen[result], rounds)
		}
	}
}

// randomRecord returns a record in order.
func randomRecord(r *rand.Rand, name, addr4, addr6 func() string) string {
	terms := []string{"v=spf1"}
	qualifier := func() string { return []string{"", "+", "-", "~", "?"}[r.IntN(5)] }
	for range r.IntN(5) {
		var term string
		switch r.IntN(9) {
		case 0:
			term = "a"
		case 1:
			term = fmt.Sprintf("a:%s/%d//%d", name(), 24+r.IntN(9), 120+r.IntN(9))
		case 2:
			term = fmt.Sprintf("mx:%s", name())
		case 3:
			term = fmt.Sprintf("mx/%d", 28+r.IntN(5))
		case 4:
			term = fmt.Sprintf("ip4:%s/%d", addr4(), 28+r.IntN(5))
		case 5:
			term = fmt.Sprintf("ip6:%s/%d", addr6(), 124+r.IntN(5))
		case 6:
			term = "include:" + name()
		case 7:
			term = []string{"exists:%{d}", "a:%{o}", "exists:%{d3}", "mx:%{d9}"}[r.IntN(4)]
		case 8:
			term = "ptr:" + name()
		}
		terms = append(terms, qualifier()+term)
	}
	switch r.IntN(4) {
	case 0, 1:
		terms = append(terms, qualifier()+"all")
	case 2:
		terms = append(terms, "redirect="+name())
	}
	return strings.Join(terms, " ")
}
