package dmarc

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestContextEnds(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := New(Config{Resolver: newZone("_dmarc.example.com v=DMARC1; p=reject"), PublicSuffixList: true})
	got := e.Evaluate(ctx, e.Discover(ctx, "example.com"), policy.SPF{}, "", nil)
	want := policy.DMARC{Author: "example.com", Result: policy.ResultTempError, Name: policy.DNSTimeout, Reason: "DNS timeout at _dmarc.example.com"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}
