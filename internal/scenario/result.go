package scenario

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"sekimori/policy"
)

// Runner carries out plays for one target.
type Runner interface {
	Target() Target
	// Run carries out p with the zone of prepared answering. An error means that it could not be carried out.
	Run(ctx context.Context, prepared *Prepared, p Play) (*Result, error)
}

// Result is what came of a play.
type Result struct {
	Replies  []Reply   // one for each of Play.Steps; Code 0 where the runner has none
	Messages []Message // one for each data and submit step, in order
}

// Message is what came of one message. A runner fills in what it knows.
type Message struct {
	Decision  policy.Action // "" when not known
	Outcome   policy.Outcome
	Findings  []policy.Finding // looked at only when Decision is known
	Delivered *Delivery        // nil when not known
}

// Delivery is what became of a message in the hands of an MTA, or what an MTA would have been told.
type Delivery struct {
	To     []string      // who got it, without brackets; empty when nobody did
	Held   bool          // it waits in the hold queue or quarantine of the MTA
	Header policy.Header // nil: not known, and not looked at
}

// Run prepares c, lets r carry it out and compares. The case has no part for r when ran is false.
func Run(ctx context.Context, c *Case, r Runner) (wrong Mistakes, ran bool, err error) {
	prepared, err := c.Prepare()
	if err != nil {
		return nil, false, err
	}
	play := prepared.Play(r.Target())
	if !play.TakesPart() {
		return nil, false, nil
	}
	result, err := r.Run(ctx, prepared, play)
	if err != nil {
		return nil, true, fmt.Errorf("%s: %s: %w", c.File, r.Target(), err)
	}
	return play.Check(result), true, nil
}

// TakesPart reports whether the target has anything to do: a message to decide on, or a word to say to an MTA.
func (p Play) TakesPart() bool {
	return slices.ContainsFunc(p.Steps, func(s Step) bool {
		return s.Verb.message() || p.Target != Decision && s.Verb.answered()
	})
}

// Check compares a result with what the case wants and returns every difference.
func (p Play) Check(r *Result) Mistakes {
	c := &check{p: p}
	n := 0
	var accepted []string
	for i, s := range p.Steps {
		got := Reply{}
		if i < len(r.Replies) {
			got = r.Replies[i]
		}
		c.reply(s, got)
		switch s.Verb {
		case VerbClient, VerbHelo, VerbEhlo, VerbMail, VerbRset, VerbStartTLS:
			accepted = nil
		case VerbRcpt:
			if s.Want.Code < 300 {
				accepted = append(accepted, bare(s.Arg))
			}
		case VerbSubmit:
			accepted = nil
			for _, to := range s.To {
				accepted = append(accepted, bare(to))
			}
		case VerbAuth, VerbData, VerbNoop, VerbQuit, VerbDrop, VerbSign, VerbPad:
		}
		if !s.Verb.message() {
			continue
		}
		n++
		if n > len(p.Case.Wants) || n > len(r.Messages) {
			c.wrong(s.Line, "message %d: nothing is known of it", n)
			continue
		}
		c.message(p.Case.Wants[n-1], r.Messages[n-1], accepted)
		accepted = nil
	}
	return c.mistakes
}

// check gathers differences.
type check struct {
	p        Play
	mistakes Mistakes
}

func (c *check) wrong(line int, format string, args ...any) {
	c.mistakes = append(c.mistakes, Mistake{File: c.p.Case.File, Line: line,
		Text: string(c.p.Target) + ": " + fmt.Sprintf(format, args...)})
}

// reply compares one SMTP reply.
func (c *check) reply(s Step, got Reply) {
	if got.Code == 0 || !s.Verb.answered() {
		return
	}
	want := s.Want
	switch {
	case want.Code == 0 && got.Code/100 != 2:
		c.wrong(s.Line, "%s: the reply is %s, wanted is a 2xx", s.Verb, got)
	case want.Code != 0 && got.Code != want.Code,
		want.Enhanced != "" && got.Enhanced != want.Enhanced,
		!strings.Contains(got.Text, want.Text):
		c.wrong(s.Line, "%s: the reply is %s, wanted is %s", s.Verb, got, want)
	}
}

func (r Reply) String() string {
	return strings.TrimSpace(fmt.Sprintf("%d %s", r.Code, strings.TrimSpace(r.Enhanced+" "+r.Text)))
}

// message compares what became of one message.
func (c *check) message(want Want, got Message, accepted []string) {
	if got.Decision != "" {
		if want.Decision != "" && got.Decision != want.Decision {
			c.wrong(want.Line, "message %d: the decision is %s, wanted is %s", want.Message, got.Decision, want.Decision)
		}
		for _, f := range want.Findings {
			c.finding(want, f, got.Findings)
		}
	}
	if got.Outcome != "" && got.Outcome != want.Outcome {
		c.wrong(want.Line, "message %d: the outcome is %s, wanted is %s", want.Message, got.Outcome, want.Outcome)
	}
	if got.Delivered != nil {
		c.delivery(want, *got.Delivered, accepted)
	}
}

// delivery compares who got the message and with what header.
func (c *check) delivery(want Want, got Delivery, accepted []string) {
	if held := want.Outcome == policy.OutcomeQuarantined; held != got.Held {
		c.wrong(want.Line, "message %d: held is %t, wanted is %t", want.Message, got.Held, held)
	}
	line, to := want.Line, []string(nil)
	if want.Outcome == policy.OutcomeAccepted || want.Outcome == policy.OutcomeTagged {
		to = accepted
	}
	for _, w := range want.To {
		if meant(w.Only, c.p.Target) {
			line, to = w.Line, w.To
		}
	}
	if !sameSet(to, got.To) {
		c.wrong(line, "message %d: delivered to %s, wanted is %s", want.Message, people(got.To), people(to))
	}
	if len(got.To) == 0 && !got.Held || got.Header == nil {
		return
	}
	for _, h := range want.Headers {
		if meant(h.Only, c.p.Target) {
			c.header(want, h, got.Header)
		}
	}
}

// header looks for a field that must, or must not, be there.
func (c *check) header(want Want, w HeaderWanted, h policy.Header) {
	for _, f := range h {
		value := strings.TrimSpace(strings.ReplaceAll(strings.ReplaceAll(f.Value, "\r", ""), "\n", ""))
		if !glob(strings.ToLower(w.Name), strings.ToLower(f.Name)) || w.Value != "" && !glob(w.Value, value) {
			continue
		}
		if w.Absent {
			c.wrong(w.Line, "message %d: the header has %s: %s", want.Message, f.Name, value)
		}
		return
	}
	if !w.Absent {
		c.wrong(w.Line, "message %d: the header has no such field, it has%s", want.Message, fields(h, w.Name))
	}
}

// finding looks for a finding that must, or must not, be there.
func (c *check) finding(want Want, w FindingWanted, got []policy.Finding) {
	if !meant(w.Only, c.p.Target) {
		return
	}
	names := make([]string, len(got))
	for i, f := range got {
		names[i] = fmt.Sprintf("%s[%q]", f.Name, f.Evidence)
		if f.Name != w.Name || w.Evidence != "" && !glob(w.Evidence, f.Evidence) {
			continue
		}
		if w.Absent {
			c.wrong(w.Line, "message %d: there is the finding %s", want.Message, names[i])
		}
		return
	}
	if !w.Absent {
		c.wrong(w.Line, "message %d: there is no such finding among [%s]", want.Message, strings.Join(names, " "))
	}
}

// fields lists what a header has under a name, for a message; all names when it has nothing.
func fields(h policy.Header, name string) string {
	same, names := "", ""
	for _, f := range h {
		names += " " + f.Name
		if glob(strings.ToLower(name), strings.ToLower(f.Name)) {
			same += fmt.Sprintf("\n\t%s:%s", f.Name, f.Value)
		}
	}
	if same == "" {
		return names
	}
	return same
}

func people(to []string) string {
	if len(to) == 0 {
		return "nobody"
	}
	return strings.Join(to, ", ")
}

func sameSet(a, b []string) bool {
	a, b = slices.Clone(a), slices.Clone(b)
	slices.Sort(a)
	slices.Sort(b)
	return slices.Equal(a, b)
}

// bare takes the angle brackets off.
func bare(path string) string {
	return strings.TrimSuffix(strings.TrimPrefix(path, "<"), ">")
}
