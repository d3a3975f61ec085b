package scenario

import (
	"strconv"
	"strings"

	"sekimori/policy"
)

// want reads what is wanted, a block a message. A case with one message needs no "message 1" line.
func (p *parser) want(first int, data []byte) {
	var w *Want
	begin := func(number, message int) {
		p.c.Wants = append(p.c.Wants, Want{Line: number, Message: message})
		w = &p.c.Wants[len(p.c.Wants)-1]
	}
	for _, l := range p.split(first, data) {
		word, rest, _ := strings.Cut(l.text, " ")
		rest = strings.TrimSpace(rest)
		if word == "message" {
			n, err := strconv.Atoi(rest)
			if err != nil || n != len(p.c.Wants)+1 {
				p.mistake(l.number, "message %s is out of order, message %d is next", rest, len(p.c.Wants)+1)
			}
			begin(l.number, len(p.c.Wants)+1)
			continue
		}
		if w == nil {
			begin(l.number, 1)
		}
		p.wantLine(w, l, word, rest)
	}
	p.wantSense(first)
}

// wantSense checks what can only be seen when every block has been read, and fills in the outcome.
func (p *parser) wantSense(first int) {
	for _, t := range Targets() {
		messages := 0
		for _, s := range p.c.Steps {
			if s.Verb.message() && meant(s.Only, t) {
				messages++
			}
		}
		if messages > 0 && messages != len(p.c.Wants) {
			p.mistake(max(first, 1), "with %s the session sends %d messages, want speaks of %d", t, messages, len(p.c.Wants))
			return
		}
	}
	for i := range p.c.Wants {
		w := &p.c.Wants[i]
		if w.Outcome == "" && w.Decision != "" {
			w.Outcome = policy.OutcomeOf(w.Decision)
		}
		if w.Outcome == "" {
			p.mistake(w.Line, "nothing says what happens to message %d: it needs a decision or an outcome line", w.Message)
		}
		if w.Outcome == policy.OutcomeTrimmed && len(w.To) == 0 {
			p.mistake(w.Line, "message %d loses recipients: it needs a to line that says who is left", w.Message)
		}
	}
}

// wantLine reads one line of a block.
func (p *parser) wantLine(w *Want, l line, word, rest string) {
	switch {
	case word == "decision":
		w.Decision = choice(p, l, word, rest, policy.Actions())
		p.unrestricted(l, word)
	case word == "outcome":
		w.Outcome = choice(p, l, word, rest, policy.Outcomes())
		p.unrestricted(l, word)
	case word == "to":
		p.wantTo(w, l, rest)
	case word == "finding", word == "-finding":
		name, evidence, _ := strings.Cut(rest, " ")
		if name == "" {
			p.mistake(l.number, "finding needs a name")
		}
		w.Findings = append(w.Findings, FindingWanted{Line: l.number, Only: l.only, Name: name,
			Evidence: strings.TrimSpace(evidence), Absent: word[0] == '-'})
	case word[0] == '+', word[0] == '-':
		name, value, ok := strings.Cut(l.text[1:], ":")
		if !ok || name == "" || strings.ContainsAny(name, " \t") {
			p.mistake(l.number, "a header is written +Name: pattern or -Name: pattern, found %q", l.text)
			return
		}
		w.Headers = append(w.Headers, HeaderWanted{Line: l.number, Only: l.only, Name: name,
			Value: strings.TrimSpace(value), Absent: word[0] == '-'})
	default:
		p.mistake(l.number, "%q is no word of want; possible are message, decision, outcome, to, finding, -finding, "+
			"+Name: pattern and -Name: pattern", word)
	}
}

// wantTo reads "to <address>..." or "to nobody".
func (p *parser) wantTo(w *Want, l line, rest string) {
	r := Recipients{Line: l.number, Only: l.only}
	for _, word := range strings.Fields(rest) {
		if word == "nobody" && rest == word {
			break
		}
		if len(word) < 3 || word[0] != '<' || word[len(word)-1] != '>' {
			p.mistake(l.number, "to takes addresses in angle brackets or the word nobody, found %q", word)
			return
		}
		r.To = append(r.To, word[1:len(word)-1])
	}
	if rest == "" {
		p.mistake(l.number, "to takes addresses in angle brackets or the word nobody")
	}
	w.To = append(w.To, r)
}

// unrestricted refuses a target prefix where the answer cannot depend on the target.
func (p *parser) unrestricted(l line, word string) {
	if len(l.only) > 0 {
		p.mistake(l.number, "%s is the same for every target and takes no prefix", word)
	}
}

// choice returns the value that rest spells.
func choice[T ~string](p *parser, l line, word, rest string, all []T) T {
	words := make([]string, len(all))
	for i, v := range all {
		if rest == string(v) {
			return v
		}
		words[i] = string(v)
	}
	p.mistake(l.number, "%s cannot be %q; possible are %s", word, rest, strings.Join(words, ", "))
	return ""
}
