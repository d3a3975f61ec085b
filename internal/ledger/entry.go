package ledger

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"sekimori/internal/store"
	"sekimori/policy"
	"sekimori/policy/drill"
)

// What stands in the book of a drill. The name of a set says round and event; a member is a person in a class; its value is
// a version, the organisation and, of mail that was accepted, what the rules would have done.
//
//	<round>/<event>    person, class → 1<organisation> NUL <verdict>
//	message            Message-ID    → 1<round>
//	incomplete         process, number → 1<round> NUL <events>
//	import             import, b, e, p → 1<round> NUL <source> NUL <records> NUL <rejected>
//	covered            hash            → 1<round> NUL <event> NUL <organisation>
//	note               hash            → 1<text>
const (
	entryVersion  = "1"
	setMessage    = "message"
	setIncomplete = "incomplete"
	setImport     = "import"
	setCovered    = "covered"
)

// classLetter keeps the classes of a person apart: the first letter, and they have different ones.
func classLetter(c drill.Class) string { return string(c[:1]) }

func classOf(letter string) (drill.Class, bool) {
	i := slices.IndexFunc(policy.DrillClasses(), func(c drill.Class) bool { return classLetter(c) == letter })
	if i < 0 {
		return "", false
	}
	return policy.DrillClasses()[i], true
}

// entryOf turns a record into what stands in the book.
func entryOf(r drill.Record) (store.Entry, error) {
	switch {
	case !slices.Contains(policy.DrillEvents(), r.Event) || !slices.Contains(policy.DrillClasses(), r.Class):
		return store.Entry{}, fmt.Errorf("a record of event %q and class %q: there is none", r.Event, r.Class)
	case len(r.Person) != len(store.ID{}) || r.Round < 1 || r.Round > drill.MaxRound:
		return store.Entry{}, fmt.Errorf("a record of round %d whose person has %d octets", r.Round, len(r.Person))
	}
	return store.Entry{Set: setOf(r.Round, r.Event), ID: r.Person + classLetter(r.Class), At: r.At,
		Value: entryVersion + r.Organisation + "\x00" + string(r.Verdict)}, nil
}

// recordOf reads what entryOf wrote; ok is false for what is none.
func recordOf(name string, e store.Entry) (r drill.Record, ok bool) {
	round, event, ok := strings.Cut(e.Set, "/")
	n, err := strconv.Atoi(round)
	size := len(store.ID{})
	value, known := strings.CutPrefix(e.Value, entryVersion)
	if !ok || err != nil || len(e.ID) != size+1 || !known || !slices.Contains(policy.DrillEvents(), drill.Event(event)) {
		return drill.Record{}, false
	}
	class, ok := classOf(e.ID[size:])
	organisation, verdict, _ := strings.Cut(value, "\x00")
	return drill.Record{Drill: name, Round: n, Event: drill.Event(event), Person: e.ID[:size], Organisation: organisation, Class: class,
		At: e.At, Verdict: policy.Action(verdict)}, ok
}
