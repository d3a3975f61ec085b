package main

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"sekimori/policy"
)

// maxShown is how many octets of a step are shown without --verbose.
const maxShown = 200

// authentication prints how SPF, DKIM and DMARC came to their results, and every question that was put to DNS.
func (x explanation) authentication(f *policy.Facts) {
	x.spf("spf mailfrom", f.MailFrom)
	x.spf("spf helo", f.Helo)
	x.dkim(f.DKIM)
	for i := range f.DMARC {
		x.dmarc(&f.DMARC[i])
	}
	x.smime(&f.SMIME)
	x.queries(f.Queries)
	t := f.Timings
	x.line("time", "SPF %s, DKIM %s, DMARC %s; in all %s", ms(t.SPF), ms(t.DKIM), ms(t.DMARC), ms(t.Total))
}

func ms(d time.Duration) string { return fmt.Sprintf("%.1f ms", float64(d.Microseconds())/1000) }

func because(reason string) string {
	if reason == "" {
		return ""
	}
	return ": " + reason
}

// steps prints a derivation; the line that decided is marked.
func (x explanation) steps(steps []policy.Step) {
	hidden := 0
	for _, s := range steps {
		if s.Detail && !x.verbose {
			hidden++
			continue
		}
		x.hidden(&hidden)
		text := s.Text
		if !x.verbose && len(text) > maxShown {
			text = strings.ToValidUTF8(text[:maxShown], "") + "…"
		}
		x.marked(s.Decided, s.Depth, text)
	}
	x.hidden(&hidden)
}

// hidden says how many lines were left out.
func (x explanation) hidden(n *int) {
	if *n > 0 {
		x.marked(false, 1, fmt.Sprintf("(%d more with --verbose)", *n))
	}
	*n = 0
}

func (x explanation) spf(label string, s policy.SPF) {
	if s.Result == "" {
		return
	}
	if s.Domain == "" {
		x.line(label, "%s%s", s.Result, because(s.Reason))
		return
	}
	x.line(label, "%s for %s%s", s.Result, s.Domain, because(s.Reason))
	x.steps(s.Steps)
	switch {
	case s.Anyone:
		x.marked(false, 0, "any client gets this pass, so it proves nothing")
	case s.Reach > 1:
		x.marked(false, 0, fmt.Sprintf("the terms up to the match let in %d IPv4 addresses", s.Reach))
	}
}

func (x explanation) dkim(all []policy.DKIM) {
	for i := range all {
		d := &all[i]
		if d.Result == policy.ResultNone {
			x.line("dkim", "none: there is no DKIM-Signature field")
			continue
		}
		x.line("dkim", "%s for d=%s s=%s a=%s b=%s%s", d.Result, d.Domain, d.Selector, d.Algorithm, d.Signature, because(d.Reason))
		x.steps(d.Steps)
		if d.Partial {
			x.marked(false, 0, "l= does not cover the rest of the body: anything may have been appended (RFC 6376, 8.2)")
		}
		if d.WeakKey() {
			x.marked(false, 0, fmt.Sprintf("the RSA key has %d bits; %d are recommended (RFC 8301, 3.2)", d.KeyBits, policy.RecommendedRSABits))
		}
		if d.Testing {
			x.marked(false, 0, "the key says that it is being tested (t=y), which changes nothing here")
		}
	}
}

func (x explanation) dmarc(d *policy.DMARC) {
	x.line("dmarc", "%s for %s: %s", d.Result, d.Author, proof(d))
	x.steps(d.Steps)
	if d.Policy == "" || !d.Testing && d.Record == d.Author {
		return
	}
	text := fmt.Sprintf("the record at _dmarc.%s asks for %s", d.Record, d.Policy)
	switch {
	case d.Testing:
		text += ": it says that it is being tested (t=y, or pct where that is wanted), which makes it one step milder"
	case d.Record != d.Author && d.Name == policy.DNSNXDomain:
		text += ": by np, sp or p, because the author domain lies below and does not exist"
	case d.Record != d.Author:
		text += ": by sp or p, because the author domain lies below"
	}
	x.marked(false, 0, text)
}

// smime prints what became of an S/MIME signature, where one was looked for.
func (x explanation) smime(s *policy.SMIME) {
	switch {
	case s.Result == "":
	case s.Result == policy.SMIMENone:
		x.line("smime", "none: there is no S/MIME signature at the top of the message")
	case s.Issuer == "":
		x.line("smime", "%s: %s", s.Result, s.Reason)
	default:
		signer := s.Signer
		if signer == "" {
			signer = "nobody"
		}
		x.line("smime", "%s for %s, by a certificate of %s%s", s.Result, signer, shortened(s.Issuer, x.verbose), because(s.Reason))
	}
}

// proof says what is aligned.
func proof(d *policy.DMARC) string {
	var all []string
	if d.SPFAligned {
		all = append(all, "SPF is aligned")
	}
	if d.DKIM != "" {
		part := ""
		if d.Partial {
			part = ", which covers a part of the body,"
		}
		all = append(all, fmt.Sprintf("the signature of %s%s is aligned", d.DKIM, part))
	}
	if all == nil {
		return "nothing is aligned"
	}
	return strings.Join(all, ", ")
}

// queries prints each question, those about one name together.
func (x explanation) queries(qs []policy.DNSQuery) {
	x.line("dns", "%d questions", len(qs))
	slices.SortStableFunc(qs, func(a, b policy.DNSQuery) int {
		if c := strings.Compare(a.Name, b.Name); c != 0 {
			return c
		}
		return strings.Compare(string(a.Type), string(b.Type))
	})
	for _, q := range qs {
		text := fmt.Sprintf("%s %s: %s", q.Name, q.Type, q.Answer.Status)
		if r := records(q.Answer); r != "" {
			text += " " + r
		}
		if !x.verbose && len(text) > maxShown {
			text = strings.ToValidUTF8(text[:maxShown], "") + "…"
		}
		from := ""
		if q.Answer.Cached {
			from = ", kept from before"
		}
		x.marked(false, 0, text+" ("+ms(q.Elapsed)+from+")")
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
