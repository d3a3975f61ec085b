package survey

import (
	"context"
	"strings"
	"sync"

	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/auth/dmarc"
)

// DefaultMaxAddresses is how many IPv4 addresses an SPF record may let in before it is too wide: what the spoof rule
// accepts as proof by default.
const DefaultMaxAddresses = 1 << 20

// Config is what a Surveyor works with.
type Config struct {
	Resolver     auth.Resolver
	MaxAddresses uint64 // 0: DefaultMaxAddresses
}

// Surveyor looks at domains. It may be used from many goroutines at once.
type Surveyor struct {
	resolver     auth.Resolver
	maxAddresses uint64
	dmarc        *dmarc.Evaluator
}

// New returns a Surveyor.
func New(c Config) *Surveyor {
	s := &Surveyor{resolver: c.Resolver, maxAddresses: c.MaxAddresses, dmarc: dmarc.New(dmarc.Config{Resolver: c.Resolver})}
	if s.maxAddresses == 0 {
		s.maxAddresses = DefaultMaxAddresses
	}
	return s
}

// MaxConcurrent is the most questions that Look puts at once for one domain.
const MaxConcurrent = 6

// Look asks for everything about one domain, side by side. It returns when all is known or ctx ends; what was not
// answered until then is Unknown, so a caller who ended ctx throws the result away. Group and At are left to the caller.
func (s *Surveyor) Look(ctx context.Context, d policy.Domain) Observation {
	o := Observation{Domain: d}
	var asked sync.WaitGroup
	var name State
	asked.Go(func() { o.MX, name = s.mx(ctx, d) })
	asked.Go(func() { o.DMARC = s.policy(ctx, d) })
	asked.Go(func() { o.MTASTS = s.presence(ctx, "_mta-sts."+string(d), mtaSTS) })
	asked.Go(func() { o.TLSRPT = s.presence(ctx, "_smtp._tls."+string(d), tlsRPT) })
	o.SPF = s.spf(ctx, d)
	asked.Wait()
	o.Name = name
	return o
}

// cut bounds a record that is kept, and takes out what is no text.
func cut(record string) string {
	if len(record) > MaxRecord {
		record = record[:MaxRecord]
	}
	return strings.ToValidUTF8(record, "?")
}
