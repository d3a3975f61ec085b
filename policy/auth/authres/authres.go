// Package authres writes and reads Authentication-Results (RFC 8601), the header field in which results travel to
// whoever reads the mail later. It writes one field for a message (Append, Write), reads a field by the grammar and
// nothing else (Parse), and says whether any reader could take a foreign field for ours (Claims).
//
// The three have different aims. What is written can be read in one way only, also by readers that know nothing of
// quotes and comments: octets that could end a value, start a comment or look like a result never stand in it. What is
// read is exactly the grammar, so that the tests of the writer have a judge. And Claims errs on the side of yes, since
// a field taken off for nothing costs a hint, and a forged one left in place is believed.
//
// What results mean, and which fields are removed from which messages, is decided elsewhere.
package authres

import (
	"errors"
	"fmt"

	"sekimori/policy"
)

// Name is the name of the header field.
const Name = "Authentication-Results"

// Limits of what is written. Lengths are in octets as they stand in the field.
const (
	LineLength = 78  // lines are folded to this where a blank allows it (RFC 5322, 2.1.1)
	MaxReason  = 120 // a longer reason is cut
	MaxLocal   = 128 // of an address with a longer local part only the domain is written
	MaxValue   = 253 // any other value that is longer is left out
	MaxDKIM    = 10  // further signatures are left out, those that did not pass first
	MaxDMARC   = 20  // further authors are left out
)

// ErrID is wrapped by every error of CheckID.
var ErrID = errors.New("not an authserv-id")

// CheckID reports what keeps id from being an authserv-id that every reader understands (RFC 8601, 2.5): it is empty,
// longer than a domain name can be, begins or ends with a dot, or has an octet that could not be written as it is.
func CheckID(id string) error {
	if id == "" {
		return fmt.Errorf("%w: it is empty", ErrID)
	}
	if len(id) > policy.MaxDomainLength {
		return fmt.Errorf("%w: %d octets, at most %d are possible", ErrID, len(id), policy.MaxDomainLength)
	}
	if id[0] == '.' || id[len(id)-1] == '.' {
		return fmt.Errorf("%w: a dot stands at its beginning or end", ErrID)
	}
	for i := range len(id) {
		if !plain(id[i]) {
			return fmt.Errorf("%w: the octet %q cannot stand in it", ErrID, id[i])
		}
	}
	return nil
}
