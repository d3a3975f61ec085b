//go:build unix

package examine

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	spflibrary "blitiri.com.ar/go/spf"
	arlibrary "github.com/emersion/go-msgauth/authres"
	"github.com/emersion/go-msgauth/dkim"
	"github.com/emersion/go-msgauth/dmarc"

	"sekimori/policy"
)

// BenchmarkVerdict compares what one signed mail costs here, with every answer of DNS in memory, with a plain use of the
// libraries for the same: SPF of both identities, DKIM, DMARC and the field. The libraries are spared the public suffix
// list, a deadline, the reading of From, forged fields and the rules. cpu-ns/op counts all threads.
func BenchmarkVerdict(b *testing.B) {
	for _, size := range []int{2_000, 30_000} {
		s := newSigned(b, size)
		b.Run(fmt.Sprintf("%dkB/sekimori", size/1000), func(b *testing.B) {
			e := examiner(nil)
			e.Resolver, e.Now = s.names, time.Now
			measure(b, func() {
				if r := s.examine(e); r.Facts.DMARC[0].Result != policy.ResultPass || len(r.Effect.Insert) != 1 {
					b.Fatalf("%+v", r.Facts)
				}
			})
		})
		b.Run(fmt.Sprintf("%dkB/libraries", size/1000), func(b *testing.B) {
			measure(b, func() {
				if v, err := s.libraries(); err != nil || strings.Count(v, "=pass") != 4 {
					b.Fatal(v, err)
				}
			})
		})
	}
}

func measure(b *testing.B, f func()) {
	b.ReportAllocs()
	before := cpu(b)
	for b.Loop() {
		f()
	}
	b.ReportMetric(float64(cpu(b)-before)/float64(b.N), "cpu-ns/op")
}

// cpu returns the processor time that this process has used.
func cpu(b *testing.B) time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// libraries evaluates the mail as a filter would that is written around the libraries.
func (s *signed) libraries() (string, error) {
	l := libraryNames{s.names}
	fromSPF, err := spflibrary.CheckHostWithSender(s.client.AsSlice(), s.helo, s.sender, spflibrary.WithResolver(l))
	if fromSPF != spflibrary.Pass {
		return "", err
	}
	heloSPF, err := spflibrary.CheckHostWithSender(s.client.AsSlice(), s.helo, "postmaster@"+s.helo, spflibrary.WithResolver(l))
	if heloSPF != spflibrary.Pass {
		return "", err
	}
	results := []arlibrary.Result{
		&arlibrary.SPFResult{Value: arlibrary.ResultValue(fromSPF), From: s.sender},
		&arlibrary.SPFResult{Value: arlibrary.ResultValue(heloSPF), Helo: s.helo},
	}
	under := func(d string) bool { return policy.Domain(d).Under(s.author) }
	aligned := under(s.sender[strings.IndexByte(s.sender, '@')+1:])
	verifications, err := dkim.VerifyWithOptions(bytes.NewReader(s.raw), &dkim.VerifyOptions{LookupTXT: l.txt})
	if err != nil {
		return "", err
	}
	for _, v := range verifications {
		if v.Err != nil {
			return "", v.Err
		}
		results = append(results, &arlibrary.DKIMResult{Value: arlibrary.ResultPass, Domain: v.Domain})
		aligned = aligned || under(v.Domain)
	}
	record, err := dmarc.LookupWithOptions(string(s.author), &dmarc.LookupOptions{LookupTXT: l.txt})
	if err != nil || record.Policy != dmarc.PolicyReject || !aligned {
		return "", errors.Join(err, errors.New("no pass"))
	}
	results = append(results, &arlibrary.DMARCResult{Value: arlibrary.ResultPass, From: string(s.author)})
	return arlibrary.Format(s.servID, results), nil
}

// libraryNames serves a table to the libraries.
type libraryNames struct{ warm }

func (l libraryNames) txt(name string) ([]string, error) {
	return l.LookupTXT(context.Background(), name)
}

func (l libraryNames) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a := l.Lookup(ctx, name, policy.TypeTXT)
	if a.Status != policy.DNSFound {
		return nil, &net.DNSError{Name: name, IsNotFound: true}
	}
	return a.TXT, nil
}

func (libraryNames) LookupMX(context.Context, string) ([]*net.MX, error)          { return nil, nil }
func (libraryNames) LookupIPAddr(context.Context, string) ([]net.IPAddr, error)   { return nil, nil }
func (libraryNames) LookupAddr(context.Context, string) (names []string, _ error) { return nil, nil }
