package smime

import (
	"bytes"
	"encoding/base64"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// stage is what the next octets of the body belong to.
type stage uint8

const (
	preamble   stage = iota
	content          // what is signed
	partHeader       // of the signature
	partBody
	epilogue
)

// splitter takes the signed part and the signature out of a body as it comes (RFC 1847, 2.1). The signed part is hashed from its header
// to the line end before the delimiter, which is the delimiter's (RFC 2046, 5.1.1). Line ends are CRLF as an MTA hands them on; a bare LF
// counts as one and is hashed as CRLF, so that a message read from a file gives the same; a bare CR, which some readers take for a line
// end, makes the signature fail wherever it stands.
type splitter struct {
	delimiter string // two hyphens and the boundary
	stage     stage
	sums      sums
	problem   problem // what ended the reading

	bol     bool   // a line begins
	matched int    // octets of the delimiter with which it began
	tail    []byte // of a line that began with all of it
	cr      bool   // the last octet was a CR, which may be half a line end
	pending bool   // a line end of the signed part, not hashed yet

	header []byte // of the signature's part, lines ended by LF
	digits []byte // of the signature, base64 without blanks
}

// maxTail is how many octets may follow a delimiter in its line: two hyphens, blanks and a line end.
const maxTail = 128

// maxDigits is how many digits a signature of MaxSignature octets has.
const maxDigits = (MaxSignature + 2) / 3 * 4

func (s *splitter) begin(h policy.Header) problem {
	boundary, digests, p := signedType(h)
	if p.bad() {
		return p
	}
	s.delimiter, s.sums, s.bol = "--"+boundary, newSums(digests), true
	return problem{}
}

// fail ends the reading. The first problem counts.
func (s *splitter) fail(p problem) {
	if !s.problem.bad() {
		s.problem = p
	}
}

func (s *splitter) write(p []byte) {
	for len(p) > 0 && !s.problem.bad() {
		switch {
		case s.cr:
			if p[0] != '\n' {
				s.bareCR()
				return
			}
			s.cr = false
			s.lineEnd()
			p = p[1:]
		case s.bol:
			p = s.lineStart(p)
		default:
			p = s.lines(p)
		}
	}
}

func (s *splitter) bareCR() { s.fail(failed("a CR that ends no line")) }

// lineStart compares the beginning of a line with the delimiter. A line that begins like it is the delimiter, or nothing: readers
// differ in what they take for one.
func (s *splitter) lineStart(p []byte) []byte {
	if s.matched < len(s.delimiter) {
		n := 0
		for n < len(p) && s.matched+n < len(s.delimiter) && p[n] == s.delimiter[s.matched+n] {
			n++
		}
		if n < len(p) && s.matched+n < len(s.delimiter) {
			s.noDelimiter()
			return p
		}
		s.matched += n
		return p[n:]
	}
	n := bytes.IndexByte(p, '\n')
	rest := p[:max(n, 0)]
	if n < 0 {
		rest = p
	}
	if len(s.tail)+len(rest) > maxTail {
		s.unlike()
		return nil
	}
	s.tail = append(s.tail, rest...)
	if n < 0 {
		return nil
	}
	s.delimit()
	return p[n+1:]
}

// noDelimiter hands on what a line had in common with the delimiter.
func (s *splitter) noDelimiter() {
	if s.pending {
		s.sums.write([]byte("\r\n"))
	}
	s.pending, s.bol = false, false
	n := s.matched
	s.matched = 0
	if n > 0 {
		s.take([]byte(s.delimiter[:n]))
	}
}

func (s *splitter) unlike() { s.fail(failed("a line that begins like the delimiter and is none")) }

// delimit takes a delimiter line, whose rest is in tail.
func (s *splitter) delimit() {
	rest := bytes.TrimRight(bytes.TrimSuffix(s.tail, []byte("\r")), " \t")
	closing := string(rest) == "--"
	if len(rest) > 0 && !closing {
		s.unlike()
		return
	}
	s.tail, s.matched, s.bol, s.pending = s.tail[:0], 0, true, false
	switch {
	case s.stage == preamble && !closing:
		s.stage = content
	case s.stage == content && !closing:
		s.stage = partHeader
	case s.stage == partBody && closing:
		s.stage = epilogue
	case s.stage == partHeader:
		s.fail(failed("the signature has no content"))
	case s.stage == epilogue:
		s.fail(failed("parts behind the end"))
	case closing:
		s.fail(failed("fewer than two parts"))
	default:
		s.fail(failed("more than two parts"))
	}
}

// lines takes the rest of a line; of the signed part as many lines together as no delimiter can begin.
func (s *splitter) lines(p []byte) []byte {
	end := 0 // of the last whole line that ends in CRLF
	for {
		n := bytes.IndexByte(p[end:], '\n')
		if n < 0 {
			break
		}
		line := p[end : end+n]
		bare := n == 0 || line[n-1] != '\r'
		if !bare {
			line = line[:n-1]
		}
		if k := bytes.IndexByte(line, '\r'); k >= 0 {
			s.take(p[:end+k]) // which may be the first that is wrong
			s.bareCR()
			return nil
		}
		if bare {
			s.take(p[:end+n])
			s.lineEnd()
			return p[end+n+1:]
		}
		end += n + 1
		if s.stage != content || end == len(p) || p[end] == '-' {
			break
		}
	}
	if end > 0 {
		s.take(p[:end-2])
		s.lineEnd()
		return p[end:]
	}
	if n := bytes.IndexByte(p, '\r'); n >= 0 {
		s.take(p[:n])
		if s.cr = n == len(p)-1; !s.cr {
			s.bareCR()
		}
		return nil
	}
	s.take(p)
	return nil
}

// take hands octets to what they belong to. Line ends are among them in the signed part only.
func (s *splitter) take(p []byte) {
	switch s.stage {
	case preamble: // of which clients show nothing
	case content:
		s.sums.write(p)
	case partHeader:
		if len(p) > 0 && len(s.header)+len(p) > MaxPartHeader {
			s.fail(unread("the header of the signature is too long"))
			return
		}
		s.header = append(s.header, p...)
	case partBody:
		s.base64(p)
	case epilogue:
		if len(bytes.Trim(p, " \t")) > 0 {
			s.fail(failed("text behind the end"))
		}
	}
}

// base64 keeps the digits of the signature. Blanks are passed over wherever they stand (RFC 2045, 6.8).
func (s *splitter) base64(p []byte) {
	for part := range bytes.FieldsFuncSeq(p, func(r rune) bool { return r == ' ' || r == '\t' }) {
		if len(s.digits)+len(part) > maxDigits {
			s.fail(unread("the signature is too large"))
			return
		}
		s.digits = append(s.digits, part...)
	}
}

// lineEnd ends a line.
func (s *splitter) lineEnd() {
	s.bol = true
	switch s.stage {
	case preamble, partBody, epilogue:
	case content:
		s.pending = true
	case partHeader:
		if n := len(s.header); n == 0 || s.header[n-1] == '\n' {
			s.headerEnd()
		} else {
			s.header = append(s.header, '\n')
		}
	}
}

// headerEnd reads the header of the signature's part.
func (s *splitter) headerEnd() {
	h, rest, err := mail.Split(s.header)
	if err != nil || len(rest) > 0 || bytes.IndexByte(s.header, 0) >= 0 {
		s.fail(failed("the header of the signature is not well-formed"))
		return
	}
	if p := signaturePart(h); p.bad() {
		s.fail(p)
		return
	}
	s.stage = partBody
}

// end ends the body. A close-delimiter may be its last octets.
func (s *splitter) end() problem {
	switch {
	case s.problem.bad():
		return s.problem
	case s.cr:
		s.bareCR()
	case s.bol && s.matched == len(s.delimiter):
		s.delimit()
	case s.bol && s.matched > 0:
		s.noDelimiter()
	}
	if !s.problem.bad() && s.stage != epilogue {
		s.fail(failed("the parts do not end"))
	}
	return s.problem
}

// signature decodes what was kept.
func (s *splitter) signature() ([]byte, problem) {
	sig := make([]byte, base64.StdEncoding.DecodedLen(len(s.digits)))
	n, err := base64.StdEncoding.Decode(sig, s.digits)
	switch {
	case err != nil:
		return nil, failed("the signature is not in base64")
	case n > MaxSignature:
		return nil, unread("the signature is too large")
	}
	return sig[:n], problem{}
}
