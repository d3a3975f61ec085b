// Package inflate expands DEFLATE data (RFC 1951) as it comes. It is compress/flate turned round: that asks its input for the next
// octets, and so would want all of a file at once; here it runs as a coroutine that is handed what there is.
//
// It decides nothing about what is expanded, nor how much of that is too much: whoever takes the octets ends it.
package inflate

import (
	"compress/flate"
	"errors"
	"io"
	"iter"
	"runtime"
)

// State is how far a stream is.
type State uint8

// The states.
const (
	Open    State = iota // more is wanted
	Ended                // the last block has ended
	Broken               // this is no DEFLATE data, is damaged, or was cut by End; what came before was handed on
	Refused              // whoever takes the octets wanted no more
)

// What counts in Spent beside the octets that come out, because codes without data and streams of nothing cost time too.
const (
	PackedCost = 4       // of each packed octet
	StreamCost = 1 << 10 // of each stream, from its first octet on
)

// Inflater expands one stream after another. It is for one goroutine at a time, and holds about 60 kB from its first octet on. The
// zero value is none; see New.
type Inflater struct {
	take   func(p []byte) bool
	s      *stream
	resume func() (struct{}, bool)
	stop   func()
	left   runtime.Cleanup // stops where nobody calls Close
}

// New begins a stream. What it expands to is handed to take, which keeps nothing of p, and returns false when it wants no more. That
// may be 32 kB behind what was written until the stream ends, or End is called.
func New(take func(p []byte) bool) *Inflater { return &Inflater{take: take, s: &stream{}} }

// Reset begins another stream in the same memory, for the same taker. Of one that is still open nothing more is handed on.
func (z *Inflater) Reset() {
	z.finish(func([]byte) bool { return false })
	z.s.state, z.s.spent, z.s.cut = Open, 0, false
}

// State returns how far the stream is.
func (z *Inflater) State() State { return z.s.state }

// Spent measures the work that was done: the octets that came out, PackedCost for each that they came from, and StreamCost. It does not
// shrink before Reset.
func (z *Inflater) Spent() int64 { return z.s.spent }

// Write takes the next octets of the stream, and returns how many of them belong to it: fewer than len(p) when it is not Open any
// more. How they are cut into pieces makes no difference.
func (z *Inflater) Write(p []byte) int {
	if z.s.state != Open || len(p) == 0 {
		return 0
	}
	if z.s.spent == 0 {
		z.s.spent = StreamCost
	}
	z.s.in = p
	z.run(z.take)
	n := len(p) - len(z.s.in)
	z.s.in = nil
	z.s.spent += PackedCost * int64(n)
	return n
}

// End says that no more octets come. What an open stream expands to is handed on as far as it goes, and it is Broken.
func (z *Inflater) End() { z.finish(z.take) }

// Close gives back at once what z holds; else that is done some time after nobody has z any more. Of an open stream nothing more is handed
// on. Behind Reset z can be used again.
func (z *Inflater) Close() {
	z.finish(func([]byte) bool { return false })
	if z.resume == nil {
		return
	}
	z.left.Stop()
	z.stop()
	z.resume, z.stop = nil, nil
}

func (z *Inflater) finish(take func([]byte) bool) {
	if z.s.state != Open {
		return
	}
	z.s.cut = true
	if z.resume != nil {
		z.run(take)
	}
	if z.s.state == Open {
		z.s.state = Broken
	}
}

// run lets the coroutine go on until it has taken all octets, or the stream is not Open any more. Between two runs it knows nothing that
// leads back to z: when nobody has z any more, the coroutine ends.
func (z *Inflater) run(take func([]byte) bool) {
	if z.resume == nil {
		z.resume, z.stop = iter.Pull(z.s.expand)
		z.left = runtime.AddCleanup(z, func(stop func()) { stop() }, z.stop)
	}
	z.s.take = take
	z.resume()
	z.s.take = nil
}

// stream is what the coroutine knows.
type stream struct {
	state State
	spent int64
	take  func(p []byte) bool
	in    []byte // those not taken yet
	cut   bool   // there will be no more
	gone  bool   // nobody will go on
	wait  func(struct{}) bool
	out   [4 << 10]byte
}

var (
	errGone    = errors.New("nobody goes on with the stream")
	errRefused = errors.New("no more is wanted")
)

// expand is the coroutine: one stream after another.
func (s *stream) expand(wait func(struct{}) bool) {
	s.wait = wait
	in := flate.NewReader(s)
	for {
		switch err := s.one(in); err {
		case nil:
			s.state = Ended
		case errRefused:
			s.state = Refused
		default:
			s.state = Broken
		}
		if s.gone || !wait(struct{}{}) {
			return
		}
		_ = in.(flate.Resetter).Reset(s, nil) // which never fails
	}
}

// one expands one stream.
func (s *stream) one(in io.Reader) error {
	for {
		n, err := in.Read(s.out[:])
		s.spent += int64(n)
		switch {
		case s.gone:
			return errGone
		case n > 0 && !s.take(s.out[:n]):
			return errRefused
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		}
	}
}

// ReadByte waits for the next octet. From what gives single octets compress/flate takes none behind the end of a stream.
func (s *stream) ReadByte() (byte, error) {
	for len(s.in) == 0 {
		if s.cut {
			return 0, io.ErrUnexpectedEOF
		}
		if s.gone = !s.wait(struct{}{}); s.gone {
			return 0, errGone
		}
	}
	c := s.in[0]
	s.in = s.in[1:]
	return c, nil
}

// Read is how stored blocks are read.
func (s *stream) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	c, err := s.ReadByte()
	if err != nil {
		return 0, err
	}
	p[0] = c
	n := copy(p[1:], s.in)
	s.in = s.in[n:]
	return 1 + n, nil
}
