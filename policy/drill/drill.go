// Package drill holds what a drill with mock targeted mail is, how its mail is recognised, what is counted of it, and how
// its rounds are compared and reported. It decides whether a message belongs to a round, whether a visit was made by a
// machine, which cells of a report are too small to be shown, and whether two rounds may be compared at all. It does not
// decide what happens to a message, keeps nothing, and knows persons only as keyed hashes that others have made.
package drill

import (
	"net/netip"
	"slices"
	"time"

	"sekimori/policy"
)

// Drill is a campaign of mock mails.
type Drill struct {
	Name          string           // ^[a-z0-9][a-z0-9_]{0,31}$
	Organisations []Body           // who takes part
	Reports       []policy.Address // where staff report suspicious mail (CSIRT)
	Rounds        []Round          // in the order of their numbers
}

// Body is an organisation that takes part.
type Body struct {
	Name  string // that of an [[organisation]]
	Staff int    // persons who can get the mails; 0 means not stated
}

// Kind is what the mail of a round carries.
type Kind string

// The kinds.
const (
	KindAttachment Kind = "attachment"
	KindLink       Kind = "link"
)

// Kinds lists every Kind.
func Kinds() []Kind { return []Kind{KindAttachment, KindLink} }

// Mode is what happens to recognised mail. Whatever it is, the verdict the mail would have had is recorded, and limits,
// the log and the auto_reply rule hold.
type Mode string

// The modes.
const (
	ModeObserve Mode = "observe" // recognised, counted, judged like any other mail
	ModeExempt  Mode = "exempt"  // delivered whatever the rules say: people are measured
	ModeEnforce Mode = "enforce" // the rules hold: the gateway and people are measured together
)

// Modes lists every Mode.
func Modes() []Mode { return []Mode{ModeObserve, ModeExempt, ModeEnforce} }

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

// Sender is an address from which a round writes, or to which an answer to it goes.
type Sender struct {
	Local  string // "" means every local part of the domain
	Domain policy.Domain
}

// Round is one mail of a drill.
type Round struct {
	Number      int // from 1
	Kind        Kind
	Lure        string // what the mail pretends to be, for the report; 1 to MaxLure characters
	Difficulty  Difficulty
	Window      Window
	Senders     []Sender // MAIL FROM, From and Reply-To of the round
	Recognition Recognition
	Mode        Mode
}

// Recognition says how the mail of a round is known. Every condition that is stated must hold.
type Recognition struct {
	Networks      []netip.Prefix  // of the true client, behind trusted relays
	MailFrom      []policy.Domain // exact
	DKIM          []policy.Domain // d= of a valid signature, any of them; empty: not asked
	Header        string          // field that carries the token; "" means DefaultHeader
	Keys          []Key           // any of them may have made the token
	MaxRecipients int             // recipients recognised in the whole round; beyond it mail is like any other
	Remove        []string        // further fields taken off recognised mail, such as X-Gophish-Contact
}

// DefaultHeader carries the token where a round names no other field.
const DefaultHeader = "X-Sekimori-Drill"

// TokenHeader is the name of the field that carries the token.
func (r Recognition) TokenHeader() string {
	if r.Header == "" {
		return DefaultHeader
	}
	return r.Header
}

// SentBy reports whether a is a sender of the round: an answer to it is an answer to the drill. Case does not matter.
func (r *Round) SentBy(a policy.Address) bool {
	return slices.ContainsFunc(r.Senders, func(s Sender) bool {
		return s.Domain == a.Domain && (s.Local == "" || equalFold(s.Local, a.Local))
	})
}
