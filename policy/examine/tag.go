package examine

import (
	"sekimori/policy"
	"sekimori/policy/mail"
)

// subject is the field that a tag is put into.
const subject = "Subject"

// tag turns the text that a verdict wants before the Subject into changes of the fields that are there: of all, because clients differ
// in which they show. Where there is none one is inserted. A field over the header limit, of which only the name is known, stays.
func (x *Examination) tag(d *policy.Decision) {
	defer x.recovered()
	for i := range d.Verdicts {
		v := &d.Verdicts[i]
		if v.TagSubject == "" {
			continue
		}
		missing := true
		for ref, f := range mail.Index(x.m.Header, subject) {
			missing = false
			if x.m.HeaderCut && f.Value == "" {
				continue
			}
			if value := mail.TagSubject(f.Value, v.TagSubject); value != f.Value {
				v.Change = append(v.Change, policy.FieldChange{Ref: ref, Value: value})
			}
		}
		if missing {
			v.Insert = append(v.Insert, policy.Field{Name: subject, Value: mail.TagSubject("", v.TagSubject)})
		}
	}
}
