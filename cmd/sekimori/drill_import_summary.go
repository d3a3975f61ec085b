package main

import (
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sekimori/internal/ledger"
	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

// importSummary is what is told of an import: numbers, and places in files; nothing of a record.
type importSummary struct {
	im      *imports.Import
	records []drill.Record
	drill   *policy.Drill
	round   *policy.Round
	files   int
}

// left tells what does not count, and where the rejected records stand.
func (t importSummary) left(w io.Writer) {
	for _, l := range t.im.Left() {
		if !l.Reason.Mistake() {
			continue
		}
		for _, at := range l.Places {
			fmt.Fprintf(w, "sekimori: %s: %s\n", at, l.Reason)
		}
		if more := l.Count - len(l.Places); more > 0 {
			fmt.Fprintf(w, "sekimori: %s more: %s\n", grouped(more), l.Reason)
		}
	}
}

// done tells what was imported, by event and class.
func (t importSummary) done(w io.Writer, added int) {
	fmt.Fprintf(w, "%s, round %d: %s, %s\n", t.drill.Name, t.round.Number, counted(t.im.Len(), "record", "records"), counted(t.files, "file", "files"))
	events, others := t.tally()
	row := func(name string, cell func(drill.Class) string) {
		fmt.Fprintf(w, "  %-18s", name)
		for _, c := range policy.DrillClasses() {
			fmt.Fprintf(w, "%12s", cell(c))
		}
		fmt.Fprintln(w)
	}
	row("persons", func(c drill.Class) string { return string(c) })
	for _, e := range policy.DrillEvents() {
		if events[e] != nil {
			row(string(e), func(c drill.Class) string { return grouped(events[e][c]) })
		}
	}
	for _, l := range t.im.Left() {
		verb := "not counted"
		if l.Reason.Mistake() {
			verb = "rejected"
		}
		fmt.Fprintf(w, "%s: %s, %s\n", verb, l.Reason, counted(l.Count, "record", "records"))
	}
	if n := t.late(); n > 0 {
		fmt.Fprintf(w, "after the window, in no rate: %s\n", counted(n, "record", "records"))
	}
	if others > 0 {
		fmt.Fprintf(w, "of no [[organisation]]: %s\n", counted(others, "person", "persons"))
	}
	fmt.Fprintf(w, "%s new in the ledger\n", counted(added, "entry", "entries"))
}

// late is how many records are from after the window. The ledger has them, and a report says how many there are.
func (t importSummary) late() (n int) {
	for _, r := range t.records {
		if !r.At.Before(t.round.Window.Until) && r.Event != policy.DrillDelivered {
			n++
		}
	}
	return n
}

// nothing says why an import has nothing that counts.
func (t importSummary) nothing() error {
	err := badInput("nothing in it counts for round %d of %s", t.round.Number, t.drill.Name)
	var why []string
	for _, l := range t.im.Left() {
		why = append(why, fmt.Sprintf("%s, %s", l.Reason, counted(l.Count, "record", "records")))
		if l.Reason == imports.ReasonBefore {
			return hinted{err, fmt.Sprintf("%s from before its window, which begins %s: is it another --round?", counted(l.Count, "record is", "records are"),
				stampOf(t.round.Window.From))}
		}
	}
	if len(why) == 0 {
		return err
	}
	return hinted{err, "not counted: " + strings.Join(why, "; ")}
}

// When the share of machines among those who followed a link, or opened the attachment, is called high.
const (
	highMachines = 20 // per cent
	leastVisits  = 10 // of machines; fewer say nothing
)

// machines says when so many visits were machines' that the rules which tell them from persons should be looked at.
func (t importSummary) machines(w io.Writer) {
	events, _ := t.tally()
	for _, e := range []drill.Event{policy.DrillClicked, policy.DrillOpened} {
		n := events[e]
		all := n[policy.DrillHuman] + n[policy.DrillUncertain] + n[policy.DrillMachine]
		if all == 0 {
			continue
		}
		if m := n[policy.DrillMachine]; m >= leastVisits && 100*m > highMachines*all {
			fmt.Fprintf(w, "sekimori: %s: %d %% of the visits were machines': a scanner follows the links, and what it does not show of itself counts as persons'\n", e, 100*m/all)
			fmt.Fprintln(w, "hint: name its networks in import.scanners of the [[drill]], or keep it from the drill's mail; docs/drill.md, Machines")
		}
		return
	}
}

// mark is what the ledger notes of the import.
func (t importSummary) mark(s imports.Source) ledger.Import {
	return ledger.Import{Drill: t.drill.Name, Round: t.round.Number, Source: string(s), At: time.Now(), Records: t.im.Len(), Rejected: t.im.Mistakes(),
		Covers: t.im.Covers(s), Organisations: t.organisations(s)}
}

// organisations are those that the import speaks of: whose staff its records are about. A mailbox speaks of nobody who did not report;
// the drill has one for all who take part.
func (t importSummary) organisations(s imports.Source) []string {
	seen := map[string]bool{}
	for _, r := range t.records {
		seen[r.Organisation] = true
	}
	if s == imports.Mailbox {
		for _, o := range t.drill.Organisations {
			seen[o.Name] = true
		}
	}
	return slices.Sorted(maps.Keys(seen))
}

// tally counts persons by event and class, and those of no organisation.
func (t importSummary) tally() (events map[drill.Event]map[drill.Class]int, others int) {
	events = map[drill.Event]map[drill.Class]int{}
	strangers := map[string]bool{}
	for _, r := range t.records {
		if events[r.Event] == nil {
			events[r.Event] = map[drill.Class]int{}
		}
		events[r.Event][r.Class]++
		if r.Organisation == policy.Other {
			strangers[r.Person] = true
		}
	}
	return events, len(strangers)
}

// rejected is how many records were rejected for each reason.
func (t importSummary) rejected() map[string]int {
	all := map[string]int{}
	for _, r := range rejections() {
		all[r] = 0
	}
	for _, l := range t.im.Left() {
		if l.Reason.Mistake() {
			all[string(l.Reason)] = l.Count
		}
	}
	return all
}

// counted is a number with its noun.
func counted(n int, one, more string) string {
	if n == 1 {
		return "1 " + one
	}
	return grouped(n) + " " + more
}

// grouped writes a number with a comma after each three digits.
func grouped(n int) string {
	s := strconv.Itoa(n)
	for i := len(s) - 3; i > 0; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// progress is a line of a terminal that says how far something is. Without a terminal it says nothing.
type progress struct {
	to      io.Writer
	visible bool
	last    time.Time
	drawn   bool
}

// drawEvery is the time between two pictures.
const drawEvery = 200 * time.Millisecond

// draw shows a line, unless one was shown just before.
func (p *progress) draw(format string, args ...any) {
	if now := time.Now(); p.visible && now.Sub(p.last) >= drawEvery {
		p.last, p.drawn = now, true
		fmt.Fprintf(p.to, "\r\x1b[K"+format, args...)
	}
}

// end clears the line.
func (p *progress) end() {
	if p.drawn {
		fmt.Fprint(p.to, "\r\x1b[K")
		p.drawn = false
	}
}

// metered is a file whose reading is shown, and ends with its context.
type metered struct {
	ctx  context.Context
	r    io.Reader
	read int64
	bar  *progress
	size int64 // 0: not known
	name string
}

// Read reads on.
func (m *metered) Read(p []byte) (int, error) {
	if err := m.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := m.r.Read(p)
	m.read += int64(n)
	if m.size > 0 {
		m.bar.draw("%s: %d %%", strings.ToValidUTF8(m.name, "?"), min(100, 100*m.read/m.size))
	} else {
		m.bar.draw("%s: %s octets", m.name, grouped(int(m.read)))
	}
	return n, err
}
