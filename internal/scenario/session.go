package scenario

import (
	"net/netip"
	"strconv"
	"strings"
)

// session reads the lines of the session.
func (p *parser) session(first int, data []byte) {
	p.used = map[string]bool{}
	messages := 0
	for _, l := range p.split(first, data) {
		if len(p.c.Steps) == MaxSteps {
			p.mistake(l.number, "more than %d lines in one session", MaxSteps)
			break
		}
		s, ok := p.step(l)
		if !ok {
			continue
		}
		if s.Verb.message() {
			messages++
		}
		p.c.Steps = append(p.c.Steps, s)
	}
	if messages > MaxMessages {
		p.mistake(first, "%d messages in one session, at most %d are possible", messages, MaxMessages)
	}
	for name := range p.c.Mails {
		if !p.used[name] {
			p.mistake(p.c.lines[name]-1, "no session line sends %s", name)
		}
	}
}

// step reads one line; false means that a mistake was noted.
func (p *parser) step(l line) (Step, bool) {
	before := len(p.mistakes)
	text, wanted, hasWant := strings.Cut(l.text, "->")
	word, rest, _ := strings.Cut(strings.TrimSpace(text), " ")
	rest = strings.TrimSpace(rest)
	s := Step{Line: l.number, Only: l.only, Verb: Verb(word)}
	if hasWant {
		s.Want = p.reply(l.number, strings.TrimSpace(wanted))
	}
	switch s.Verb {
	case VerbClient:
		p.client(&s, rest)
	case VerbHelo, VerbEhlo, VerbAuth:
		s.Arg = p.one(s, rest)
	case VerbMail, VerbRcpt:
		p.path(&s, rest)
	case VerbData:
		s.File = p.one(s, rest)
		p.mail(s)
	case VerbSubmit:
		p.submit(&s, rest)
	case VerbSign:
		p.sign(&s, rest)
	case VerbPad:
		p.pad(&s, rest)
	case VerbStartTLS, VerbRset, VerbNoop, VerbQuit, VerbDrop:
		if rest != "" {
			p.mistake(l.number, "%s takes nothing after it, found %q", s.Verb, rest)
		}
	default:
		p.mistake(l.number, "%q is no session word; possible are %s", word, verbList())
	}
	if hasWant && !s.Verb.answered() {
		p.mistake(l.number, "%s gets no SMTP reply", s.Verb)
	}
	return s, len(p.mistakes) == before
}

// answered reports whether a line with this verb can want a reply. The answer to client is the greeting.
func (v Verb) answered() bool {
	switch v {
	case VerbSign, VerbPad, VerbDrop, VerbSubmit:
		return false
	case VerbClient, VerbHelo, VerbEhlo, VerbStartTLS, VerbAuth, VerbMail, VerbRcpt, VerbData, VerbRset, VerbNoop, VerbQuit:
	}
	return true
}

func verbList() string {
	words := make([]string, 0, len(Verbs()))
	for _, v := range Verbs() {
		words = append(words, string(v))
	}
	return strings.Join(words, ", ")
}

// one wants exactly one word.
func (p *parser) one(s Step, rest string) string {
	if rest == "" || strings.ContainsAny(rest, " \t") {
		p.mistake(s.Line, "%s takes one word, found %q", s.Verb, rest)
	}
	return rest
}

// client reads "ADDRESS [PORT]".
func (p *parser) client(s *Step, rest string) {
	addr, port, hasPort := strings.Cut(rest, " ")
	var err error
	if s.Addr, err = netip.ParseAddr(addr); err != nil || s.Addr.Zone() != "" {
		p.mistake(s.Line, "%q is no IP address", addr)
	}
	s.Port = 25
	if hasPort {
		if port = strings.TrimSpace(port); port != "25" && port != "587" {
			p.mistake(s.Line, "the port is %q; possible are 25 and 587", port)
		}
		if port == "587" {
			s.Port = 587
		}
	}
}

// path reads "<address> [ESMTP parameters]". The brackets belong to the argument and are sent as they stand.
func (p *parser) path(s *Step, rest string) {
	end := strings.LastIndexByte(rest, '>')
	if !strings.HasPrefix(rest, "<") || end < 0 {
		p.mistake(s.Line, "%s takes an address in angle brackets, found %q", s.Verb, rest)
		return
	}
	s.Arg, s.Params = rest[:end+1], strings.TrimSpace(rest[end+1:])
}

// mail notes that the message of s is used, and that it exists.
func (p *parser) mail(s Step) {
	p.used[s.File] = true
	if s.File != "" && p.c.Mails[s.File] == nil {
		p.mistake(s.Line, "the case has no %s", s.File)
	}
}

// submit reads "<sender> <recipient>... FILE".
func (p *parser) submit(s *Step, rest string) {
	words := strings.Fields(rest)
	if len(words) < 3 {
		p.mistake(s.Line, "submit takes <sender>, at least one <recipient> and a message, found %q", rest)
		return
	}
	if len(words)-2 > MaxSubmitRcpts {
		p.mistake(s.Line, "%d recipients, at most %d are possible", len(words)-2, MaxSubmitRcpts)
	}
	s.Arg, s.To, s.File = words[0], words[1:len(words)-1], words[len(words)-1]
	for _, w := range words[:len(words)-1] {
		if !strings.HasPrefix(w, "<") || !strings.HasSuffix(w, ">") {
			p.mistake(s.Line, "%q is no address in angle brackets", w)
		}
	}
	p.mail(*s)
}

// sign reads "d=DOMAIN s=SELECTOR [key=rsa|ed25519]".
func (p *parser) sign(s *Step, rest string) {
	s.Sign.Key = "rsa"
	for _, w := range strings.Fields(rest) {
		k, v, _ := strings.Cut(w, "=")
		switch {
		case k == "d" && v != "":
			s.Sign.Domain = v
		case k == "s" && v != "":
			s.Sign.Selector = v
		case k == "key" && (v == "rsa" || v == "ed25519"):
			s.Sign.Key = v
		default:
			p.mistake(s.Line, "sign cannot read %q; possible are d=DOMAIN, s=SELECTOR and key=rsa or key=ed25519", w)
		}
	}
	if s.Sign.Domain == "" || s.Sign.Selector == "" {
		p.mistake(s.Line, "sign needs d=DOMAIN and s=SELECTOR")
	}
}

// pad reads "SIZE", in octets or with the unit KiB or MiB.
func (p *parser) pad(s *Step, rest string) {
	number, unit := rest, int64(1)
	if n, ok := strings.CutSuffix(rest, "KiB"); ok {
		number, unit = n, 1<<10
	} else if n, ok := strings.CutSuffix(rest, "MiB"); ok {
		number, unit = n, 1<<20
	}
	n, err := strconv.ParseInt(strings.TrimSpace(number), 10, 32)
	if err != nil || n < 1 || n*unit > MaxPadBytes {
		p.mistake(s.Line, "pad takes a size from 1 to %d octets, such as 300KiB or 8MiB, found %q", MaxPadBytes, rest)
		return
	}
	s.Pad = n * unit
}

// reply reads "CODE [ENHANCED] [part of the text]".
func (p *parser) reply(number int, text string) Reply {
	code, rest, _ := strings.Cut(text, " ")
	n, err := strconv.Atoi(code)
	if err != nil || n < 200 || n > 599 || len(code) != 3 {
		p.mistake(number, "the wanted reply begins with %q, not with a code from 200 to 599", code)
		return Reply{}
	}
	r := Reply{Code: n, Text: strings.TrimSpace(rest)}
	if word, after, _ := strings.Cut(r.Text, " "); enhanced(word) {
		r.Enhanced, r.Text = word, strings.TrimSpace(after)
		if r.Enhanced[0] != code[0] {
			p.mistake(number, "the enhanced code %s does not belong to %s", r.Enhanced, code)
		}
	}
	return r
}

// enhanced reports whether s is an enhanced status code (RFC 3463, 2).
func enhanced(s string) bool {
	parts := strings.Split(s, ".")
	if len(parts) != 3 || len(parts[0]) != 1 || !strings.Contains("245", parts[0]) {
		return false
	}
	for _, part := range parts[1:] {
		if n, err := strconv.ParseUint(part, 10, 16); err != nil || n > 999 || len(part) > 3 {
			return false
		}
	}
	return true
}
