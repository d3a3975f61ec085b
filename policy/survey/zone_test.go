package survey

import (
	"context"
	"strings"
	"sync/atomic"
	"testing"

	"sekimori/internal/zone"
	"sekimori/policy"
)

// counted is a zone that counts the questions.
type counted struct {
	zone  *zone.Zone
	asked atomic.Int64
}

func (c *counted) Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer {
	c.asked.Add(1)
	return c.zone.Lookup(ctx, name, t)
}

// answers returns a resolver for a zone file.
func answers(t testing.TB, text string) *counted {
	t.Helper()
	z, err := zone.Parse(strings.NewReader(text), "zone")
	if err != nil {
		t.Fatal(err)
	}
	return &counted{zone: z}
}
