// Package suspicion looks for the indicators of targeted mail (標的型不審メール): signs in the header, the links, the attachments
// and the text, and what speaks for a sender. Each indicator says what it looks for, what it saw, how much that weighs and
// where it comes from. It does not add them up and does not decide what becomes of a message: that is policy.Suspicion.
//
// Identity beats content; a mail that readers take differently is itself suspicious; and first contact, which is no reason
// alone, multiplies. Indicators see only what others have read: the header, the authors and the results of authentication
// among the facts, the body as package mime read it within limits. Evidence may hold foreign octets.
package suspicion

import (
	"strings"
	"sync"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// Indicator is one sign of targeted mail, or one that speaks for the sender.
type Indicator struct {
	Name       string        // snake_case; configuration, header, log and documentation name it so
	Family     policy.Family // whose points are capped together
	Points     policy.Points // weight where the configuration gives none; below zero in FamilyTrust
	Definition string        // what it looks for, in one sentence, for explain and the documentation
	Source     string        // where it is known from
	Replaces   string        // a weaker indicator of the same thing, which is not told beside this one; "" for none

	// find returns what was seen, a few words, and whether the sign is there.
	find func(*reading) (evidence string, found bool)
}

// Indicators lists every Indicator by family, in the order in which they are told.
func Indicators() []Indicator {
	var all []Indicator
	for _, of := range [][]Indicator{identity(), links(), attachments(), words(), origin(), meta(), contact(), trust()} {
		all = append(all, of...)
	}
	return all
}

// Names lists the names of all indicators.
func Names() []string {
	all := Indicators()
	names := make([]string, len(all))
	for i := range all {
		names[i] = all[i].Name
	}
	return names
}

// Input is one message as it was read. Nothing of it is changed.
type Input struct {
	Message *policy.Message
	Facts   *policy.Facts // At, Authors, MailFrom, DKIM, DMARC, SMIME, ForgedHeader, ForgedAR and Acquaintance
	Content *mime.Content // nil where the body was not read
}

// Assessor looks for the indicators as one policy wants them. It is made once per policy and serves any number of messages at
// the same time.
type Assessor struct {
	policy     *policy.Policy
	indicators []Indicator // those that are not switched off, with the weight that holds
	lists      *lists
	targets    sync.Pool // of *[]target
}

// New prepares the lists of a policy and the weights of its indicators.
func New(p *policy.Policy) *Assessor {
	a := &Assessor{policy: p, lists: newLists(p)}
	for _, i := range Indicators() {
		if w, ok := p.Suspicion.Weights[i.Name]; ok {
			i.Points = w
		}
		if i.Points != 0 {
			a.indicators = append(a.indicators, i)
		}
	}
	return a
}

// Assess looks for every indicator. The work is bounded by the limits of what was read.
func (a *Assessor) Assess(in Input) policy.Assessment {
	r := &reading{Assessor: a, in: in}
	defer r.release()
	out := policy.Assessment{Asked: true, Incomplete: incomplete(in)}
	var hits []policy.Hit
	replaced := map[string]bool{}
	for i := range a.indicators {
		ind := &a.indicators[i]
		evidence, found := ind.find(r)
		if !found {
			continue
		}
		hits = append(hits, policy.Hit{Indicator: ind.Name, Family: ind.Family, Points: ind.Points, Evidence: clean(evidence)})
		if ind.Replaces != "" {
			replaced[ind.Replaces] = true
		}
	}
	for _, h := range hits {
		if !replaced[h.Indicator] {
			out.Hits = append(out.Hits, h)
		}
	}
	return out
}

// incomplete names the limits that ended the reading.
func incomplete(in Input) string {
	var why []string
	if in.Message.HeaderCut {
		why = append(why, "header")
	}
	if in.Content != nil {
		for _, l := range in.Content.Stopped {
			why = append(why, string(l))
		}
	}
	return strings.Join(why, " ")
}

// maxEvidence is how much of one piece of evidence is kept, in octets.
const maxEvidence = 120

// clean makes evidence one line of valid UTF-8 without controls, and cuts it.
func clean(s string) string {
	if len(s) > 4*maxEvidence {
		s = s[:4*maxEvidence]
	}
	s = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(s, "\ufffd"))
	if len(s) > maxEvidence {
		s = strings.ToValidUTF8(s[:maxEvidence], "")
	}
	return s
}

// reading is one message while the indicators look at it. What several need is worked out once, when the first asks.
type reading struct {
	*Assessor
	in       Input
	identity identityReading
	origin   originReading
	fileReading
	link linkReading
	text textReading
}
