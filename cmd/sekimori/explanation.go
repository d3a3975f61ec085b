package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"sekimori/milter"
	"sekimori/policy"
)

// explanation prints one record for a person: first what happens and what the client is told, then why, then how each
// fact was found. Everything foreign goes through visible.
type explanation struct {
	w       io.Writer
	verbose bool
	scored  bool // the score of suspicion is shown in full
}

// visible returns s with every character that a terminal would not simply show written as an escape.
func visible(s string) string {
	var b strings.Builder
	for _, r := range s {
		if r == '\\' || !strconv.IsPrint(r) {
			q := strconv.QuoteRune(r)
			if r == '\\' {
				q = `'\\'`
			}
			b.WriteString(q[1 : len(q)-1])
			continue
		}
		b.WriteRune(r)
	}
	return b.String()
}

// line prints a line with its label; below another one the label is empty.
func (x explanation) line(label, format string, args ...any) {
	fmt.Fprintf(x.w, "%-12s %s\n", label, visible(fmt.Sprintf(format, args...)))
}

// marked prints an indented line, with the mark of what decided.
func (x explanation) marked(decided bool, depth int, text string) {
	mark := " "
	if decided {
		mark = "*"
	}
	fmt.Fprintf(x.w, "%12s %s%s\n", mark, strings.Repeat("  ", depth), visible(text))
}

func (x explanation) gap() { fmt.Fprintln(x.w) }

func (x explanation) record(r *policy.Record) {
	x.decision(r)
	for _, v := range r.Decision.Verdicts {
		x.verdict(v, r.Policy)
		if v.Rule == policy.RuleSuspicion && x.scored {
			x.score(r)
		}
	}
	x.edits(r)
	x.gap()
	x.message(r)
	if r.Decision.Direction != policy.Inbound {
		return
	}
	x.gap()
	x.authentication(r.Facts)
}

// decision prints what the MTA would be told, and what a rule that only observes would have had it told.
func (x explanation) decision(r *policy.Record) {
	e := r.Effect
	text := outcome(e, r.Message.QueueID)
	switch {
	case e.Action == policy.ActionRemove:
		text += fmt.Sprintf(", %d of %d recipients do not get it", len(e.Recipients), len(r.Message.Recipients))
	case e.Action == policy.ActionDiscard:
		text += ", accepted and delivered to nobody"
	case e.Reason != "":
		text += ", held as " + e.Reason
	}
	x.line("decision", "%s", text)
	for _, v := range r.Decision.Verdicts {
		if v.Mode == policy.ModeObserve && v.Action != policy.ActionAccept {
			would := policy.Effect{Action: v.Action, Reply: v.Reply, Text: v.Text}
			x.line("", "rule %s only observes; enforced it would be %s", v.Rule, outcome(would, r.Message.QueueID))
			for _, arg := range v.Remove {
				x.line("", "and would take off %s", arg)
			}
		}
	}
	for _, u := range r.Facts.Unexamined {
		x.line("unexamined", "%s", u)
	}
}

func outcome(e policy.Effect, queueID string) string {
	code, enhanced, text := milter.EffectText(e, queueID)
	if code == "" {
		return string(e.Action)
	}
	return fmt.Sprintf("%s, %s %s %s", e.Action, code, enhanced, text)
}

// verdict prints a rule with its findings; those that made its action are marked.
func (x explanation) verdict(v policy.Verdict, p *policy.Policy) {
	x.line("rule "+string(v.Rule), "%s (mode %s)%s", v.Action, v.Mode, x.beside(v, p))
	exempt := false
	for _, f := range v.Findings {
		text := fmt.Sprintf("%s[%s]: %s", f.Name, f.Evidence, f.Action)
		if f.Points != 0 {
			text = fmt.Sprintf("%s:%s[%s]", f.Name, f.Points, f.Evidence)
		}
		if f.Exempt != "" {
			exempt = true
			text += ", by exemption " + f.Exempt
		}
		x.marked(f.Action == v.Action && v.Action != policy.ActionAccept, 0, text+"; "+meaning(f.Name))
	}
	if len(v.Findings) == 0 {
		x.marked(false, 0, silence(v.Rule))
	}
	if n := exemptions(p, v.Rule); n > 0 && !exempt && v.Action != policy.ActionAccept {
		x.marked(false, 0, fmt.Sprintf("exemptions: %d, none applies", n))
	}
}

// beside says what a rule knows besides its action.
func (x explanation) beside(v policy.Verdict, p *policy.Policy) string {
	text := ""
	switch v.Rule {
	case policy.RuleSuspicion:
		text = x.suspicion(v)
	case policy.RuleBulletin:
		text = "; bulletin " + v.Name
		for i := range p.Bulletins {
			if b := &p.Bulletins[i]; b.Name == v.Name && b.Reference != "" {
				text += ", " + b.Reference
			}
		}
	case policy.RuleDrill:
		text = "; drill " + v.Name
	case policy.RuleSpoof, policy.RuleAutoReply, policy.RuleReplyGuard:
	}
	if v.Waived != "" {
		text += "; waived for the drill " + v.Waived
	}
	return text
}

// edits prints what is done to the recipients and to the header, where the message is delivered.
func (x explanation) edits(r *policy.Record) {
	e := r.Effect
	if e.Action == policy.ActionReject || e.Action == policy.ActionTempfail {
		return
	}
	x.envelope(r)
	if e.Action == policy.ActionDiscard {
		return
	}
	for _, c := range e.Change {
		x.line("change", "%s, number %d, to%s", c.Ref.Name, c.Ref.Index, unfold(c.Value))
	}
	for _, h := range e.Remove {
		x.line("remove", "%s, number %d", h.Name, h.Index)
	}
	for _, f := range e.Insert {
		lines := strings.Split(f.Name+":"+f.Value, "\n")
		x.line("insert", "%s", lines[0])
		for _, l := range lines[1:] {
			x.line("", "    %s", strings.TrimSpace(l))
		}
	}
}

// message prints who sent what to whom, as it was understood.
func (x explanation) message(r *policy.Record) {
	m, f := r.Message, r.Facts
	client := "local"
	if m.Client.Addr.IsValid() {
		client = m.Client.Addr.String()
	}
	x.line("client", "%s, HELO %s", client, m.Helo)
	null := ""
	switch {
	case m.Sender.IsNull() && r.Decision.Direction == policy.Inbound:
		null = " (null sender: SPF is that of HELO)"
	case m.Sender.IsNull():
		null = " (null sender)"
	}
	x.line("envelope", "from <%s>%s to %s", m.Sender, null, recipients(m))
	x.line("direction", "%s", r.Decision.Direction)
	if r.Decision.Direction != policy.Inbound {
		x.outbound(r.Policy, f)
		return
	}
	x.authors(f)
}

func recipients(m *policy.Message) string {
	if len(m.Recipients) == 0 {
		return "nobody"
	}
	var out []string
	for _, r := range m.Recipients {
		out = append(out, "<"+r.Address.String()+">")
	}
	return strings.Join(out, ", ")
}

func (x explanation) authors(f *policy.Facts) {
	for _, a := range f.Authors {
		how := map[policy.AuthorSource]string{
			policy.SourceFrom:    "author",
			policy.SourceReading: "author in another reading",
			policy.SourceDisplay: "address in a display name or comment",
		}[a.Source]
		x.line("from", "%s (%s, From field %d of %d)", a.Address, how, a.Field, f.FromFields)
	}
	switch {
	case f.FromProblem != "":
		x.line("from", "%s", f.FromProblem)
	case f.FromFields == 0:
		x.line("from", "there is no From field")
	}
}
