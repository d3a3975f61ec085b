package main

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"sekimori/milter"
	"sekimori/policy"
)

// explanation prints one record for a person. Everything foreign goes through visible.
type explanation struct {
	w       io.Writer
	verbose bool
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

func (x explanation) line(label, format string, args ...any) {
	fmt.Fprintf(x.w, "%-12s %s\n", label, visible(fmt.Sprintf(format, args...)))
}

func (x explanation) record(r *policy.Record) {
	m, f := r.Message, r.Facts
	client := "local"
	if m.Client.Addr.IsValid() {
		client = m.Client.Addr.String()
	}
	x.line("client", "%s, HELO %s", client, m.Helo)
	x.line("envelope", "from <%s> to %s", m.Sender, recipients(m))
	x.line("direction", "%s", r.Decision.Direction)
	fmt.Fprintln(x.w)
	x.spf("spf mailfrom", f.MailFrom)
	x.spf("spf helo", f.Helo)
	x.dkim(f.DKIM)
	x.authors(f)
	x.dmarc(f.DMARC)
	x.queries(f.Queries)
	for _, u := range f.Unexamined {
		x.line("unexamined", "%s", u)
	}
	fmt.Fprintln(x.w)
	for _, v := range r.Decision.Verdicts {
		x.verdict(v)
	}
	x.effect(r)
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

func (x explanation) spf(label string, s policy.SPF) {
	if s.Result == "" {
		return
	}
	x.line(label, "%s for %s%s", s.Result, s.Domain, because(s.Reason))
	x.steps(s.Steps)
}

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// steps prints a derivation; the line that decided is marked.
func (x explanation) steps(steps []policy.Step) {
	for _, s := range steps {
		mark := " "
		if s.Decided {
			mark = "*"
		}
		text := s.Text
		if !x.verbose && len(text) > 200 {
			text = text[:200] + "…"
		}
		fmt.Fprintf(x.w, "%12s %s%s\n", mark, strings.Repeat("  ", s.Depth), visible(text))
	}
}

func (x explanation) dkim(all []policy.DKIM) {
	for _, d := range all {
		if d.Result == policy.ResultNone {
			x.line("dkim", "none: no signature")
			continue
		}
		x.line("dkim", "%s d=%s s=%s a=%s b=%s%s", d.Result, d.Domain, d.Selector, d.Algorithm, d.Signature, because(d.Reason))
		if d.Partial {
			x.line("", "l= leaves the rest of the body unsigned")
		}
		if d.KeyBits > 0 && d.KeyBits < 2048 && strings.HasPrefix(d.Algorithm, "rsa") {
			x.line("", "the key has only %d bits", d.KeyBits)
		}
		x.steps(d.Steps)
	}
}

func (x explanation) authors(f *policy.Facts) {
	for _, a := range f.Authors {
		how := map[policy.AuthorSource]string{
			policy.SourceFrom:    "author",
			policy.SourceReading: "author in another reading",
			policy.SourceDisplay: "address in a display name or comment",
		}[a.Source]
		x.line("from", "%s (%s, From field %d)", a.Address, how, a.Field)
	}
	if f.FromProblem != "" {
		x.line("from", "%s", f.FromProblem)
	}
}

func (x explanation) dmarc(all []policy.DMARC) {
	for _, d := range all {
		var proof []string
		if d.SPFAligned {
			proof = append(proof, "SPF is aligned")
		}
		if d.DKIM != "" {
			proof = append(proof, "the signature of "+string(d.DKIM)+" is aligned")
		}
		if proof == nil {
			proof = []string{"nothing is aligned"}
		}
		text := fmt.Sprintf("%s for %s: %s", d.Result, d.Author, strings.Join(proof, ", "))
		if d.Record != "" {
			text += fmt.Sprintf("; record at _dmarc.%s, policy %s", d.Record, d.Policy)
		}
		x.line("dmarc", "%s%s", text, because(d.Reason))
		x.steps(d.Steps)
	}
}

func (x explanation) queries(qs []policy.DNSQuery) {
	if !x.verbose {
		if len(qs) > 0 {
			x.line("dns", "%d questions (--verbose shows them)", len(qs))
		}
		return
	}
	for _, q := range qs {
		x.line("dns", "%s %s: %s %s (%s)", q.Name, q.Type, q.Answer.Status, records(q.Answer), q.Elapsed.Round(1000))
	}
}

func records(a policy.DNSAnswer) string {
	var out []string
	for _, t := range a.TXT {
		out = append(out, strconv.Quote(t))
	}
	for _, i := range a.Addrs {
		out = append(out, i.String())
	}
	for _, m := range a.MX {
		out = append(out, fmt.Sprintf("%d %s", m.Preference, m.Host))
	}
	return strings.Join(append(out, a.Names...), ", ")
}

func (x explanation) verdict(v policy.Verdict) {
	x.line("rule "+string(v.Rule), "%s (mode %s)", v.Action, v.Mode)
	for _, f := range v.Findings {
		mark := " "
		if f.Action == v.Action && v.Action != policy.ActionAccept {
			mark = "*"
		}
		exempt := ""
		if f.Exempt != "" {
			exempt = ", by exemption " + f.Exempt
		}
		fmt.Fprintf(x.w, "%12s %s\n", mark, visible(fmt.Sprintf("%s[%s]: %s%s", f.Name, f.Evidence, f.Action, exempt)))
	}
}

// effect prints what the MTA would be told.
func (x explanation) effect(r *policy.Record) {
	e := r.Effect
	x.line("decision", "%s", e.Action)
	if e.Action == policy.ActionReject || e.Action == policy.ActionTempfail {
		code, enhanced, text := milter.ReplyText(e.Action, e.Reply, r.Message.QueueID)
		x.line("reply", "%s %s %s", code, enhanced, text)
		return
	}
	if e.Action == policy.ActionQuarantine {
		x.line("held", "%s", e.Reason)
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
