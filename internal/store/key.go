package store

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"hash"
	"sync"
)

// Purpose is what a key is for, such as message_id: a letter, then up to 31 letters, digits or underscores, all lower case.
// It stands readable in the store and keeps keys of different purposes apart.
type Purpose string

func (p Purpose) valid() bool {
	for i := range len(p) {
		switch c := p[i]; {
		case 'a' <= c && c <= 'z':
		case i > 0 && ('0' <= c && c <= '9' || c == '_'):
		default:
			return false
		}
	}
	return 0 < len(p) && len(p) <= 32
}

// ID is what stands for the parts of a key: the first 16 octets of HMAC-SHA-256 (RFC 2104).
type ID [16]byte

// String returns id in 32 hexadecimal digits.
func (id ID) String() string { return hex.EncodeToString(id[:]) }

// Key is under what something is kept. Only Secret.Key makes one; the zero Key is valid nowhere.
type Key struct {
	purpose Purpose
	id      ID
}

// ID returns what stands for the parts of k.
func (k Key) ID() ID { return k.id }

// MinSecret is the least number of octets of a secret.
const MinSecret = 32

// Secret turns what must not be readable, such as addresses, into keys. Gateways that share a store share it; without it
// nothing in the store can be found or guessed. It is used from many goroutines at once.
type Secret struct {
	hashes sync.Pool // of *hasher
}

type hasher struct {
	mac hash.Hash
	buf []byte
}

// NewSecret makes a secret of at least MinSecret octets.
func NewSecret(octets []byte) (*Secret, error) {
	if len(octets) < MinSecret {
		return nil, fmt.Errorf("%w: a secret needs %d octets or more, not %d", ErrConfig, MinSecret, len(octets))
	}
	own := append([]byte(nil), octets...)
	s := &Secret{}
	s.hashes.New = func() any { return &hasher{mac: hmac.New(sha256.New, own), buf: make([]byte, 0, 256)} }
	return s, nil
}

// Key returns the key of parts for a purpose. Parts are kept apart: ("ab", "c") is not ("a", "bc"). A purpose that is not
// well formed gives the zero Key.
func (s *Secret) Key(p Purpose, parts ...string) Key {
	if !p.valid() {
		return Key{}
	}
	h := s.hashes.Get().(*hasher)
	b := binary.AppendUvarint(h.buf[:0], uint64(len(p)))
	b = append(b, p...)
	for _, part := range parts {
		b = binary.AppendUvarint(b, uint64(len(part)))
		b = append(b, part...)
	}
	h.mac.Reset()
	h.mac.Write(b)
	k := Key{purpose: p}
	sum := h.mac.Sum(b[:0])
	copy(k.id[:], sum)
	if cap(sum) <= 4096 { // one long part does not stay for ever
		h.buf = sum
	}
	s.hashes.Put(h)
	return k
}

// mark tells one secret from another, and nothing else of it.
func (s *Secret) mark() string { return s.Key("secret_mark").id.String() }
