package examine

import (
	"slices"

	"sekimori/policy"
)

// startSMIME looks for an S/MIME signature where there are anchors for one. Where there are none it costs a mail nothing.
func (x *Examination) startSMIME() {
	if x.ev.smime != nil {
		x.smime = x.ev.smime.Begin(x.m.Header)
	}
}

// readSMIME takes the next octets of the body. A verification that fails is let go, as is the reader of the body.
func (x *Examination) readSMIME(p []byte) {
	if !x.smime.WantsBody() {
		return
	}
	v := x.smime
	x.smime = nil
	defer x.recovered()
	_, _ = v.Write(p) // which never fails
	x.smime = v
}

// endSMIME judges the signature, for the authors that the header showed.
func (x *Examination) endSMIME() {
	defer x.recovered()
	if !x.inbound || x.ev.smime == nil {
		return
	}
	authors := x.f.Authors
	if x.f.FromProblem != "" || slices.Contains(x.missed(), policy.UnexaminedAuthors) {
		authors = nil // there may be others
	}
	x.f.SMIME = x.smime.Result(authors, x.f.At)
}
