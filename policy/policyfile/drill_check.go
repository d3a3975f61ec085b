package policyfile

import (
	"strconv"
	"strings"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// check reports what is wrong with a drill as a whole, each at its place, and leaves out what follows from a mistake that was told.
func (r *drillReading) check() {
	for _, p := range drill.Check(&r.drill) {
		if !p.Warning && !r.told(p.Where) {
			at, key := r.place(p.Where)
			r.report(at, key, "%s", p.Text)
		}
	}
}

// told reports whether the part of a drill that a path leads to has a mistake already, or could not be read whole.
func (r *drillReading) told(where string) bool {
	if strings.Contains(where, "recognise.key_file") && r.from == nil {
		return true // no file was read
	}
	first, _, _ := strings.Cut(where, ".")
	name, i := indexed(first)
	if i == 0 {
		return r.broken[r.table]
	}
	return r.broken[r.table.child(name).items[i-1]]
}

// place turns a path of package drill, such as round[1].senders[2], into an offset and a key. What is not in the file stands where it
// should be: in its table.
func (r *drillReading) place(where string) (at int, key string) {
	n := r.table
	for part := range strings.SplitSeq(where, ".") {
		name, i := indexed(part)
		if name == "key_file" {
			name = "key_files"
		}
		c := n.child(name)
		if c == nil {
			return n.at, join(n.path, name)
		}
		n = c
		if i > 0 && i <= len(n.items) {
			n = n.items[i-1]
		}
	}
	return n.at, n.path
}

// indexed splits round[1] into its name and its number, 0 where there is none.
func indexed(part string) (name string, i int) {
	name, rest, found := strings.Cut(part, "[")
	if found {
		i, _ = strconv.Atoi(strings.TrimSuffix(rest, "]"))
	}
	return name, i
}

// checkDrills warns of drills that measure nothing, or not what they should.
func (c *compiler) checkDrills() {
	for _, r := range c.readings {
		for _, p := range drill.Check(&r.drill) {
			if p.Warning {
				at, key := r.place(p.Where)
				c.warn(at, key, "%s", p.Text)
			}
		}
		r.checkEnd()
		r.checkStaff()
		for i := range r.drill.Rounds {
			r.checkClients(i)
		}
	}
}

// checkEnd warns of a drill whose last window is over.
func (r *drillReading) checkEnd() {
	if r.at.IsZero() {
		return
	}
	for i := range r.drill.Rounds {
		if r.at.Before(r.drill.Rounds[i].Window.Until) {
			return
		}
	}
	r.warn(r.table.at, r.table.path, "every window of the drill has passed; sekimori drill close ends it, then remove it here")
}

// checkStaff warns of a round that has fewer recipients than the drill has staff.
func (r *drillReading) checkStaff() {
	staff := 0
	for _, b := range r.drill.Organisations {
		if b.Staff == 0 {
			return // not stated
		}
		staff += b.Staff
	}
	for i := range r.drill.Rounds {
		if q := &r.drill.Rounds[i].Recognition; q.MaxRecipients < staff {
			at, key := r.place("round[" + strconv.Itoa(i+1) + "].recognise.max_recipients")
			r.warn(at, key, "%d is less than the staff of the organisations, %d: mail to the others is like any other", q.MaxRecipients, staff)
		}
	}
}

// checkClients warns of clients that are inside: their mail is not inbound, and only that is recognised.
func (r *drillReading) checkClients(round int) {
	for i, n := range r.drill.Rounds[round].Recognition.Networks {
		for _, in := range r.policy.Inside.Networks {
			if n.Overlaps(in) {
				at, key := r.place("round[" + strconv.Itoa(round+1) + "].recognise.client_ip[" + strconv.Itoa(i+1) + "]")
				r.warn(at, key, "%s is inside (%s), so its mail is not inbound and never recognised", n, in)
				break
			}
		}
	}
}

// countsAsFlagged reports whether mail of a drill is remembered as flagged mail is: an answer to it is stopped like one to the real thing.
func countsAsFlagged(d policy.Drill) bool {
	for i := range d.Rounds {
		if d.Rounds[i].Mode != policy.DrillObserve {
			return true
		}
	}
	return false
}
