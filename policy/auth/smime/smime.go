// Package smime decides whether the S/MIME signature of a message speaks for its author: a detached signature at the top of the message
// (RFC 8551, 3.5.3) that holds, by a certificate (RFC 8550) that names the one author of From and leads to an anchor that the site
// trusts. It does not decide what that is worth: that is the suspicion rule's. It decrypts nothing, unpacks nothing, looks at no
// signature inside another part, and does not know of revocation, because it fetches nothing.
//
// The signed part is hashed as it comes and never held; of the message only the signature itself is kept. A client may read a
// body otherwise than this package does, and show what nobody signed: so only a body that can be read in one way alone has a signature,
// two parts with nothing between and behind them. All else is a stated failure.
//
// The messages of CMS (RFC 5652) are read by hand, over the reader of DER that crypto/x509 uses, because the libraries for it want
// the whole content in memory and bound neither depth nor numbers.
package smime

import (
	"crypto/x509"
	"time"

	"sekimori/policy"
)

// Limits of what is looked at. What lies beyond is policy.SMIMEUnread, unless said otherwise.
const (
	MaxSignature    = 64 << 10 // octets of the signature, decoded
	MaxSigners      = 4
	MaxCertificates = 16      // in the message
	MaxPartHeader   = 4 << 10 // octets of the header of the part that holds the signature
	MaxContentType  = 4 << 10 // octets of the message's Content-Type
	MaxBoundary     = 70      // octets (RFC 2046, 5.1.1); a longer one is policy.SMIMEFail
	MinRSABits      = 2048    // of every key of a chain; a smaller one makes its certificate none
	MaxRSABits      = 8192    // likewise a larger one
	maxNesting      = 16      // elements of indefinite length around one; more is policy.SMIMEFail
)

// Verifier verifies messages against the anchors of one policy. It serves any number of messages at the same time.
type Verifier struct {
	anchors *x509.CertPool
}

// New makes a Verifier that trusts what leads to anchors. Without any nothing passes.
func New(anchors []*x509.Certificate) *Verifier {
	v := &Verifier{anchors: x509.NewCertPool()} // never nil, which would stand for the anchors of the machine
	for _, a := range anchors {
		v.anchors.AddCert(a)
	}
	return v
}

// Verification is the verification of one message. It is for one goroutine. A nil one is that of a message without a signature.
type Verification struct {
	verifier *Verifier
	body     splitter
	outcome  policy.SMIME // settled when its Result is
}

// Begin looks at the header of a message, which is not kept, and returns nil where that announces no S/MIME. Most mail ends here.
func (v *Verifier) Begin(h policy.Header) *Verification {
	form := formOf(h)
	if form == formNone {
		return nil
	}
	x := &Verification{verifier: v}
	if form == formOpaque {
		x.settle(unread("the content is inside the signature, or encrypted, and is not unpacked"))
		return x
	}
	if p := x.body.begin(h); p.bad() {
		x.settle(p)
	}
	return x
}

func (x *Verification) settle(p problem) { x.outcome.Result, x.outcome.Reason = p.result, p.reason }

// WantsBody reports whether the rest of the body can still change the outcome. Once it is false it stays so.
func (x *Verification) WantsBody() bool {
	return x != nil && x.outcome.Result == "" && !x.body.problem.bad()
}

// Write takes the next octets of the body; p is not kept. It never fails, and how the body is cut into pieces makes no difference.
func (x *Verification) Write(p []byte) (int, error) {
	if x.WantsBody() {
		x.body.write(p)
	}
	return len(p), nil
}

// Result ends the body and judges the signature for the authors of From, as of a time. Authors are all that any reading shows, and none
// where From cannot be read whole. A further call returns the same. The most that a hostile signature was made to take is a tenth of a
// second; BenchmarkHostileChain measures it.
func (x *Verification) Result(authors []policy.Author, at time.Time) policy.SMIME {
	if x == nil {
		return policy.SMIME{Result: policy.SMIMENone}
	}
	if x.outcome.Result == "" {
		if p := x.body.end(); p.bad() {
			x.settle(p)
		} else {
			x.outcome = x.verifier.judge(&x.body, authors, at)
		}
		x.body = splitter{} // and with it what was kept of the message
	}
	return x.outcome
}

// problem is why a message does not pass; the zero value stands for none.
type problem struct {
	result policy.SMIMEResult
	reason string
}

func (p problem) bad() bool { return p.result != "" }

func failed(reason string) problem    { return problem{policy.SMIMEFail, reason} }
func unread(reason string) problem    { return problem{policy.SMIMEUnread, reason} }
func untrusted(reason string) problem { return problem{policy.SMIMEUntrusted, reason} }
