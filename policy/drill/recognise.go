package drill

import (
	"net/netip"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
)

// Reason is why a message that looks like a drill's was not taken for one.
type Reason string

// The reasons: a closed list, the label of a counter.
const (
	ReasonNetwork       Reason = "network"        // the client is in none of the round's networks
	ReasonMailFrom      Reason = "mail_from"      // MAIL FROM lies in none of the round's domains
	ReasonDKIM          Reason = "dkim"           // no valid signature of a domain of the round
	ReasonNoToken       Reason = "no_token"       // the header field is missing
	ReasonSeveralTokens Reason = "several_tokens" // it is there more than once
	ReasonToken         Reason = "token"          // it is no token, of another round, of no key, or forged
	ReasonExpired       Reason = "expired"        // it is genuine, but its end has passed
	ReasonWindow        Reason = "window"         // outside the round's window
	ReasonRecipients    Reason = "recipients"     // more recipients than the round has
)

// Reasons lists every Reason.
func Reasons() []Reason {
	return []Reason{ReasonNetwork, ReasonMailFrom, ReasonDKIM, ReasonNoToken, ReasonSeveralTokens, ReasonToken, ReasonExpired,
		ReasonWindow, ReasonRecipients}
}

// Observation is what is known about an inbound message when it ends.
type Observation struct {
	At         time.Time
	Client     netip.Addr    // the client of the MTA, IPv4-mapped addresses unmapped: behind a relay that is the relay, which no round may name
	MailFrom   policy.Domain // of MAIL FROM; "" for the null sender
	Header     policy.Header
	DKIM       []policy.Domain // d= of the signatures that are valid, before anything was removed
	Recipients int             // recipients of this message
}

// Match is the round that a message belongs to or pretends to belong to.
type Match struct {
	Drill   *Drill
	Round   *Round
	Reasons []Reason // every condition that does not hold; empty: the message is recognised
}

// Recognised reports whether the message belongs to the round.
func (m Match) Recognised() bool { return m.Round != nil && len(m.Reasons) == 0 }

// Recognise says which round o belongs to. Already is how many recipients a round has recognised before this message; nil
// means none, and it is asked of no round that the message cannot belong to. Of several rounds the one with the fewest reasons against it is returned; among equals one whose token it has, so
// that mail of a round that has not begun is told from a forgery, then the first. A message
// that shows nothing of a drill, neither a token field nor client network and MAIL FROM together, gives the zero Match.
func Recognise(drills []Drill, o Observation, already func(drill string, round int) int) Match {
	var best Match
	for i := range drills {
		d := &drills[i]
		for j := range d.Rounds {
			r := &d.Rounds[j]
			if !touches(r, o) {
				continue
			}
			m := Match{d, r, reasons(d.Name, r, o, already)}
			if best.Round == nil || m.closer(best) {
				best = m
			}
		}
	}
	return best
}

// closer reports whether less speaks against m than against another match.
func (m Match) closer(other Match) bool {
	if a, b := len(m.Reasons), len(other.Reasons); a != b {
		return a < b
	}
	return !slices.Contains(m.Reasons, ReasonToken) && slices.Contains(other.Reasons, ReasonToken)
}

// touches reports whether o shows anything that makes it worth a judgement and, where it fails, a count.
func touches(r *Round, o Observation) bool {
	if _, n := tokenField(r, o.Header); n > 0 {
		return true
	}
	return network(r, o.Client) && slices.Contains(r.Recognition.MailFrom, o.MailFrom)
}

// reasons returns every condition that does not hold. How many recipients the round had is asked for only where all else holds: that
// is a question to the ledger, and nobody who copies a header shall make the gateway ask.
func reasons(drill string, r *Round, o Observation, already func(drill string, round int) int) []Reason {
	var against []Reason
	unless := func(ok bool, why Reason) {
		if !ok {
			against = append(against, why)
		}
	}
	q := &r.Recognition
	unless(network(r, o.Client), ReasonNetwork)
	unless(o.MailFrom != "" && slices.Contains(q.MailFrom, o.MailFrom), ReasonMailFrom)
	unless(len(q.DKIM) == 0 || slices.ContainsFunc(q.DKIM, func(d policy.Domain) bool { return slices.Contains(o.DKIM, d) }), ReasonDKIM)
	if why := judgeToken(drill, r, o); why != "" {
		against = append(against, why)
	}
	unless(r.Window.Contains(o.At), ReasonWindow)
	before := 0
	if len(against) == 0 && already != nil {
		before = already(drill, r.Number)
	}
	unless(o.Recipients >= 0 && before >= 0 && o.Recipients <= q.MaxRecipients-min(before, q.MaxRecipients), ReasonRecipients)
	return against
}

func judgeToken(drill string, r *Round, o Observation) Reason {
	value, n := tokenField(r, o.Header)
	switch {
	case n == 0:
		return ReasonNoToken
	case n > 1:
		return ReasonSeveralTokens
	}
	t, ok := ReadToken(value)
	switch {
	case !ok || t.Drill != drill || t.Round != r.Number || !t.Verify(r.Recognition.Keys, o.MailFrom):
		return ReasonToken
	case t.Expired(o.At):
		return ReasonExpired
	}
	return ""
}

// token returns the value of the last token field and how many there are.
func tokenField(r *Round, h policy.Header) (value string, n int) {
	name := r.Recognition.TokenHeader()
	for i := range h {
		if len(h[i].Name) == len(name) && strings.EqualFold(h[i].Name, name) {
			value, n = h[i].Value, n+1
		}
	}
	return value, n
}

func network(r *Round, a netip.Addr) bool {
	a = a.Unmap()
	return a.IsValid() && slices.ContainsFunc(r.Recognition.Networks, func(n netip.Prefix) bool { return n.Contains(a) })
}

// RemoveFrom returns the header fields that are taken off recognised mail, so that staff cannot filter by them and a
// forward does not leak the token: the token and the vendor's fields, from the highest index down.
func RemoveFrom(r *Round, h policy.Header) []policy.HeaderRef {
	names := append([]string{r.Recognition.TokenHeader()}, r.Recognition.Remove...)
	count := make([]int, len(names))
	var refs []policy.HeaderRef
	for i := range h {
		k := slices.IndexFunc(names, func(n string) bool { return strings.EqualFold(n, h[i].Name) })
		if k < 0 {
			continue
		}
		count[k]++
		refs = append(refs, policy.HeaderRef{Name: names[k], Index: count[k]})
	}
	slices.Reverse(refs)
	return refs
}
