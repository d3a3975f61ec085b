package policy

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Drill is a campaign of mock mails.
type Drill struct {
	Name          string      // ^[a-z0-9][a-z0-9_]{0,31}$
	Organisations []DrillBody // who takes part
	Reports       []Address   // where staff report suspicious mail (CSIRT)
	Rounds        []Round     // in the order of their numbers
	Live          bool        // whether gauges of single organisations are shown before the last window ends; one step points to a person
	MinCell       int         // numbers of persons below it are hidden, with what would give them away; 0 hides nothing
	Machines      MachineRules
}

// MachineRules say which imported visits were made by machines; drill.MachineRules has the same fields, and judges by them.
type MachineRules struct {
	Scanners []netip.Prefix // networks of scanners
	Egress   []netip.Prefix // own proxies: all staff share these addresses, which says nothing
	Soon     time.Duration  // a visit so shortly after delivery is uncertain
	Burst    int            // more visits of one person within Together are uncertain
	Persons  int            // visits from one address for more persons within Together are uncertain
	Together time.Duration
}

// DrillBody is an organisation that takes part.
type DrillBody struct {
	Name  string // that of an [[organisation]]
	Staff int    // persons who can get the mails; 0 means not stated
}

// DrillKind is what the mail of a round carries.
type DrillKind string

// The kinds.
const (
	DrillAttachment DrillKind = "attachment"
	DrillLink       DrillKind = "link"
)

// DrillKinds lists every DrillKind.
func DrillKinds() []DrillKind { return []DrillKind{DrillAttachment, DrillLink} }

// DrillMode is what happens to recognised mail. Whatever it is, the verdict the mail would have had is recorded, and limits,
// the log and the auto_reply rule hold.
type DrillMode string

// The modes.
const (
	DrillObserve DrillMode = "observe" // recognised, counted, judged like any other mail
	DrillExempt  DrillMode = "exempt"  // delivered whatever the rules say: people are measured
	DrillEnforce DrillMode = "enforce" // the rules hold: the gateway and people are measured together
)

// DrillModes lists every DrillMode.
func DrillModes() []DrillMode { return []DrillMode{DrillObserve, DrillExempt, DrillEnforce} }

// Rating is how hard a mail is to recognise as a phish, on the NIST Phish Scale (NIST TN 2276).
type Rating string

// The ratings.
const (
	RatingLeast      Rating = "least"
	RatingModerately Rating = "moderately"
	RatingVery       Rating = "very"
)

// Ratings lists every Rating, easiest to recognise first.
func Ratings() []Rating { return []Rating{RatingLeast, RatingModerately, RatingVery} }

// Premise is how well the pretext fits the recipients' work.
type Premise string

// The premises.
const (
	PremiseLow    Premise = "low"
	PremiseMedium Premise = "medium"
	PremiseHigh   Premise = "high"
)

// Premises lists every Premise.
func Premises() []Premise { return []Premise{PremiseLow, PremiseMedium, PremiseHigh} }

// Difficulty is the rating of a lure and where it comes from. It is never turned into a number that a rate is multiplied
// with. The zero value is a lure that nobody rated.
type Difficulty struct {
	Rating  Rating
	Cues    int     // cues counted; 0 means not stated
	Premise Premise // "" means not stated
	Raters  int     // persons who rated, each for themselves
}

// Window is the time in which a round counts: From belongs to it, Until does not.
type Window struct{ From, Until time.Time }

// Contains reports whether t lies in the window.
func (w Window) Contains(t time.Time) bool { return !t.Before(w.From) && t.Before(w.Until) }

// DrillSender is an address from which a round writes, or to which an answer to it goes.
type DrillSender struct {
	Local  string // "" means every local part of the domain
	Domain Domain
}

// Round is one mail of a drill.
type Round struct {
	Number      int // from 1
	Kind        DrillKind
	Lure        string // what the mail pretends to be, for the report; 1 to MaxLure characters
	Difficulty  Difficulty
	Window      Window
	Senders     []DrillSender // MAIL FROM, From and Reply-To of the round
	LinkHosts   []Domain      // hosts to which the lure links: a mail that quotes one passes the lure on, or reports it
	Recognition Recognition
	Mode        DrillMode
	Campaigns   []int64 // ids by which the program that sends the mail knows the round
}

// Recognition says how the mail of a round is known. Every condition that is stated must hold.
type Recognition struct {
	Networks      []netip.Prefix // of the client that speaks to the MTA; a relay there lets anybody in
	MailFrom      []Domain       // exact
	DKIM          []Domain       // d= of a valid signature, any of them; empty: not asked
	Header        string         // field that carries the token; "" means DefaultDrillHeader
	Keys          []TokenKey     // any of them may have made the token
	MaxRecipients int            // recipients recognised in the whole round; beyond it mail is like any other
	Remove        []string       // further fields taken off recognised mail, such as X-Gophish-Contact
}

// DefaultDrillHeader carries the token where a round names no other field.
const DefaultDrillHeader = "X-Sekimori-Drill"

// TokenHeader is the name of the field that carries the token.
func (r Recognition) TokenHeader() string {
	if r.Header == "" {
		return DefaultDrillHeader
	}
	return r.Header
}

// SentBy reports whether a is a sender of the round: an answer to it is an answer to the drill. Case does not matter.
func (r *Round) SentBy(a Address) bool {
	return slices.ContainsFunc(r.Senders, func(s DrillSender) bool {
		return s.Domain == a.Domain && (s.Local == "" || strings.EqualFold(s.Local, a.Local))
	})
}

// TokenKey makes and verifies the tokens of a round.
type TokenKey struct {
	ID     string // names it in the token, so that a key can be changed while a drill runs; a name like that of a drill
	Secret []byte // at least 32 octets
}
