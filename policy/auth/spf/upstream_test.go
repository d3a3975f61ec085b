package spf

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strings"
	"testing"

	library "blitiri.com.ar/go/spf"

	"sekimori/policy"
)

// TestUpstream holds each difference from blitiri.com.ar/go/spf v1.6.0 that docs/upstream.md lists, so that the page
// says what is so.
func TestUpstream(t *testing.T) {
	tests := []struct {
		name    string
		record  string
		more    []string
		want    policy.Result
		library library.Result
	}{
		{"a mistake after the match", "v=spf1 ip4:192.0.2.0/24 ip4:300.1.1.1 -all", nil, policy.ResultPermError, library.Pass},
		{"an unknown mechanism after the match", "v=spf1 +all unheard:of", nil, policy.ResultPermError, library.Pass},
		{"a prefix length out of range after the match", "v=spf1 ip4:192.0.2.1 ip4:192.0.2.0/33 -all", nil, policy.ResultPermError, library.Pass},
		{"exp without a domain", "v=spf1 exp= ip4:192.0.2.1 -all", nil, policy.ResultPermError, library.Pass},
		{"exp twice", "v=spf1 exp=a.example exp=b.example ip4:192.0.2.1", nil, policy.ResultPermError, library.Pass},
		{"a numeric top label", "v=spf1 a:111.222.33.44 -all", nil, policy.ResultPermError, library.Fail},
		{"a name without a top label", "v=spf1 a:abc. -all", nil, policy.ResultPermError, library.Fail},
		{"a slash in a name", "v=spf1 a:a/b.example -all", nil, policy.ResultFail, library.PermError},
		{"an octet outside ASCII", "v=spf1 a:a\xff.example -all", nil, policy.ResultPermError, library.Fail},
		{"the macro p", "v=spf1 exists:%{p}.seen.example -all", []string{"1.2.0.192.in-addr.arpa PTR host.example", "host.example A 192.0.2.1",
			"host.example.seen.example A 127.0.0.2"}, policy.ResultPass, library.Fail},
		{"no local part in a macro", "v=spf1 exists:%{l}.seen.example -all", []string{"postmaster.seen.example A 127.0.0.2"}, policy.ResultPass, library.Fail},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			z := testZone(append(tt.more, "example.jp TXT "+tt.record)...)
			q := queryFrom("192.0.2.1")
			if strings.HasPrefix(tt.name, "no local") {
				q.Sender.Local = ""
			}
			if got := New(Config{Resolver: z}).Check(context.Background(), q); got.Result != tt.want {
				t.Errorf("%s (%s), want %s", got.Result, got.Reason, tt.want)
			}
			got, err := library.CheckHostWithSender(q.Client.AsSlice(), q.Helo, q.Sender.Local+"@example.jp", library.WithResolver(libraryZone{z}))
			if got != tt.library {
				t.Errorf("the library: %s (%v), want %s", got, err, tt.library)
			}
		})
	}
}

// failing fails each question with one error.
type failing struct {
	*net.Resolver // for the questions that are not asked
	err           error
}

func (b failing) LookupTXT(context.Context, string) ([]string, error) { return nil, b.err }

// TestUpstreamErrors shows which failures of DNS the library takes for permanent ones (RFC 7208, 4.4 wants temperror).
func TestUpstreamErrors(t *testing.T) {
	temporary := &net.DNSError{IsTemporary: true}
	for name, tt := range map[string]struct {
		err  error
		want library.Result
	}{
		"as it is": {temporary, library.TempError},
		"wrapped":  {fmt.Errorf("asking: %w", temporary), library.PermError},
		"deadline": {context.DeadlineExceeded, library.PermError},
		"socket":   {&net.OpError{Op: "read", Err: errors.New("timeout")}, library.PermError},
	} {
		got, err := library.CheckHostWithSender(net.IPv4(192, 0, 2, 1), "h.example", "a@b.example", library.WithResolver(failing{err: tt.err}))
		if got != tt.want {
			t.Errorf("%s: %s (%v), want %s", name, got, err, tt.want)
		}
	}
}
