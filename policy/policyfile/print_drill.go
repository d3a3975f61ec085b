package policyfile

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sekimori/policy"
)

// printDrills says what each drill is and how its mail is known. Keys are named and never shown.
func printDrills(w io.Writer, drills []policy.Drill) {
	for i := range drills {
		d := &drills[i]
		fmt.Fprintf(w, "\ndrill %s\n", d.Name)
		bodies := make([]string, len(d.Organisations))
		for j, b := range d.Organisations {
			if bodies[j] = b.Name; b.Staff > 0 {
				bodies[j] += fmt.Sprintf(" (%d staff)", b.Staff)
			}
		}
		fmt.Fprintf(w, "  Who takes part: %s\n", orNone(strings.Join(bodies, ", ")))
		fmt.Fprintf(w, "  Staff report to: %s\n", orNone(texts(d.Reports)))
		shown := "when its last window has ended"
		if d.Live {
			shown = "at once"
		}
		fmt.Fprintf(w, "  Figures of single organisations are shown %s; numbers below %d are hidden.\n", shown, d.MinCell)
		printMachines(w, &d.Machines)
		for j := range d.Rounds {
			printRound(w, &d.Rounds[j])
		}
	}
}

// printMachines says which visits are not taken for those of persons.
func printMachines(w io.Writer, m *policy.MachineRules) {
	fmt.Fprintf(w, "  Visits from scanners (%s) are machines'. Own proxies, shared by all: %s\n", orNone(networks(m.Scanners)), orNone(networks(m.Egress)))
	fmt.Fprintf(w, "  Uncertain are visits within %s of delivery, more than %d of one person within %s, and those from one address for more than %d persons.\n",
		short(m.Soon), m.Burst, short(m.Together), m.Persons)
}

func printRound(w io.Writer, r *policy.Round) {
	fmt.Fprintf(w, "  round %d: %s, %s\n", r.Number, r.Kind, r.Mode)
	fmt.Fprintf(w, "    Lure: %s, difficulty %s\n", quote(r.Lure), difficulty(r.Difficulty))
	fmt.Fprintf(w, "    Window: %s to %s\n", r.Window.From.UTC().Format(time.RFC3339), r.Window.Until.UTC().Format(time.RFC3339))
	senders := make([]string, len(r.Senders))
	for i, s := range r.Senders {
		if senders[i] = s.Local; s.Local == "" {
			senders[i] = "*"
		}
		senders[i] += "@" + string(s.Domain)
	}
	fmt.Fprintf(w, "    Senders: %s\n", orNone(strings.Join(senders, ", ")))
	fmt.Fprintf(w, "    Links to: %s\n", orNone(texts(r.LinkHosts)))
	q := &r.Recognition
	fmt.Fprintf(w, "    Recognised by all of: client %s; MAIL FROM %s", networks(q.Networks), texts(q.MailFrom))
	if len(q.DKIM) > 0 {
		fmt.Fprintf(w, "; DKIM of %s", texts(q.DKIM))
	}
	keys := make([]string, len(q.Keys))
	for i, k := range q.Keys {
		keys[i] = k.ID
	}
	fmt.Fprintf(w, "; the token in %s (keys %s); at most %d recipients\n", q.TokenHeader(), orNone(strings.Join(keys, ", ")), q.MaxRecipients)
	fmt.Fprintf(w, "    Taken off: %s\n", strings.Join(append([]string{q.TokenHeader()}, q.Remove...), ", "))
	if len(r.Campaigns) > 0 {
		fmt.Fprintf(w, "    Campaigns: %s\n", texts(r.Campaigns))
	}
}

// difficulty says the rating of a lure.
func difficulty(d policy.Difficulty) string {
	if d == (policy.Difficulty{}) {
		return "not rated"
	}
	s := string(d.Rating)
	if d.Cues > 0 {
		s += fmt.Sprintf(", %d cues", d.Cues)
	}
	if d.Premise != "" {
		s += ", premise " + string(d.Premise)
	}
	return s + fmt.Sprintf(", rated by %d", d.Raters)
}
