package imports

import (
	"fmt"
	"slices"
)

// Reason is why a record does not count.
type Reason string

// The reasons. Those up to ReasonUndated are mistakes of the file; the others are records that are as they should be and say
// nothing that is counted.
const (
	ReasonMalformed Reason = "malformed"   // no CSV (RFC 4180), no JSON (RFC 8259), no mail message
	ReasonTooLong   Reason = "too_long"    // more than MaxRecord octets
	ReasonColumns   Reason = "columns"     // a line of CSV with more or fewer cells than the first
	ReasonAddress   Reason = "bad_address" // no address with a domain name
	ReasonTime      Reason = "bad_time"    // no time, or one before 1990 or after 2200
	ReasonUndated   Reason = "undated"     // a report without a readable date

	ReasonNotSent   Reason = "not_sent"       // the mail was not handed over, or bounced
	ReasonPixel     Reason = "pixel"          // an image was fetched, which is no opening
	ReasonCampaign  Reason = "other_campaign" // of a campaign that is not the round's
	ReasonNoPerson  Reason = "no_person"      // about the campaign itself
	ReasonWord      Reason = "unknown_event"  // an event that this version does not know
	ReasonStatus    Reason = "status"         // a result's status: what somebody did is taken from events alone
	ReasonNoReport  Reason = "no_report"      // mail that has nothing of the round in it
	ReasonBefore    Reason = "before_window"  // done before the round began: a test of those who prepare it
	ReasonUncounted Reason = "uncounted"      // a step that counts as nothing in a round of this kind
)

// Reasons lists every Reason.
func Reasons() []Reason {
	return []Reason{ReasonMalformed, ReasonTooLong, ReasonColumns, ReasonAddress, ReasonTime, ReasonUndated, ReasonNotSent, ReasonPixel,
		ReasonCampaign, ReasonNoPerson, ReasonWord, ReasonStatus, ReasonNoReport, ReasonBefore, ReasonUncounted}
}

// Mistake reports whether the reason is a mistake of the file, which is refused for it unless the user wants the rest.
func (r Reason) Mistake() bool {
	mistakes := Reasons()[:slices.Index(Reasons(), ReasonUndated)+1]
	return slices.Contains(mistakes, r)
}

// Place is where a record stands.
type Place struct {
	File string
	Key  string // of JSON: the array; "" for CSV and mail
	N    int    // line of CSV, or element of the array, from 1; 0: the file is one record
}

// String returns the place as a user can find it. It never holds anything of the record.
func (p Place) String() string {
	switch {
	case p.N == 0:
		return p.File
	case p.Key != "":
		return fmt.Sprintf("%s: %s, element %d", p.File, p.Key, p.N)
	}
	return fmt.Sprintf("%s:%d", p.File, p.N)
}

// Left is how many records do not count for one reason, and where the first MaxShown of them stand.
type Left struct {
	Reason Reason
	Count  int
	Places []Place
}

// leave notes that a record does not count.
func (im *Import) leave(why Reason, at Place) {
	l := im.left[why]
	if l == nil {
		l = &Left{Reason: why}
		im.left[why] = l
	}
	l.Count++
	if len(l.Places) < MaxShown {
		l.Places = append(l.Places, at)
	}
}

// Left returns what does not count, in the order of Reasons.
func (im *Import) Left() []Left {
	var all []Left
	for _, r := range Reasons() {
		if l := im.left[r]; l != nil {
			all = append(all, *l)
		}
	}
	return all
}

// Mistakes is the number of records that were rejected.
func (im *Import) Mistakes() int {
	n := 0
	for _, l := range im.Left() {
		if l.Reason.Mistake() {
			n += l.Count
		}
	}
	return n
}
