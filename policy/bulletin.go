package policy

import (
	"slices"
	"time"
)

// Bulletin is a list of indicators taken from one alert.
type Bulletin struct {
	Name       string // ^[a-z0-9][a-z0-9_]{0,31}$; a label of counters
	Mode       Mode
	Action     Action // accept counts and logs only
	Reference  string // where the alert is found, for the log: printable ASCII, at most 200 octets
	File       string // where the indicators were read, for the record
	From       time.Time
	Until      time.Time // first moment at which it no longer holds; zero: no end
	Indicators []BulletinIndicator
}

// Active reports whether the bulletin holds at t.
func (b *Bulletin) Active(t time.Time) bool {
	return b.Mode != ModeOff && !t.Before(b.From) && (b.Until.IsZero() || t.Before(b.Until))
}

// BulletinKind is what an indicator is compared with.
type BulletinKind string

// The kinds.
const (
	BulletinAddress  BulletinKind = "address"   // MAIL FROM, authors, Sender, Reply-To; of outbound mail the recipients
	BulletinDomain   BulletinKind = "domain"    // the domain of one of those, or HELO, with every name below it
	BulletinHost     BulletinKind = "host"      // the host of a link, with every name below it
	BulletinURL      BulletinKind = "url"       // host and path of a link, a prefix that ends at a / ? # or at the end
	BulletinSHA256   BulletinKind = "sha256"    // of an attachment's content
	BulletinFilename BulletinKind = "file_name" // of an attachment or an entry of an archive
	BulletinClient   BulletinKind = "client"    // address or network of the SMTP client
	BulletinSubject  BulletinKind = "subject"   // the whole decoded Subject
)

// BulletinKinds lists every BulletinKind.
func BulletinKinds() []BulletinKind {
	return []BulletinKind{BulletinAddress, BulletinDomain, BulletinHost, BulletinURL, BulletinSHA256, BulletinFilename, BulletinClient, BulletinSubject}
}

// BulletinIndicator is one line of a bulletin, normalised for comparison.
type BulletinIndicator struct {
	Kind  BulletinKind
	Value string
	From  time.Time // zero: as the bulletin
	Until time.Time // first moment at which it no longer holds; zero: as the bulletin
}

// BulletinHit is an indicator that a message matches.
type BulletinHit struct {
	Bulletin string // its name
	Kind     BulletinKind
	Value    string // the indicator
	Evidence string // what of the message matched; may hold foreign octets
}

// BulletinFindings lists every name a finding of the bulletin rule can have. There is none of a mail that could not be examined: the rule has no
// on_error, and the mail says so itself.
func BulletinFindings() (names []string) {
	for _, k := range BulletinKinds() {
		names = append(names, bulletinFinding(k))
	}
	return names
}

func bulletinFinding(k BulletinKind) string { return "bulletin_" + string(k) }

// bulletins returns a verdict for each active bulletin that a message hits.
func (p *Policy) bulletins(m *Message, f *Facts) []Verdict {
	var verdicts []Verdict
	for i := range p.Bulletins {
		b := &p.Bulletins[i]
		if !b.Active(f.At) {
			continue
		}
		v := Verdict{Rule: RuleBulletin, Name: b.Name, Mode: b.Mode, Action: ActionAccept}
		for _, h := range f.Bulletins {
			if h.Bulletin == b.Name {
				v.Findings = append(v.Findings, Finding{Name: bulletinFinding(h.Kind), Evidence: h.Evidence, Action: b.Action})
			}
		}
		if len(v.Findings) == 0 {
			continue
		}
		v.Action = b.Action
		switch v.Action {
		case ActionReject:
			v.Reply = ReplyBulletin
		case ActionTag, ActionQuarantine:
			v.Insert = []Field{{Name: BulletinHeader, Value: " name=" + b.Name + bulletinReference(b.Reference)}}
		case ActionAccept, ActionRemove, ActionDiscard, ActionTempfail: // those of BulletinActions alone are in a policy
		}
		verdicts = append(verdicts, v)
	}
	return verdicts
}

// BulletinHeader names the bulletin that a delivered message hit.
const BulletinHeader = "X-Sekimori-Bulletin"

func bulletinReference(s string) string {
	if s == "" {
		return ""
	}
	return "; reference=" + escapeEvidence(s)
}

// BulletinActions lists what can be done with mail that hits a bulletin. Nothing is tempfailed: an indicator does not go away.
func BulletinActions() []Action {
	return []Action{ActionAccept, ActionTag, ActionQuarantine, ActionReject}
}

// ActiveBulletins reports whether any bulletin is in force at all.
func (p *Policy) ActiveBulletins(t time.Time) bool {
	return slices.ContainsFunc(p.Bulletins, func(b Bulletin) bool { return b.Active(t) })
}
