// Package imports reads what other programs recorded of a round: the exports of GoPhish, KnowBe4 and Microsoft's attack simulation,
// and the mailbox of those who collect reports. It decides which of it counts as what, which visits were made by machines, and
// which lines are refused. It opens nothing, keeps nothing, and knows no name: an address becomes a keyed hash as soon as it
// is read, and what staff typed into a page is dropped before anything else is looked at.
package imports

import (
	"net/netip"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// Limits of an import. A file over one of the first three is refused as a whole; a record over MaxRecord is rejected, and reading goes on.
const (
	MaxRecords  = 2_000_000 // records of one import, over all its files
	MaxFile     = 4 << 30   // octets of one file
	MaxPersons  = 1_000_000 // different addresses of one import
	MaxRecord   = 1 << 20   // octets of one record: a line of CSV, quoted newlines included, or an element of JSON
	MaxColumns  = 200       // columns of a CSV file; one more makes it none of ours
	MaxShown    = 20        // places of rejected records that are told for each reason
	maxAddress  = 320       // octets of an address (RFC 3696, erratum 1690: 254; 320 is what 64 and 255 make)
	maxText     = 256       // octets of a position, department or other text that an organisation is known by
	maxKey      = 64        // octets of a key of JSON that can matter
	maxTimeText = 64        // octets of a time
)

// Source is the format that is read, and a label of counters.
type Source string

// The sources.
const (
	GophishEvents  Source = "gophish_events"  // "<campaign> - Events.csv", and the results beside it
	GophishResults Source = "gophish_results" // "<campaign> - Results.csv": who got the mail, and staff's positions
	GophishAPI     Source = "gophish_api"     // the answer to GET /api/campaigns/:id/results
	GophishWebhook Source = "gophish_webhook" // bodies that it posts
	KnowBe4        Source = "knowbe4"         // pages of /v1/phishing/security_tests/:id/recipients
	Microsoft      Source = "microsoft"       // the per-user CSV of attack simulation training
	Mailbox        Source = "mailbox"         // mail that staff sent to those who collect reports
)

// Sources lists every Source.
func Sources() []Source {
	return []Source{GophishEvents, GophishResults, GophishAPI, GophishWebhook, KnowBe4, Microsoft, Mailbox}
}

// Step is what a record says that somebody did. What it counts as depends on the round: see Counts.
type Step string

// The steps.
const (
	StepSent       Step = "sent"       // the program handed the mail over: SMTP said 250
	StepPixel      Step = "pixel"      // an image in the mail was fetched
	StepClick      Step = "click"      // a link was followed
	StepAttachment Step = "attachment" // the attachment was opened
	StepSubmit     Step = "submit"     // something was typed into the page
	StepReport     Step = "report"
	StepReply      Step = "reply"
	StepForward    Step = "forward"
)

// Steps lists every Step.
func Steps() []Step {
	return []Step{StepSent, StepPixel, StepClick, StepAttachment, StepSubmit, StepReport, StepReply, StepForward}
}

// visit reports whether a machine could have made the step.
func (s Step) visit() bool {
	return s == StepPixel || s == StepClick || s == StepAttachment || s == StepSubmit
}

// Counts says which events a step counts as, in a round of a kind. OpenedBy is what says, in a round with an attachment, that it
// was opened: StepClick where the attachment itself follows a link of its own, StepPixel where it fetches an image and the mail
// has none, "" where neither does. In a round with a link who follows it has opened the page; a pixel is no opening there.
func Counts(s Step, k drill.Kind, openedBy Step) []drill.Event {
	clicked := []drill.Event{drill.EventClicked}
	if k == drill.KindLink || openedBy == StepClick {
		clicked = []drill.Event{drill.EventClicked, drill.EventOpened}
	}
	switch s {
	case StepSent:
		return []drill.Event{drill.EventDelivered}
	case StepPixel:
		if k == drill.KindAttachment && openedBy == StepPixel {
			return []drill.Event{drill.EventOpened}
		}
	case StepClick:
		return clicked
	case StepAttachment:
		if k == drill.KindAttachment {
			return []drill.Event{drill.EventOpened}
		}
	case StepSubmit: // who types into the page has come to it
		return append(clicked, drill.EventSubmitted)
	case StepReport:
		return []drill.Event{drill.EventReported}
	case StepReply:
		return []drill.Event{drill.EventReplied}
	case StepForward:
		return []drill.Event{drill.EventForwarded}
	}
	return nil
}

// Event is one step of one person, and all that leaves the reader of a record.
type Event struct {
	Step         Step
	Person       string // keyed hash
	Organisation string // "" where it is known only from another file of the import
	At           time.Time
	Client       netip.Addr // of a visit; invalid when it is not known, or is an own proxy
	Program      bool       // a visit by a program that says so, or from the network of a scanner
}

// Subject is what a record says of whom it is about. It does not leave the import.
type Subject struct {
	Address    policy.Address
	Campaign   string // the id in decimal digits
	Position   string
	Department string
	Company    string
	Office     string
}

// Config says what is imported into which round.
type Config struct {
	Drill    *drill.Drill
	Round    *drill.Round
	OpenedBy Step // see Counts
	// Identify returns the keyed hash of an address and the organisation of the person, "" where the record does not say that:
	// another file of the import may. An error ends the reading.
	Identify func(Subject) (person, organisation string, err error)
	// Known reports whether mail of the round that the gateway accepted had one of some Message-IDs, which evidence.IDs found; nil:
	// nobody knows. An error ends the reading.
	Known func(messageIDs []string) (bool, error)
	// Campaigns are the only ones that count; none: the round's, and where it names none, all.
	Campaigns  []int64
	MaxRecords int // 0: MaxRecords
}

// plain takes off the apostrophe that GoPhish's export puts before what a spreadsheet would take for a formula.
func plain(s string) string {
	if len(s) > 1 && s[0] == '\'' && strings.IndexByte("=+-@", s[1]) >= 0 {
		return s[1:]
	}
	return s
}
