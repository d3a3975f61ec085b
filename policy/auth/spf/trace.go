package spf

import (
	"strconv"

	"sekimori/policy"
)

// maxShown is the number of octets of foreign text shown in a reason or step; the rest is cut.
const maxShown = 400

// printable returns foreign text for people: as it is when it is printable ASCII, quoted otherwise, and cut when long.
func printable(s string) string {
	cut := ""
	if len(s) > maxShown {
		s, cut = s[:maxShown], "..."
	}
	for i := 0; i < len(s); i++ {
		if s[i] < ' ' || s[i] > '~' {
			return strconv.QuoteToASCII(s) + cut
		}
	}
	return s + cut
}

// begin writes the step of a term and returns its index; -1 without a trace.
func (e *evaluation) begin(depth int, t *Term) int {
	if !e.checker.trace {
		return -1
	}
	e.note = ""
	e.steps = append(e.steps, policy.Step{Depth: depth, Text: printable(t.Text)})
	return len(e.steps) - 1
}

// end completes the step of a term.
func (e *evaluation) end(line int, t *Term, matched bool, stop outcome) {
	if line < 0 {
		return
	}
	s := &e.steps[line]
	switch {
	case stop.final():
		s.Text += ": " + string(stop.result)
		if !e.decided {
			s.Text += ", " + stop.detail
			s.Decided, e.decided = true, true
		}
	case matched:
		s.Text += ": match, " + string(t.Qualifier.Result())
		s.Decided = e.included == 0
		e.decided = e.decided || s.Decided
	default:
		s.Text += ": no match"
		if e.note != "" {
			s.Text += " (" + e.note + ")"
		}
	}
	e.note = ""
}

// remark keeps what a term met for its step.
func (e *evaluation) remark(note string) {
	if e.checker.trace {
		e.note = note
	}
}

// stop writes the step of a record that ends the check, or the include around it, and returns the outcome.
func (e *evaluation) stop(depth int, r policy.Result, detail string) outcome {
	if e.checker.trace {
		e.steps = append(e.steps, policy.Step{Depth: depth, Text: detail + ": " + string(r), Decided: true})
		e.decided = true
	}
	return outcome{result: r, detail: detail}
}

// conclude writes the step that settles the result.
func (e *evaluation) conclude(depth int, text string) {
	if e.checker.trace {
		e.steps = append(e.steps, policy.Step{Depth: depth, Text: text, Decided: true})
		e.decided = true
	}
}

// explain looks up what the domain wants to be said about a fail (RFC 7208, 6.2). Whatever goes wrong means that there is
// no explanation. It is shown and never sent.
func (e *evaluation) explain(r *Record, domain string, depth int) {
	t := r.Modifier(KindExp)
	if t == nil {
		return
	}
	name, stop := e.target(&t.Target, domain)
	if stop.final() {
		return
	}
	a, stop := e.ask(name, policy.TypeTXT)
	if stop.final() || len(a.TXT) != 1 {
		return
	}
	s, _, err := readMacros(a.TXT[0], true)
	if err != nil {
		return
	}
	e.explanation = e.sentence(&s, domain)
	if e.explanation != "" {
		e.steps = append(e.steps, policy.Step{Depth: depth + 1, Text: "explanation, never sent: " + e.explanation})
	}
}

// sentence expands an explanation; every octet that is not printable ASCII becomes a question mark.
func (e *evaluation) sentence(s *Spec, domain string) string {
	if !s.HasMacro() {
		return s.Text[:min(len(s.Text), MaxExplanation)]
	}
	var buf []byte
	for i := range s.parts {
		var stop outcome
		if buf, stop = e.expand(buf, &s.parts[i], domain); stop.final() {
			return ""
		}
		if len(buf) > MaxExplanation {
			buf = buf[:MaxExplanation]
			break
		}
	}
	for i, c := range buf {
		if c < ' ' || c > '~' {
			buf[i] = '?'
		}
	}
	return string(buf)
}
