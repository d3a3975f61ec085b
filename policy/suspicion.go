package policy

import (
	"crypto/x509"
	"slices"
	"time"
)

// Family is what an indicator is about. The points of one family are capped together.
type Family string

// The families.
const (
	FamilyIdentity   Family = "identity"
	FamilyLink       Family = "link"
	FamilyAttachment Family = "attachment"
	FamilyText       Family = "text"
	FamilyMeta       Family = "meta"
	FamilyContact    Family = "contact" // first contact, which multiplies and is never a reason alone
	FamilyTrust      Family = "trust"   // what speaks for the sender: points below zero
)

// Families lists every Family in the order in which a score is shown.
func Families() []Family {
	return []Family{FamilyIdentity, FamilyLink, FamilyAttachment, FamilyText, FamilyMeta, FamilyContact, FamilyTrust}
}

// Level is how suspicious a message is.
type Level string

// The levels.
const (
	LevelNone    Level = "none"
	LevelCaution Level = "caution" // 注意
	LevelWarning Level = "warning" // 警告
)

// Levels lists every Level from mild to strong.
func Levels() []Level { return []Level{LevelNone, LevelCaution, LevelWarning} }

// Thresholds are the scores from which a level, or an action, holds. 0 means never.
type Thresholds struct {
	Caution    Points
	Warning    Points
	Quarantine Points // held by the MTA
	Reject     Points // refused, 550 5.7.1
}

// Suspicion is the rule that flags targeted mail by named indicators.
type Suspicion struct {
	Mode          Mode
	Thresholds    Thresholds
	Organisations map[string]Thresholds // by recipient organisation, whole; the strictest of a message's recipients holds
	Weights       map[string]Points     // by indicator, in place of its own; 0 switches it off
	Caps          map[Family]Points     // most that one family adds, of FamilyTrust most that it takes away; 0: no cap
	Tag           map[Level]string      // put before the Subject; "" leaves it alone
	Quiet         bool                  // flagged mail is kept from being answered by programs
	OnError       Action                // accept or tempfail: when the rule could not be evaluated
	Body          BodyLimits
	Contacts      Contacts
	Lists         SuspicionLists
}

// BodyLimits bound what is read of a body. What lies beyond is the finding not_fully_examined.
type BodyLimits struct {
	Octets  int64 // of body, as transferred
	Decoded int64 // of all parts together
	Parts   int
	Depth   int
	Text    int // octets of plain text kept for looking at
	HTML    int // octets of HTML read
	Links   int
}

// SuspicionLists is what the indicators compare with. Each list of a shipped file can be replaced, or added to, in configuration.
type SuspicionLists struct {
	Protected     []Domain            // whose names and lookalikes matter, beside inside.domains and spoof.protected
	Partners      []Domain            // known correspondents, each with every name below it
	Senders       []Domain            // outside services that may write in the name of an inside domain
	Signers       []Domain            // whose DKIM signature speaks for mail of others that they pass on, such as the gateway of a network of administrations
	Anchors       []*x509.Certificate // to which the S/MIME certificate of an author must lead; without any no signature is looked at
	TrustedLists  []string            // List-Id values, in lower case without brackets
	People        []Person            // names that outsiders borrow
	Organisations []NamedBody         // names of organisations and the domains that may bear them; nil: those shipped
	Freemail      []Domain            // nil: those shipped
	Shorteners    []Domain            // nil: those shipped
	Redirectors   []string            // host, or host/path prefix; nil: those shipped
	Extensions    []FileWarning       // nil: those shipped
}

// Person is somebody of the house, or known to it, whose name in a From of another address is suspicious.
type Person struct {
	Names     []string  // spellings, such as kanji, kana, romaji; order of the parts does not matter
	Addresses []Address // from which the person really writes, beside inside addresses
}

// NamedBody is an organisation as strangers claim to be it.
type NamedBody struct {
	Names   []string // spellings, compared after NFKC, without blanks and case
	Domains []Domain // each with every name below it
}

// FileWarning is an extension that opens a door.
type FileWarning struct {
	Extension string // in lower case, without the dot
	Class     string // "executable", "disk_image", "html", "archive", "macro", …
}

// Hit is an indicator that was found in a message.
type Hit struct {
	Indicator string
	Family    Family
	Points    Points
	Evidence  string // what was seen, at most a few words; may hold foreign octets: whoever writes it escapes it
}

// Assessment is what the indicators found. The zero value means that nobody looked.
type Assessment struct {
	Asked      bool
	Hits       []Hit  // at most one of each indicator, in the order of the indicators
	Incomplete string // which limits ended the reading of the body; "" when it was read whole
}

// FindingIncomplete says that a limit ended the reading of a body.
const FindingIncomplete = "not_fully_examined"

// verdict judges an inbound message by what the indicators found.
func (s *Suspicion) verdict(p *Policy, m *Message, f *Facts) Verdict {
	v := Verdict{Rule: RuleSuspicion, Mode: s.Mode, Action: ActionAccept}
	if slices.Contains(f.Unexamined, UnexaminedPanic) || !f.Suspicion.Asked {
		v.Action = s.OnError
		v.Findings = []Finding{{Name: FindingUnexamined, Evidence: string(UnexaminedPanic), Action: v.Action}}
		if v.Action == ActionTempfail {
			v.Reply = ReplyUnexamined
		}
		return v
	}
	sc, t := s.Assess(p, m, &f.Suspicion)
	switch {
	case reached(sc.Total, t.Reject):
		v.Action, v.Reply = ActionReject, ReplySuspicious
	case reached(sc.Total, t.Quarantine):
		v.Action = ActionQuarantine
	case sc.Level != LevelNone:
		v.Action = ActionTag
	}
	v.Score, v.Level = sc.Total, sc.Level
	for _, h := range f.Suspicion.Hits {
		v.Findings = append(v.Findings, Finding{Name: h.Indicator, Points: h.Points, Evidence: h.Evidence, Action: v.Action})
	}
	if f.Suspicion.Incomplete != "" {
		v.Findings = append(v.Findings, Finding{Name: FindingIncomplete, Evidence: f.Suspicion.Incomplete, Action: ActionAccept})
	}
	if len(v.Findings) > 0 {
		v.Insert = append(v.Insert, Field{Name: SuspicionHeader, Value: suspicionValue(sc, v.Findings)})
	}
	if sc.Level != LevelNone {
		v.TagSubject = s.Tag[sc.Level]
	}
	if s.Quiet && (v.Action == ActionTag || v.Action == ActionQuarantine) {
		insert, strip := quiet(m.Header)
		v.Insert, v.Strip = append(v.Insert, insert...), append(v.Strip, strip...)
	}
	return v
}

// DefaultSuspicion is what a [suspicion] section starts from.
func DefaultSuspicion() Suspicion {
	return Suspicion{
		Mode:       ModeOff,
		Thresholds: Thresholds{Caution: 50, Warning: 80},
		Caps: map[Family]Points{FamilyIdentity: 120, FamilyLink: 80, FamilyAttachment: 120, FamilyText: 30, FamilyMeta: 20,
			FamilyTrust: 50},
		Tag:     map[Level]string{},
		Quiet:   true,
		OnError: ActionAccept,
		Body: BodyLimits{Octets: 150 << 20, Decoded: 128 << 20, Parts: 500, Depth: 16, Text: 256 << 10, HTML: 1 << 20,
			Links: 1000},
		Contacts: Contacts{Learning: 30 * 24 * time.Hour, Keep: 180 * 24 * time.Hour, KeepSent: 90 * 24 * time.Hour},
	}
}
