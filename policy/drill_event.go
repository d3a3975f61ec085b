package policy

// DrillEvent is something that a person, or a machine of theirs, did with the mail of a round. Persons are counted, not events.
type DrillEvent string

// The events. An automatic reply is one of two, never counted twice: their sum is printed nowhere, because it would give away
// a small part of it.
const (
	DrillAccepted         DrillEvent = "accepted"           // the gateway took the mail; a later server may still have refused it
	DrillDelivered        DrillEvent = "delivered"          // the next server took it, or the drill's own record says so
	DrillOpened           DrillEvent = "opened"             // did what the lure wants: the attachment was opened, or the page behind the link; no tracking pixel
	DrillClicked          DrillEvent = "clicked"            // followed a link, in a round of either kind
	DrillSubmitted        DrillEvent = "submitted"          // typed something into the page; what, is never kept
	DrillReported         DrillEvent = "reported"           // told the address in Drill.Reports
	DrillReplied          DrillEvent = "replied"            // a person answered a sender of the round
	DrillAutoReplied      DrillEvent = "auto_replied"       // an automatic reply went to a sender of the round
	DrillAutoReplyStopped DrillEvent = "auto_reply_stopped" // the gateway kept one
	DrillReceipt          DrillEvent = "receipt"            // a read receipt went to a sender of the round (RFC 8098)
	DrillForwarded        DrillEvent = "forwarded"          // passed on to somebody else than Drill.Reports
)

// DrillEvents lists every DrillEvent in the order of a round.
func DrillEvents() []DrillEvent {
	return []DrillEvent{DrillAccepted, DrillDelivered, DrillOpened, DrillClicked, DrillSubmitted, DrillReported, DrillReplied,
		DrillAutoReplied, DrillAutoReplyStopped, DrillReceipt, DrillForwarded}
}

// DrillClass is who did it. Nothing is deleted for its class: machines are counted apart.
type DrillClass string

// The classes.
const (
	DrillHuman     DrillClass = "human"
	DrillUncertain DrillClass = "uncertain" // a rate is printed with and without them
	DrillMachine   DrillClass = "machine"
)

// DrillClasses lists every DrillClass, the one that a person is counted under first.
func DrillClasses() []DrillClass { return []DrillClass{DrillHuman, DrillUncertain, DrillMachine} }
