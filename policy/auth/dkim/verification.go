package dkim

import (
	"bytes"
	"context"
	"fmt"
	"time"

	"sekimori/policy"
)

// maxScratch is the largest room for canonicalised header that is kept for the next message, in octets.
const maxScratch = 64 << 10

// Verification is the verification of one message's signatures. It is for one goroutine.
type Verification struct {
	verifier   *Verifier
	ctx        context.Context
	signatures []signature
	skipped    int
	bodies     []*body // at most two: simple and relaxed
	results    []policy.DKIM
	ended      bool
}

// Begin reads the signatures of h, starts the look-ups of their keys, each in a goroutine that ends when the resolver
// answers, and hashes the header. At is the time against which x= counts; h is not kept.
//
// Of more than Config.MaxSignatures readable signatures, those are taken first whose d= could align with an author, as
// aligned says, and then the others, each in the order of the header; aligned may be nil. The rest get the result
// policy and count in Skipped.
func (v *Verifier) Begin(ctx context.Context, h policy.Header, at time.Time, aligned func(policy.Domain) bool) *Verification {
	x := &Verification{verifier: v, ctx: ctx}
	x.read(h, at)
	if len(x.signatures) == 0 {
		return x
	}
	x.choose(aligned)
	open := 0
	for i := range x.signatures {
		if s := &x.signatures[i]; !s.settled {
			open++
			s.key = x.lookup(s.keyName)
			s.body = x.digest(s.relaxedBody, s.length)
		}
	}
	if open > 0 {
		x.hashHeaders(h)
	}
	return x
}

// read parses every signature of h.
func (x *Verification) read(h policy.Header, at time.Time) {
	n := 0
	for i := range h {
		if equalFold(h[i].Name, fieldName) {
			n++
		}
	}
	if n == 0 {
		return
	}
	x.signatures = make([]signature, 0, n)
	hasFrom := has(h, "From")
	for i := range h {
		if !equalFold(h[i].Name, fieldName) {
			continue
		}
		x.signatures = append(x.signatures, signature{field: i})
		s := &x.signatures[len(x.signatures)-1]
		p := s.parse(h[i].Value, at)
		if !p.bad() && !hasFrom {
			p = permerror(reasonNoFrom, "")
		}
		if p.bad() {
			s.settle(p)
		}
	}
}

// choose settles the signatures that are too many.
func (x *Verification) choose(aligned func(policy.Domain) bool) {
	limit, open := x.verifier.config.MaxSignatures, 0
	for i := range x.signatures {
		if !x.signatures[i].settled {
			open++
		}
	}
	if open <= limit {
		return
	}
	keep := make([]bool, len(x.signatures))
	pass := func(wanted bool) {
		for i := range x.signatures {
			s := &x.signatures[i]
			if limit > 0 && !s.settled && !keep[i] && (!wanted || aligned(s.result.Domain)) {
				keep[i] = true
				limit--
			}
		}
	}
	if aligned != nil {
		pass(true)
	}
	pass(false)
	reason := fmt.Sprintf("not examined: more than %d signatures", x.verifier.config.MaxSignatures)
	for i := range x.signatures {
		if s := &x.signatures[i]; !s.settled && !keep[i] {
			s.settle(problem{policy.ResultPolicy, reason})
			x.skipped++
		}
	}
}

// lookup returns the question for that key; the same name is asked for once.
func (x *Verification) lookup(name string) *lookup {
	for i := range x.signatures {
		if l := x.signatures[i].key; l != nil && l.name == name {
			return l
		}
	}
	return startLookup(x.ctx, x.verifier.config.Resolver, name)
}

// digest returns the body hash for that canonicalisation and length; signatures that agree in both share one.
func (x *Verification) digest(relaxed bool, length int64) *digest {
	var b *body
	for _, have := range x.bodies {
		if have.relaxed == relaxed {
			b = have
		}
	}
	if b == nil {
		b = &body{relaxed: relaxed}
		x.bodies = append(x.bodies, b)
	}
	for _, have := range b.out.digests {
		if have.length == length {
			return have
		}
	}
	d := newDigest(length)
	b.out.digests = append(b.out.digests, d)
	return d
}

func (x *Verification) hashHeaders(h policy.Header) {
	room, _ := x.verifier.scratch.Get().(*[]byte)
	if room == nil {
		room = new([]byte)
		*room = make([]byte, 0, 4096)
	}
	p := newPicker(h)
	for i := range x.signatures {
		if s := &x.signatures[i]; !s.settled {
			*room = s.hashHeader(*room, p)
			x.traceInput(s, *room)
		}
	}
	if cap(*room) <= maxScratch {
		x.verifier.scratch.Put(room)
	}
}

// Skipped returns how many readable signatures were not examined because there were too many.
func (x *Verification) Skipped() int { return x.skipped }

// WantsBody reports whether the rest of the body can still change a result. Once it is false it stays so.
func (x *Verification) WantsBody() bool {
	for _, b := range x.bodies {
		if x.wants(b) {
			return true
		}
	}
	return false
}

// wants reports whether a signature waits for more of b: its length is not reached, and its key is not known to be of
// no use.
func (x *Verification) wants(b *body) bool {
	if x.ended {
		return false
	}
	for i := range x.signatures {
		s := &x.signatures[i]
		if s.settled || s.relaxedBody != b.relaxed || s.body.over {
			continue
		}
		if !s.key.ready() || !x.useless(s).bad() {
			return true
		}
	}
	return false
}

// useless reports what is wrong with the key of s, whose answer is there.
func (x *Verification) useless(s *signature) problem {
	if s.key.bad.bad() {
		return s.key.bad
	}
	return s.key.key.fits(s, x.verifier.config.MinRSABits)
}

// Write takes the next octets of the body as they come from the MTA, with CRLF line ends. It keeps nothing of p and
// returns no error.
func (x *Verification) Write(p []byte) (int, error) {
	for _, b := range x.bodies {
		if x.wants(b) {
			b.write(p)
		}
	}
	return len(p), nil
}

// Results ends the body, waits for the keys until the context of Begin ends, and returns one result for each
// DKIM-Signature field in the order of the header; nothing when there is none. A key that has not come by then makes a
// temperror. A further call returns the same. A resolver's panic comes out here.
func (x *Verification) Results() []policy.DKIM {
	if x.ended {
		return x.results
	}
	x.ended = true
	for _, b := range x.bodies {
		b.close()
	}
	for i := range x.signatures {
		s := &x.signatures[i]
		if !s.settled {
			s.settle(x.verify(s))
		}
		x.traceResult(s)
		x.results = append(x.results, s.result)
	}
	return x.results
}

// verify gives the last word on a signature that could be read: first the key (RFC 6376, 6.1.2), then the body hash,
// then the signature (6.1.3).
func (x *Verification) verify(s *signature) problem {
	if !s.key.wait(x.ctx) {
		return because(policy.ResultTempError, reasonNoAnswer, "no answer in time")
	}
	k := &s.key.key
	s.result.KeyBits, s.result.Testing = k.bits, k.testing
	x.traceKey(s)
	if p := x.useless(s); p.bad() {
		return p
	}
	s.result.Partial = s.body.over
	if s.body.short() {
		return permerror(reasonBodyShort, fmt.Sprintf("%d of %d octets", s.body.seen, s.length))
	}
	sum := s.body.hash.Sum(nil)
	x.traceBody(s, sum)
	if !bytes.Equal(sum, s.bodyHash) {
		return because(policy.ResultFail, reasonBodyHash, "")
	}
	if !k.verify(&s.headerHash, s.b) {
		return because(policy.ResultFail, reasonSignature, "")
	}
	return problem{result: policy.ResultPass}
}
