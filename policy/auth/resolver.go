// Package auth holds what the three authentication methods share. Each method has a package of its own below it:
// spf, dkim, dmarc; authres writes and reads the header field in which results travel.
package auth

import (
	"context"

	"sekimori/policy"
)

// Resolver answers DNS questions. It returns in the time the context allows, never with an error: what went wrong is
// a status of the answer. Name is without trailing dot and may hold any octet (SPF macros make such names).
// It is used from many goroutines at once.
type Resolver interface {
	Lookup(ctx context.Context, name string, t policy.DNSType) policy.DNSAnswer
}
