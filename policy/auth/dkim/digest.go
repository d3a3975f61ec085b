package dkim

import (
	"crypto/sha256"
	"hash"
)

// digest is the hash of a canonicalised body up to a length.
type digest struct {
	length int64 // l=; -1 for the whole body
	seen   int64 // octets hashed
	over   bool  // the body is longer than length
	hash   hash.Hash
}

func newDigest(length int64) *digest { return &digest{length: length, hash: sha256.New()} }

// write hashes the part of p that lies within the length.
func (d *digest) write(p []byte) {
	if room := d.length - d.seen; d.length >= 0 && int64(len(p)) > room {
		p = p[:room]
		d.over = true
	}
	d.seen += int64(len(p))
	d.hash.Write(p)
}

// short reports whether the body ended before the length.
func (d *digest) short() bool { return d.length > d.seen }

const (
	sinkSize   = 2048 // octets gathered before they are hashed
	sinkDirect = 512  // a piece of at least this size goes to the hash without being gathered
)

// sink gathers small pieces, because a hash has a price per call, and gives them to every digest.
type sink struct {
	n       int
	digests []*digest
	buf     [sinkSize]byte
}

func (s *sink) write(p []byte) {
	if len(p) >= sinkDirect {
		s.flush()
		s.pass(p)
		return
	}
	if len(p) > len(s.buf)-s.n {
		s.flush()
	}
	s.n += copy(s.buf[s.n:], p)
}

// gather takes a few octets.
func (s *sink) gather(p string) {
	if len(p) > len(s.buf)-s.n {
		s.flush()
	}
	s.n += copy(s.buf[s.n:], p)
}

// put takes one octet.
func (s *sink) put(c byte) {
	if s.n == len(s.buf) {
		s.flush()
	}
	s.buf[s.n] = c
	s.n++
}

func (s *sink) flush() {
	if s.n > 0 {
		s.pass(s.buf[:s.n])
		s.n = 0
	}
}

func (s *sink) pass(p []byte) {
	for _, d := range s.digests {
		d.write(p)
	}
}
