// Package drill holds what a drill with mock targeted mail is, how its mail is recognised, what is counted of it, and how
// its rounds are compared and reported. It decides whether a message belongs to a round, whether a visit was made by a
// machine, which cells of a report are too small to be shown, and whether two rounds may be compared at all. It does not
// decide what happens to a message, keeps nothing, and knows persons only as keyed hashes that others have made.
package drill

import "sekimori/policy"

// The definition of a drill is part of the compiled policy; here it goes by shorter names.
type (
	Drill       = policy.Drill
	Body        = policy.DrillBody
	Kind        = policy.DrillKind
	Mode        = policy.DrillMode
	Rating      = policy.Rating
	Premise     = policy.Premise
	Difficulty  = policy.Difficulty
	Window      = policy.Window
	Sender      = policy.DrillSender
	Round       = policy.Round
	Recognition = policy.Recognition
	Key         = policy.TokenKey
	Event       = policy.DrillEvent
	Class       = policy.DrillClass
)

// The words of a definition.
const (
	KindAttachment = policy.DrillAttachment
	KindLink       = policy.DrillLink

	ModeObserve = policy.DrillObserve
	ModeExempt  = policy.DrillExempt
	ModeEnforce = policy.DrillEnforce

	RatingLeast      = policy.RatingLeast
	RatingModerately = policy.RatingModerately
	RatingVery       = policy.RatingVery

	PremiseLow    = policy.PremiseLow
	PremiseMedium = policy.PremiseMedium
	PremiseHigh   = policy.PremiseHigh

	DefaultHeader = policy.DefaultDrillHeader
)

// What persons and machines do, and who is taken to have done it.
const (
	EventAccepted         = policy.DrillAccepted
	EventDelivered        = policy.DrillDelivered
	EventOpened           = policy.DrillOpened
	EventClicked          = policy.DrillClicked
	EventSubmitted        = policy.DrillSubmitted
	EventReported         = policy.DrillReported
	EventReplied          = policy.DrillReplied
	EventAutoReplied      = policy.DrillAutoReplied
	EventAutoReplyStopped = policy.DrillAutoReplyStopped
	EventReceipt          = policy.DrillReceipt
	EventForwarded        = policy.DrillForwarded

	ClassHuman     = policy.DrillHuman
	ClassUncertain = policy.DrillUncertain
	ClassMachine   = policy.DrillMachine
)
