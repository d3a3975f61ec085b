package mime

import (
	"slices"
	"strings"
	"sync"

	"sekimori/policy"
)

// Readers makes Readers that hand on what they read into, so that a message costs little new memory. The zero value is ready; it serves
// any number of goroutines. A Reader whose Content is never asked for keeps what it has.
type Readers struct {
	free sync.Pool // of *scratch
}

// New begins with the header of a message, as the function of that name does.
func (rs *Readers) New(h policy.Header, l Limits) *Reader {
	s, ok := rs.free.Get().(*scratch)
	if !ok {
		s = new(scratch)
	}
	return newReader(h, l, s, rs)
}

// take takes the scratch of a Reader that has ended. Nothing of its Content is part of it.
func (rs *Readers) take(r *Reader) {
	s, top := r.scratch, r.top
	r.scratch, r.top = nil, nil
	if rs == nil {
		return
	}
	if links := r.content.Links; links != nil {
		r.content.Links = slices.Clone(links)
		clear(links)
		if s.links = links; cap(links) > maxScratchLinks {
			s.links = nil
		}
	}
	l := &top.leaf
	s.header, s.hold, s.head, s.keep = top.header, top.hold, l.head, l.keep
	s.decoded, s.held, s.word = l.decode.buf, l.decode.held, l.active.words.word
	for _, b := range []*[]byte{&s.header, &s.hold, &s.head, &s.keep, &s.text, &s.shown, &s.style, &s.name, &s.decoded, &s.held, &s.word} {
		if cap(*b) > maxScratch {
			*b = nil
		}
	}
	rs.free.Put(s)
}

// maxScratch is the largest piece of memory that is handed on, in octets: the text of nearly every message fits, and what the longest
// needed does not stay.
const maxScratch = 128 << 10

// maxScratchLinks is the longest list of links that is handed on.
const maxScratchLinks = 512

// scratch is what a Reader reads into and nothing of a Content is part of.
type scratch struct {
	header, hold             []byte // of the walk
	head, keep               []byte // of the leaf
	decoded, held, word      []byte // of its decoder and its search for words
	text, shown, style, name []byte // of HTML
	links                    []Link // of the message, which gets as many as there are
	object                   *objectText
}

// lend gives a leaf what it reads into.
func (s *scratch) lend(l *leaf) {
	l.head, l.keep = s.head, s.keep
	l.decode.buf, l.decode.held, l.active.words.word = s.decoded, s.held, s.word
}

// slab makes strings of octets, many in one piece of memory.
type slab struct {
	b strings.Builder
}

const (
	slabLeast = 512
	slabSize  = 4 << 10
	slabMost  = 512 // of one string; a longer one has memory of its own, which can go when it goes
)

func (s *slab) keep(p []byte) string {
	if len(p) > slabMost {
		return string(p)
	}
	if s.b.Cap()-s.b.Len() < len(p) {
		next := min(slabSize, max(slabLeast, 4*s.b.Cap()))
		s.b.Reset()
		s.b.Grow(next)
	}
	from := s.b.Len()
	s.b.Write(p)
	return s.b.String()[from:]
}
