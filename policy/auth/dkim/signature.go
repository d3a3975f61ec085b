package dkim

import (
	"crypto/sha256"
	"strconv"
	"strings"
	"time"

	"sekimori/policy"
)

// signature is one DKIM-Signature field on its way to a result.
type signature struct {
	result  policy.DKIM
	settled bool // result holds the last word

	field         int // index of the field in the header
	value         string
	start, end    int // what stands between b= and the next semicolon, in value
	names         string
	ed25519       bool
	relaxedHeader bool
	relaxedBody   bool
	length        int64 // l=; -1 when absent
	bodyHash      []byte
	b             []byte
	keyName       string
	offDomain     bool // i= lies below d=, which the key may forbid

	headerHash [sha256.Size]byte
	body       *digest
	key        *lookup
}

// settle gives the signature its last word.
func (s *signature) settle(p problem) {
	s.result.Result, s.result.Reason = p.result, p.reason
	s.settled = true
}

// requiredTags are those without which there is no signature (RFC 6376, 3.5); v is asked for before.
var requiredTags = [...]string{"a", "b", "bh", "d", "h", "s"}

// parse reads value as RFC 6376, 3.5 and 6.1.1, want it. Whatever was read before a mistake stands in s.result.
func (s *signature) parse(value string, at time.Time) problem {
	if len(value) > MaxFieldLength {
		return because(policy.ResultPolicy, reasonFieldLength, strconv.Itoa(len(value))+" octets")
	}
	var l tagList
	if err := l.parse(value); err != nil {
		return unreadable(reasonSyntax, err)
	}
	s.value = value
	s.describe(&l)
	if v, _ := l.get("v"); v.value != "1" {
		return permerror(reasonVersion, quote(v.value))
	}
	for _, name := range requiredTags {
		if _, ok := l.get(name); !ok {
			return permerror(reasonMissing, name+"=")
		}
	}
	// One after the other and not in a loop over functions, which would move the list to the heap.
	p := s.algorithms(&l)
	if !p.bad() {
		p = s.domains(&l)
	}
	if !p.bad() {
		p = s.signedFields(&l)
	}
	if !p.bad() {
		p = s.hashes(&l)
	}
	if !p.bad() {
		p = times(&l, at)
	}
	return p
}

// describe fills the part of the result that is told of bad signatures too.
func (s *signature) describe(l *tagList) {
	d, _ := l.get("d")
	s.result.Domain, _ = policy.ParseDomain(d.value)
	sel, _ := l.get("s")
	s.result.Selector = sel.value
	i, _ := l.get("i")
	s.result.Identity = stripSpace(i.value)
	a, _ := l.get("a")
	s.result.Algorithm = a.value
	b, _ := l.get("b")
	s.start, s.end = b.start, b.end
	s.result.Signature = firstOf(b.value, 8)
}

// firstOf returns the first n octets of v that are no white space (RFC 6008, 4).
func firstOf(v string, n int) string {
	out := make([]byte, 0, n)
	for i := 0; i < len(v) && len(out) < n; i++ {
		if !isSpace(v[i]) {
			out = append(out, v[i])
		}
	}
	return string(out)
}

// algorithms reads a=, c= and q=.
func (s *signature) algorithms(l *tagList) problem {
	a, _ := l.get("a")
	switch a.value {
	case "rsa-sha256":
	case "ed25519-sha256":
		s.ed25519 = true
	case "rsa-sha1":
		return permerror(reasonSHA1, "")
	default:
		return permerror(reasonAlgorithm, quote(a.value))
	}
	if c, ok := l.get("c"); ok {
		header, body, both := strings.Cut(c.value, "/")
		if !both {
			body = "simple"
		}
		var known1, known2 bool
		s.relaxedHeader, known1 = canonicalisation(header)
		s.relaxedBody, known2 = canonicalisation(body)
		if !known1 || !known2 {
			return permerror(reasonCanon, quote(c.value))
		}
	}
	if q, ok := l.get("q"); ok && !listHas(q.value, "dns/txt") {
		return permerror(reasonQuery, quote(q.value))
	}
	return problem{}
}

func canonicalisation(name string) (relaxed, known bool) {
	return name == "relaxed", name == "relaxed" || name == "simple"
}

// domains reads d=, s= and i=, and makes the name of the key from them. A domain that is not in A-labels is a mistake.
func (s *signature) domains(l *tagList) problem {
	d, _ := l.get("d")
	// RFC 6376, 3.5: at least two labels, and nothing behind the last.
	if s.result.Domain.Labels() < 2 || strings.HasSuffix(d.value, ".") {
		return permerror(reasonTag, "d="+quote(d.value))
	}
	sel, err := policy.ParseDomain(s.result.Selector)
	if err != nil || strings.HasSuffix(s.result.Selector, ".") {
		return permerror(reasonTag, "s="+quote(s.result.Selector))
	}
	s.keyName = string(sel) + "._domainkey." + string(s.result.Domain)
	if len(s.keyName) > policy.MaxDomainLength {
		return permerror(reasonTag, "s= and d= make a name that is too long")
	}
	if s.result.Identity == "" {
		if _, ok := l.get("i"); ok {
			return permerror(reasonTag, "i= is empty")
		}
		return problem{}
	}
	identity, ok := unquotePrintable(s.result.Identity)
	at := strings.LastIndexByte(identity, '@')
	if !ok || at < 0 {
		return permerror(reasonTag, "i="+quote(s.result.Identity))
	}
	domain, err := policy.ParseDomain(identity[at+1:])
	if err != nil || !domain.Under(s.result.Domain) {
		return permerror(reasonIdentity, quote(s.result.Identity))
	}
	s.offDomain = domain != s.result.Domain
	return problem{}
}

// signedFields reads h=.
func (s *signature) signedFields(l *tagList) problem {
	h, _ := l.get("h")
	s.names = h.value
	from, n := false, 0
	for item := range strings.SplitSeq(h.value, ":") {
		name := trimSpace(item)
		if !isFieldName(name) {
			return permerror(reasonTag, "h= has the name "+quote(name))
		}
		if n++; n > MaxSignedFields {
			return because(policy.ResultPolicy, reasonNames, "")
		}
		from = from || equalFold(name, "from")
	}
	if !from {
		return permerror(reasonUnsigned, "")
	}
	return problem{}
}

// hashes reads b=, bh= and l=.
func (s *signature) hashes(l *tagList) problem {
	var ok bool
	b, _ := l.get("b")
	if s.b, ok = decodeBase64(b.value); !ok {
		return permerror(reasonTag, "b= is not base64")
	}
	bh, _ := l.get("bh")
	if s.bodyHash, ok = decodeBase64(bh.value); !ok {
		return permerror(reasonTag, "bh= is not base64")
	}
	s.length = -1
	if t, present := l.get("l"); present {
		if s.length, ok = parseNumber(t.value); !ok {
			return permerror(reasonTag, "l="+quote(t.value))
		}
	}
	return problem{}
}

// times reads t= and x=. A t= that lies ahead is no mistake: clocks differ.
func times(l *tagList, at time.Time) problem {
	var signed, expires int64
	var ok bool
	t, dated := l.get("t")
	if dated {
		if signed, ok = parseNumber(t.value); !ok {
			return permerror(reasonTag, "t="+quote(t.value))
		}
	}
	x, ends := l.get("x")
	if !ends {
		return problem{}
	}
	if expires, ok = parseNumber(x.value); !ok {
		return permerror(reasonTag, "x="+quote(x.value))
	}
	if dated && expires <= signed {
		return permerror(reasonTimes, "")
	}
	if at.Add(-ClockSkew).Unix() > expires {
		return permerror(reasonExpired, "x="+quote(x.value))
	}
	return problem{}
}
