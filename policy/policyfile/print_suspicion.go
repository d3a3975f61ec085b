package policyfile

import (
	"crypto/x509"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/auth/smime"
	"sekimori/policy/suspicion"
)

func printSuspicion(w io.Writer, s *policy.Suspicion) {
	if !printMode(w, policy.RuleSuspicion, s.Mode) {
		return
	}
	fmt.Fprintf(w, "  Scores: %s\n", thresholds(s.Thresholds))
	for _, name := range slices.Sorted(maps.Keys(s.Organisations)) {
		fmt.Fprintf(w, "  For %s: %s\n", name, thresholds(s.Organisations[name]))
	}
	for _, l := range []policy.Level{policy.LevelCaution, policy.LevelWarning} {
		if s.Tag[l] != "" {
			fmt.Fprintf(w, "  %s puts %s before the Subject.\n", l, quote(s.Tag[l]))
		}
	}
	fmt.Fprintf(w, "  Caps: %s\n", caps(s.Caps))
	fmt.Fprintf(w, "  Weights: %s\n", weights(s.Weights))
	if s.Quiet {
		fmt.Fprintf(w, "  What is tagged or held asks programs not to answer it, and loses its requests for receipts.\n")
	}
	b := &s.Body
	fmt.Fprintf(w, "  At most are read: octets of body %d, decoded %d, parts %d, one within the other %d, octets of text %d, of HTML %d, links %d.\n",
		b.Octets, b.Decoded, b.Parts, b.Depth, b.Text, b.HTML, b.Links)
	fmt.Fprintf(w, "  Who wrote to whom is remembered for %s, what was sent for %s. A first contact is told %s.\n",
		days(s.Contacts.Keep), days(s.Contacts.KeepSent), learning(s.Contacts.Learning))
	printLists(w, &s.Lists)
	fmt.Fprintf(w, "  When the rule cannot be evaluated: %s\n", s.OnError)
}

// thresholds says from which score what is done.
func thresholds(t policy.Thresholds) string {
	var s []string
	for _, x := range []struct {
		what string
		from policy.Points
	}{{"caution", t.Caution}, {"warning", t.Warning}, {"quarantine", t.Quarantine}, {"reject", t.Reject}} {
		if x.from == 0 {
			s = append(s, x.what+" never")
		} else {
			s = append(s, x.what+" from "+x.from.String())
		}
	}
	return strings.Join(s, ", ")
}

// caps says the most that each family counts.
func caps(c map[policy.Family]policy.Points) string {
	var s []string
	for _, f := range policy.Families() {
		switch limit, ok := c[f]; {
		case ok && limit > 0:
			s = append(s, string(f)+" "+limit.String())
		case f != policy.FamilyContact:
			s = append(s, string(f)+" none")
		}
	}
	return strings.Join(s, ", ")
}

// weights says which indicators weigh something else than they do by themselves.
func weights(own map[string]policy.Points) string {
	var s []string
	for _, i := range suspicion.Indicators() {
		switch v, ok := own[i.Name]; {
		case ok && v == 0:
			s = append(s, i.Name+" off")
		case ok && v != i.Points:
			s = append(s, i.Name+" "+v.String())
		}
	}
	if len(s) == 0 {
		return "those of the indicators"
	}
	return "those of the indicators, but " + strings.Join(s, ", ")
}

func learning(v time.Duration) string {
	if v == 0 {
		return "from the start"
	}
	return "once the memory is " + days(v) + " old"
}

func printLists(w io.Writer, l *policy.SuspicionLists) {
	fmt.Fprintf(w, "  Protected names, beside those inside and of the spoof rule: %s\n", orNone(texts(l.Protected)))
	fmt.Fprintf(w, "  Partners: %s\n", orNone(texts(l.Partners)))
	fmt.Fprintf(w, "  Services that write in inside names: %s\n", orNone(texts(l.Senders)))
	fmt.Fprintf(w, "  Signers: %s\n", orNone(texts(l.Signers)))
	fmt.Fprintf(w, "  Anchors of S/MIME: %s\n", orNone(anchors(l.Anchors)))
	fmt.Fprintf(w, "  Trusted lists: %s\n", orNone(texts(l.TrustedLists)))
	fmt.Fprintf(w, "  Names that outsiders borrow, of persons: %d\n", len(l.People))
	for _, x := range []struct {
		what  string
		count int
		own   bool
	}{
		{"Names of organisations", len(l.Organisations), l.Organisations != nil},
		{"Freemail", len(l.Freemail), l.Freemail != nil},
		{"Shorteners", len(l.Shorteners), l.Shorteners != nil},
		{"Redirectors", len(l.Redirectors), l.Redirectors != nil},
		{"Extensions", len(l.Extensions), l.Extensions != nil},
	} {
		if x.own {
			fmt.Fprintf(w, "  %s: %d in place of those shipped\n", x.what, x.count)
		}
	}
}

// anchors names those of S/MIME.
func anchors(all []*x509.Certificate) string {
	var s []string
	for _, a := range all {
		s = append(s, quote(smime.Name(a.Subject)))
	}
	return strings.Join(s, ", ")
}

func printBulletins(w io.Writer, bulletins []policy.Bulletin) {
	for i := range bulletins {
		b := &bulletins[i]
		fmt.Fprintf(w, "\nbulletin %s: %s\n", b.Name, b.Mode)
		if b.Mode == policy.ModeOff {
			continue
		}
		kinds := make(map[policy.BulletinKind]int)
		for _, x := range b.Indicators {
			kinds[x.Kind]++
		}
		var counts []string
		for _, k := range policy.BulletinKinds() {
			if kinds[k] > 0 {
				counts = append(counts, fmt.Sprintf("%s %d", k, kinds[k]))
			}
		}
		fmt.Fprintf(w, "  Mail that hits it: %s\n", b.Action)
		fmt.Fprintf(w, "  Indicators in %s: %s\n", orNone(b.File), orNone(strings.Join(counts, ", ")))
		if b.Reference != "" {
			fmt.Fprintf(w, "  Reference: %s\n", b.Reference)
		}
		from := "from the start"
		if !b.From.IsZero() {
			from = "from " + b.From.UTC().Format(time.RFC3339)
		}
		fmt.Fprintf(w, "  It holds %s, %s.\n", from, ending(b.Until))
	}
}
