// Package dkim decides, for each DKIM-Signature field of a message, whether the signature holds (RFC 6376, with the
// algorithms of RFC 8301 and RFC 8463). It does not decide what a signature is worth: alignment is DMARC's, and what
// follows from a result is the policy's.
//
// It reads the RFC itself, with the cryptography of the standard library, instead of calling go-msgauth: that library
// deletes b= inside other tags, leaves t=s and x<t unchecked and bounds neither signatures nor look-ups; and it spends
// four times as long as one pass of canonicalisation and hash needs, in rewriting line ends and in small writes.
// In the tests go-msgauth is the signer and a second opinion, with every known difference listed.
//
// The result words follow RFC 8601, 2.7.1. Whatever RFC 6376, 6.1, calls PERMFAIL before the cryptography (a mistake in
// the field or in the key record, no key) is permerror; a body hash or a signature that does not verify is fail; a
// limit of our own is policy; a key that did not come is temperror.
package dkim

import (
	"sync"
	"time"

	"sekimori/policy/auth"
)

// Limits of this package. Config has those that an administrator may change.
const (
	// DefaultSignatures is Config.MaxSignatures where none is given.
	DefaultSignatures = 8

	// DefaultRSABits is Config.MinRSABits where none is given, and its least value: a smaller key is a permerror
	// (RFC 8301, 3.2).
	DefaultRSABits = 1024

	// MaxRSABits is the largest RSA key used. The work of a verification grows with the square of the size; a larger
	// key is a result policy.
	MaxRSABits = 8192

	// MaxFieldLength is the longest value of a DKIM-Signature field that is read, in octets; a longer one is a result
	// policy.
	MaxFieldLength = 16 << 10

	// MaxKeyRecord is the longest key record that is read, in octets; a longer one is a result policy.
	MaxKeyRecord = 4 << 10

	// MaxTags is how many tags a field or a key record may have; more are a result policy.
	MaxTags = 32

	// MaxSignedFields is how many names h= may have; more are a result policy.
	MaxSignedFields = 200

	// MaxDigits is how many digits a number may have (RFC 6376, 3.5, l=); more are a permerror.
	MaxDigits = 76

	// ClockSkew is how long after x= a signature is still taken (RFC 6376, 3.5, lets a verifier allow for clock drift).
	ClockSkew = 5 * time.Minute
)

// Config is what a Verifier needs.
type Config struct {
	Resolver      auth.Resolver
	MaxSignatures int  // signatures verified in one message; 0: DefaultSignatures
	MinRSABits    int  // a smaller RSA key is a result policy; 0: DefaultRSABits
	Trace         bool // fill the Steps of each result
}

// Verifier verifies the signatures of messages. It is safe for use from many goroutines at once.
type Verifier struct {
	config  Config
	scratch sync.Pool // *[]byte, for canonicalised header
}

// New returns a Verifier. A limit that is zero or below its least value takes its default.
func New(c Config) *Verifier {
	if c.MaxSignatures <= 0 {
		c.MaxSignatures = DefaultSignatures
	}
	c.MinRSABits = max(c.MinRSABits, DefaultRSABits)
	return &Verifier{config: c}
}
