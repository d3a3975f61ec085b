package milter

import (
	"slices"
	"strings"

	gomilter "github.com/emersion/go-milter"

	"sekimori/policy"
)

// The limits of an inserted field in octets. A field beyond them is left out and logged: MTAs cut or refuse it.
const (
	MaxFieldName  = 76
	MaxFieldValue = 32 << 10
)

// apply writes e, the answer to an end of message, and returns the action that the MTA was really given. It is the one
// place where an Effect becomes packets.
//
// What e asks for and the MTA did not offer cannot be done by half: the message is then answered tempfail, so that it
// waits with its sender until the MTA's configuration is mended.
func (s *session) apply(e policy.Effect) policy.Action {
	switch e.Action {
	case policy.ActionReject, policy.ActionTempfail:
		s.reply(e)
		return e.Action
	case policy.ActionAccept, policy.ActionTag, policy.ActionRemove, policy.ActionDiscard, policy.ActionQuarantine:
	}
	if lacking := s.lacking(e); lacking != "" {
		s.config.Logger.Error("milter: the MTA does not offer what the decision needs", "lacking", lacking,
			"queue_id", s.queueID(), "hint", "see milter_protocol and the flags of INPUT_MAIL_FILTER")
		s.reply(policy.Effect{Action: policy.ActionTempfail, Reply: policy.ReplyUnexamined})
		return policy.ActionTempfail
	}
	if len(e.Add) == 0 && s.nobodyLeft(e.Recipients) {
		s.out.add(ansDiscard)
		return policy.ActionDiscard
	}
	s.change(e.Change)
	s.remove(e.Remove)
	s.insert(e.Insert)
	for _, r := range e.Recipients {
		s.out.add(ansRemoveRcpt, strings.ReplaceAll(r, "\x00", ""), "\x00")
		for _, other := range s.otherNames(r) {
			s.out.add(ansRemoveRcpt, strings.ReplaceAll(other, "\x00", ""), "\x00")
		}
	}
	for _, r := range e.Add {
		if !s.has(r) { // Postfix would deliver to it twice
			s.out.add(ansAddRcpt, strings.ReplaceAll(r, "\x00", ""), "\x00")
		}
	}
	if e.Action == policy.ActionQuarantine {
		s.out.add(ansQuarantine, quarantineReason(e.Reason), "\x00")
	}
	// Not accept, which in some places ends more than this filter's view of this message.
	s.out.add(ansContinue)
	return e.Action
}

// otherNames returns by what else the MTA may know a recipient: Postfix mends what is not of the grammar, `<<a@b>>` say, and
// tells what it made of it in {rcpt_addr}. A name that nobody has is passed over by both MTAs.
func (s *session) otherNames(arg string) []string {
	var names []string
	if bare, ok := unrouted(arg); ok {
		names = append(names, bare)
	}
	for _, r := range s.msg.Recipients {
		if r.Arg != arg || r.Address.Domain == "" || strings.ContainsFunc(r.Address.Local, notAtom) {
			continue
		}
		if name := "<" + r.Address.String() + ">"; !strings.EqualFold(name, arg) && !strings.EqualFold(name, "<"+arg+">") && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// notAtom reports whether c cannot stand in a local part without quotes (RFC 5322, 3.2.3).
func notAtom(c rune) bool {
	return c <= ' ' || c >= 0x7f || strings.ContainsRune(`()<>[]:;@\,"`, c)
}

// unrouted returns a recipient without its source route (RFC 5321, appendix C), and whether it has one: Postfix knows
// such a recipient by what follows the first colon, Sendmail by the whole.
func unrouted(arg string) (string, bool) {
	route, rest, ok := strings.Cut(strings.TrimPrefix(arg, "<"), ":")
	if !ok || !strings.HasPrefix(route, "@") {
		return "", false
	}
	return "<" + strings.TrimSuffix(rest, ">") + ">", true
}

// lacking names what e needs and the MTA does not offer, "" when it has everything.
func (s *session) lacking(e policy.Effect) string {
	switch {
	case e.Action == policy.ActionQuarantine && !s.offer.can(gomilter.OptQuarantine):
		return "quarantine"
	case len(e.Remove)+len(e.Change) > 0 && !s.offer.can(gomilter.OptChangeHeader):
		return "change of header fields"
	case len(e.Insert) > 0 && !s.offer.can(gomilter.OptAddHeader):
		return "insertion of header fields"
	case len(e.Recipients) > 0 && !s.offer.can(gomilter.OptRemoveRcpt):
		return "removal of recipients"
	case len(e.Add) > 0 && !s.offer.can(gomilter.OptAddRcpt):
		return "addition of recipients"
	}
	return ""
}

// has reports whether arg, brackets included, is a recipient already.
func (s *session) has(arg string) bool {
	return slices.ContainsFunc(s.msg.Recipients, func(r policy.Recipient) bool {
		return strings.EqualFold(strings.Trim(r.Arg, "<>"), strings.Trim(arg, "<>"))
	})
}

// nobodyLeft reports whether removed takes every recipient off.
func (s *session) nobodyLeft(removed []string) bool {
	if len(removed) == 0 {
		return false
	}
	for _, r := range s.msg.Recipients {
		if !slices.Contains(removed, r.Arg) {
			return false
		}
	}
	return true
}

// change puts other values into fields, where they stand, while the MTA still counts them as it handed them over. A value that cannot be
// written leaves the old one: an empty one would take the field out.
func (s *session) change(changes []policy.FieldChange) {
	for _, c := range changes {
		value, ok := fieldValue(c.Value, s.offer.has(gomilter.OptHeaderLeadingSpace))
		if !ok || value == "" || c.Ref.Index < 1 || !validName(c.Ref.Name) {
			s.config.Logger.Error("milter: a header field cannot be changed", "name", c.Ref.Name, "octets", len(c.Value),
				"queue_id", s.queueID())
			continue
		}
		s.out.add(ansChange, index(c.Ref.Index), c.Ref.Name, "\x00", value, "\x00")
	}
}

// remove takes fields out, each once and from the highest index down: Postfix counts anew after each removal, Sendmail
// does not.
func (s *session) remove(refs []policy.HeaderRef) {
	refs = slices.Clone(refs)
	slices.SortStableFunc(refs, func(a, b policy.HeaderRef) int { return b.Index - a.Index })
	for i, r := range refs {
		if r.Index < 1 || r.Name == "" || slices.ContainsFunc(refs[:i], func(x policy.HeaderRef) bool {
			return x.Index == r.Index && strings.EqualFold(x.Name, r.Name)
		}) {
			continue
		}
		s.out.add(ansChange, index(r.Index), strings.ReplaceAll(r.Name, "\x00", ""), "\x00\x00")
	}
}

// insert puts fields on top of the header, above the Received field of this MTA, so that they are read as its own
// (RFC 8601, 4). What is inserted at 0 later stands higher, so the last goes first.
func (s *session) insert(fields []policy.Field) {
	for _, f := range slices.Backward(fields) {
		value, ok := fieldValue(f.Value, s.offer.has(gomilter.OptHeaderLeadingSpace))
		if !ok || !validName(f.Name) {
			s.config.Logger.Error("milter: a header field cannot be written", "name", f.Name, "octets", len(f.Value),
				"queue_id", s.queueID())
			continue
		}
		s.out.add(ansInsert, index(0), f.Name, "\x00", value, "\x00")
	}
}

// validName reports whether s can name a field (RFC 5322, 2.2).
func validName(s string) bool {
	for i := range len(s) {
		if s[i] <= ' ' || s[i] > '~' || s[i] == ':' {
			return false
		}
	}
	return s != "" && len(s) <= MaxFieldName
}

// fieldValue returns v as it goes to the MTA: printable ASCII, tabs, and LF only where a blank follows it, as folding;
// any other octet becomes "?". The space after the colon is the value's own where the MTA adds none. It reports false
// for a value that is too long.
func fieldValue(v string, ownSpace bool) (string, bool) {
	if len(v) > MaxFieldValue {
		return "", false
	}
	v = strings.TrimRight(v, "\r\n")
	if !ownSpace {
		v = strings.TrimPrefix(v, " ")
	} else if v == "" {
		return " ", true
	}
	clean := true
	for i := range len(v) {
		clean = clean && (v[i] >= ' ' && v[i] <= '~' || v[i] == '\t')
	}
	if clean {
		return v, true
	}
	var b strings.Builder
	for i := range len(v) {
		c := v[i]
		switch {
		case c >= ' ' && c <= '~', c == '\t', c == '\n' && i+1 < len(v) && (v[i+1] == ' ' || v[i+1] == '\t'):
			b.WriteByte(c)
		case c == '\r' && i+1 < len(v) && v[i+1] == '\n':
		default:
			b.WriteByte('?')
		}
	}
	return b.String(), true
}
