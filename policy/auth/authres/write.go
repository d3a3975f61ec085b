package authres

import (
	"strconv"

	"sekimori/policy"
)

// Write returns the value of one field for f. See Append.
func Write(id string, f *policy.Facts) string {
	return string(Append(make([]byte, 0, 512), id, f))
}

// Append appends the value of one Authentication-Results field for f, to stand behind the colon as it is: it starts
// with a blank, is folded by a line feed and a tab, and is ASCII. There is one result for each SPF check that was made,
// each signature and each author domain, or the word none (RFC 8601, 2.2).
//
// Id should satisfy CheckID. An octet of a foreign value that any reader could take for syntax, and every control
// character and 8-bit octet, is written as % and two hexadecimal digits.
func Append(b []byte, id string, f *policy.Facts) []byte {
	w := writer{b: append(b, ' '), column: len(Name) + 2}
	w.id(id)
	before := len(w.b)
	w.spf(&f.MailFrom, &f.Helo)
	w.dkim(f.DKIM)
	for i := range f.DMARC[:min(len(f.DMARC), MaxDMARC)] {
		w.dmarc(&f.DMARC[i])
	}
	if len(w.b) == before {
		w.b = append(w.b, "; none"...)
	}
	return w.b
}

// writer appends words to a field and folds between them.
type writer struct {
	b      []byte
	column int // octets in this line
	mark   int // start of the word under way, with the blank before it
}

// begin starts a word after a blank.
func (w *writer) begin() {
	w.mark = len(w.b)
	w.b = append(w.b, ' ')
}

// end ends the word and moves it to a new line where this one would get too long.
func (w *writer) end() {
	n := len(w.b) - w.mark
	// One octet is kept free for the semicolon that may follow.
	if w.column+n < LineLength {
		w.column += n
		return
	}
	w.b = append(w.b, 0)
	copy(w.b[w.mark+2:], w.b[w.mark+1:])
	w.b[w.mark], w.b[w.mark+1] = '\n', '\t'
	w.column = n
}

// drop takes the word back.
func (w *writer) drop() { w.b = w.b[:w.mark] }

func (w *writer) id(id string) {
	start := len(w.b)
	w.value(id)
	w.column += len(w.b) - start
}

// result starts a result on a line of its own. It reports false, and writes nothing, where there is none.
func (w *writer) result(method string, r policy.Result) bool {
	switch r {
	case policy.ResultNone, policy.ResultPass, policy.ResultFail, policy.ResultSoftFail, policy.ResultNeutral,
		policy.ResultPolicy, policy.ResultTempError, policy.ResultPermError:
	default:
		return false
	}
	start := len(w.b) + len(";\n")
	w.b = append(w.b, ";\n\t"...)
	w.b = append(w.b, method...)
	w.b = append(w.b, '=')
	w.b = append(w.b, r...)
	w.column = len(w.b) - start
	return true
}

// spf writes both checks. A message with a null sender has one identity, and one result.
func (w *writer) spf(from, helo *policy.SPF) {
	w.oneSPF(from)
	if from.Scope != policy.ScopeHelo || from.Result != helo.Result || from.Domain != helo.Domain {
		w.oneSPF(helo)
	}
}

func (w *writer) oneSPF(s *policy.SPF) {
	if !w.result("spf", s.Result) {
		return
	}
	switch {
	case s.Result != policy.ResultPass:
		w.reason(s.Reason)
	case s.Anyone:
		w.reason(reasonAnyone)
	}
	if s.Scope == policy.ScopeHelo {
		w.property("smtp.helo", string(s.Domain))
		return
	}
	w.address("smtp.mailfrom", s.Sender, s.Domain)
}

// dkim writes the signatures in their order. Those that passed come before any limit.
func (w *writer) dkim(all []policy.DKIM) {
	passed := 0
	for i := range all {
		if all[i].Result == policy.ResultPass {
			passed++
		}
	}
	others := max(MaxDKIM-passed, 0)
	passes := MaxDKIM
	for i := range all {
		left := &others
		if all[i].Result == policy.ResultPass {
			left = &passes
		}
		if *left == 0 {
			continue
		}
		*left--
		w.oneDKIM(&all[i])
	}
}

// Reasons beside a pass, where there is something to know about it. RFC 8601, 2.2, lets a reason stand beside any result.
const (
	reasonAnyone  = "any client passes"                 // such as by +all
	reasonPartial = "the end of the body is not signed" // l= (RFC 6376, 8.2)
)

func (w *writer) oneDKIM(d *policy.DKIM) {
	if !w.result("dkim", d.Result) {
		return
	}
	switch {
	case d.Result != policy.ResultPass:
		w.reason(d.Reason)
	case d.Partial:
		w.reason(reasonPartial)
	case d.WeakKey():
		w.reason(strconv.Itoa(d.KeyBits) + "-bit key")
	}
	w.property("header.d", string(d.Domain))
	w.property("header.s", d.Selector)
	w.property("header.a", d.Algorithm)
	w.property("header.b", d.Signature)
}

func (w *writer) dmarc(d *policy.DMARC) {
	if !w.result("dmarc", d.Result) {
		return
	}
	if d.Result != policy.ResultPass {
		w.reason(d.Reason)
	}
	w.property("header.from", string(d.Author))
	w.property("policy.dmarc", string(d.Policy))
}
