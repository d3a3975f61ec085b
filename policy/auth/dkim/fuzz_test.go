package dkim

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

// FuzzVerification gives everything foreign at once: two fields, the key record and a body in pieces. The results
// depend neither on the pieces nor on whether a trace is asked for.
func FuzzVerification(f *testing.F) {
	h := seal(edKey, template("a=ed25519-sha256; s=ed", "c=relaxed/relaxed", "h=from:to"), letter(), text)
	f.Add(h[0].Value, template("a=rsa-sha256; s=rsa", "h=from", "l=3"), record(edKey), " a@b", []byte(text), 3)
	f.Add(tags("l=99"), tags("c=simple", "i=@a.example.jp"), record(rsaKey())+"; t=s", "\n x", []byte(" \r\n\r"), 1)
	f.Add("b=;b=", "v=1;=", "p=", "", []byte{}, 0)
	f.Fuzz(func(t *testing.T, first, other, key, from string, body []byte, piece int) {
		h := policy.Header{{Name: "DKIM-Signature", Value: first}, {Name: "dkim-signature", Value: other}, {Name: "From", Value: from}}
		var want []policy.DKIM
		for i, n := range []int{len(body), max(piece, 1), 1} {
			x := New(Config{Resolver: oneRecord(key), Trace: i == 1}).Begin(context.Background(), h, noon, nil)
			for p := body; len(p) > 0; p = p[min(n, len(p)):] {
				x.Write(p[:min(n, len(p))])
			}
			got := x.Results()
			for j := range got {
				got[j].Steps = nil
				if len(got[j].Reason) > 6*maxEvidence {
					t.Errorf("a reason of %d octets", len(got[j].Reason))
				}
				if got[j].Result == "" || got[j].Result == policy.ResultNone {
					t.Errorf("no result: %+v", got[j])
				}
			}
			if i == 0 {
				want = got
			} else if diff := cmp.Diff(want, got); diff != "" || len(got) != 2 {
				t.Errorf("in pieces of %d (-want +got):\n%s", n, diff)
			}
		}
	})
}

// oneRecord answers every question with one record.
type oneRecord string

func (r oneRecord) Lookup(context.Context, string, policy.DNSType) policy.DNSAnswer {
	return policy.DNSAnswer{Status: policy.DNSFound, TXT: []string{string(r)}}
}
