package examine

import (
	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// startBody begins the reading of the body as MIME, unless it has begun. What is not asked for is not read: no rule that is
// off costs a mail anything.
func (x *Examination) startBody() {
	if x.body == nil {
		x.body = x.ev.readers.New(x.m.Header, x.ev.body)
	}
}

// readBody takes the next octets of the body. A reader that fails is let go: half of what it found is no fact.
func (x *Examination) readBody(p []byte) {
	if x.body == nil {
		return
	}
	reader := x.body
	x.body = nil
	defer x.recovered()
	_, _ = reader.Write(p) // which never fails
	x.body = reader
}

// wantsBody reports whether the reader of the body wants more of it.
func (x *Examination) wantsBody() bool { return x.body != nil && x.body.WantsBody() }

// endBody ends the reading. What a limit kept from being looked at is noted.
func (x *Examination) endBody() {
	defer x.recovered()
	if x.body == nil {
		return
	}
	reader := x.body
	x.body = nil
	x.content = reader.Content()
	x.f.Body = policy.BodyFacts{Parts: len(x.content.Parts), Links: len(x.content.Links)}
	if len(x.content.Stopped) > 0 {
		x.miss(policy.UnexaminedBody)
	}
}

// bodyLimits are those of the policy; what it has no key for keeps its default. Hashes are worked out where a bulletin has some.
func bodyLimits(b policy.BodyLimits, hashes bool) mime.Limits {
	l := mime.DefaultLimits()
	l.Hash = hashes
	l.Body, l.Decoded = b.Octets, b.Decoded
	l.Parts, l.Depth, l.Text, l.HTML, l.Links = b.Parts, b.Depth, b.Text, b.HTML, b.Links
	return l
}
