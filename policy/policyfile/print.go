package policyfile

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strings"
	"text/tabwriter"

	"sekimori/policy"
)

// Print writes a policy in words, with every default filled in: who is inside, what each rule does and what is off.
// It returns the first error of w.
func Print(w io.Writer, p *policy.Policy) error {
	b := bufio.NewWriter(w)
	printInside(b, p)
	printAuthentication(b, &p.Authentication)
	printDNS(b, p)
	printSpoof(b, &p.Spoof)
	printSuspicion(b, &p.Suspicion)
	printBulletins(b, p.Bulletins)
	printAutoReply(b, &p.AutoReply)
	printReplyGuard(b, &p.ReplyGuard)
	printDrills(b, p.Drills)
	printStore(b, p)
	return b.Flush()
}

func printInside(w io.Writer, p *policy.Policy) {
	fmt.Fprintf(w, "inside\n")
	fmt.Fprintf(w, "  domains: %s\n", orNone(entries(p.Inside.Domains)))
	fmt.Fprintf(w, "  clients: %s\n", orNone(networks(p.Inside.Networks)))
	fmt.Fprintf(w, "  Also inside are clients that authenticate, and mail that is handed in without SMTP.\n")
	fmt.Fprintf(w, "\norganisations\n")
	for _, o := range p.Organisations {
		fmt.Fprintf(w, "  %s: %s\n", o.Name, entries(o.Domains))
	}
	if len(p.Organisations) == 0 {
		fmt.Fprintf(w, "  Everything counts as %s.\n", policy.Other)
	} else {
		fmt.Fprintf(w, "  The first that fits counts; everything else counts as %s.\n", policy.Other)
	}
}

func printAuthentication(w io.Writer, a *policy.Authentication) {
	name := a.ServID
	if name == "" {
		name = "the name of the MTA"
	}
	fmt.Fprintf(w, "\nauthentication\n")
	if a.Write {
		fmt.Fprintf(w, "  Results are written into Authentication-Results under %s.\n", name)
	} else {
		fmt.Fprintf(w, "  Results are not written into the mail.\n")
	}
	fmt.Fprintf(w, "  Fields from outside under %s are removed.\n", strings.Join(append([]string{name}, a.RemoveIDs...), ", "))
	fmt.Fprintf(w, "  At most %d DKIM signatures are verified; RSA keys below %d bits count as none.\n", a.MaxSignatures, a.MinRSABits)
	list := "is not used"
	if a.PublicSuffixList {
		list = "is used where the DNS tree walk finds no record"
	}
	fmt.Fprintf(w, "  Public suffixes, whatever DNS says: %s. The public suffix list %s.\n", orNone(texts(a.PublicSuffixes)), list)
	if a.Percent {
		fmt.Fprintf(w, "  A DMARC record with pct= below 100 counts as one with t=y.\n")
	}
}

func printDNS(w io.Writer, p *policy.Policy) {
	servers := texts(p.DNS.Servers)
	if servers == "" {
		servers = "the servers of the system"
	}
	fmt.Fprintf(w, "\ndns\n  Questions go to %s: at most %d attempts of %s each. %d answers are kept.\n",
		servers, p.DNS.Attempts, short(p.DNS.Timeout), p.DNS.CacheSize)
	l := &p.Limits
	fmt.Fprintf(w, "\nlimits\n  A message is answered %s after its header at the latest.\n", short(l.Deadline))
	fmt.Fprintf(w, "  At most are read: octets of header %d, header fields %d, authors %d.\n", l.HeaderBytes, l.HeaderCount, l.Authors)
}

func printSpoof(w io.Writer, s *policy.Spoof) {
	if !printMode(w, policy.RuleSpoof, s.Mode) {
		return
	}
	fmt.Fprintf(w, "  Protected, each with every name below it: %s\n", orNone(texts(s.Protected)))
	printTable(w, s.Table)
	for _, o := range s.Overrides {
		fmt.Fprintf(w, "  For %s and every name below it: %s\n", o.Domain, changes(s.Table, o.Table))
	}
	switch s.DMARC {
	case policy.DMARCFollow:
		fmt.Fprintf(w, "  For every other domain the DMARC policy that its owner publishes is followed.\n")
	case policy.DMARCReport:
		fmt.Fprintf(w, "  For every other domain a DMARC failure is logged and counted, and nothing else.\n")
	case policy.DMARCOff:
		fmt.Fprintf(w, "  For every other domain DMARC is not looked at.\n")
	}
	printProof(w, s)
	if s.Quiet {
		fmt.Fprintf(w, "  What is tagged or held asks programs not to answer it, and loses its requests for receipts.\n")
	}
	fmt.Fprintf(w, "  A From that is missing or cannot be read: %s\n", s.Unreadable)
	fmt.Fprintf(w, "  When the rule cannot be evaluated: %s\n", s.OnError)
	if s.Early {
		fmt.Fprintf(w, "  An SPF fail is answered at RCPT, before the body: a DKIM signature cannot save forwarded mail.\n")
	} else {
		fmt.Fprintf(w, "  An SPF fail is answered at the end of the message.\n")
	}
	for _, e := range s.Exempt {
		fmt.Fprintf(w, "  Exempt: %s\n", exempt(e))
	}
}

// printProof says what proves too little.
func printProof(w io.Writer, s *policy.Spoof) {
	fmt.Fprintf(w, "  An SPF pass is too wide where any client gets it")
	if s.MaxSPFAddresses > 0 {
		fmt.Fprintf(w, ", or more than %d IPv4 addresses do", s.MaxSPFAddresses)
	}
	fmt.Fprintf(w, ". It proves no author.\n")
	if s.PartialSignatures {
		fmt.Fprintf(w, "  A DKIM signature of a part of the body (l=) proves an author.\n")
	} else {
		fmt.Fprintf(w, "  A DKIM signature of a part of the body (l=) proves no author.\n")
	}
}

// printTable writes the table with a row for each result and a column for each claim.
func printTable(w io.Writer, t policy.Table) {
	fmt.Fprintln(w)
	tab := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(tab, "  ")
	var cells []policy.Cell
	for _, claim := range policy.Claims() {
		fmt.Fprintf(tab, "\t%s", claim)
		at := len(cells)
		for _, cell := range policy.Cells(claim) {
			if i := slices.Index(cells, cell); i >= 0 {
				at = i + 1
				continue
			}
			cells = slices.Insert(cells, at, cell) // after the one that it follows
			at++
		}
	}
	fmt.Fprintln(tab)
	for _, cell := range cells {
		fmt.Fprintf(tab, "  %s", cell)
		for _, claim := range policy.Claims() {
			a, ok := t[claim][cell]
			if !ok {
				a = "-"
			}
			fmt.Fprintf(tab, "\t%s", a)
		}
		fmt.Fprintln(tab)
	}
	_ = tab.Flush() // w keeps its error for Print
	fmt.Fprintln(w)
}

// changes lists the cells of an override that differ from the general table.
func changes(general, own policy.Table) string {
	var c []string
	for _, claim := range policy.Claims() {
		for _, cell := range policy.Cells(claim) {
			if a := own[claim][cell]; a != general[claim][cell] {
				c = append(c, fmt.Sprintf("%s.%s %s", claim, cell, a))
			}
		}
	}
	if len(c) == 0 {
		return "no change"
	}
	return strings.Join(c, ", ")
}

// exempt says one exemption.
func exempt(e policy.Exemption) string {
	domains := "any domain"
	if len(e.Domains) > 0 {
		domains = texts(e.Domains)
	}
	s := fmt.Sprintf("claims of %s (%s) from clients in %s, as %s", domains, texts(e.Claims), networks(e.Networks), e.Name)
	return s + ", " + ending(e.Until)
}

// entries says a set of domains.
func entries(s policy.DomainSet) string {
	e := s.Entries()
	for i, x := range e {
		if name, below := strings.CutPrefix(x, "."); below {
			e[i] = "every name below " + name
		}
	}
	return strings.Join(e, ", ")
}

// networks says prefixes, and one address as an address.
func networks(list []netip.Prefix) string {
	s := make([]string, len(list))
	for i, p := range list {
		if s[i] = p.String(); p.IsSingleIP() {
			s[i] = p.Addr().String()
		}
	}
	return strings.Join(s, ", ")
}

// texts joins the texts of a list.
func texts[T any](list []T) string {
	s := make([]string, len(list))
	for i, v := range list {
		s[i] = fmt.Sprint(v)
	}
	return strings.Join(s, ", ")
}

func orNone(s string) string {
	if s == "" {
		return "none"
	}
	return s
}
