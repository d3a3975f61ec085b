package drill

import (
	"time"

	"sekimori/policy"
)

// PersonSize is the length of a keyed hash that stands for a person, in octets.
const PersonSize = 16

// Record is one person's event.
type Record struct {
	Drill        string
	Round        int
	Event        Event
	Person       string // keyed hash of an address, at most PersonSize octets; compared, never shown
	Organisation string
	Class        Class
	At           time.Time     // counted to the second, from 1970 on
	Verdict      policy.Action // of EventAccepted: what the rules would have done with the mail; else ""
}

// Tally is how many persons did something, each in one class.
type Tally struct{ Human, Uncertain, Machine int }

// add counts one person.
func (t *Tally) add(class int) {
	switch policy.DrillClasses()[class] {
	case ClassHuman:
		t.Human++
	case ClassUncertain:
		t.Uncertain++
	case ClassMachine:
		t.Machine++
	}
}
