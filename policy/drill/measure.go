package drill

import (
	"slices"
	"time"
)

// Measure is a number of persons that a body reports of a round: a column of the counts, a table of the report.
type Measure string

// The measures that are not events of persons, and what may have been a machine's.
const (
	MeasureTargeted Measure = "targeted" // were to get the mail
	MeasureFlagged  Measure = "flagged"  // whose mail would have been flagged by the other rules
	MeasureStopped  Measure = "stopped"  // whose mail would have been held or refused by the other rules

	suffixUncertain = "_uncertain"
	suffixMachine   = "_machine"
)

// Populations are the measures that others are shares of, or lose persons on the way to.
func Populations() []Measure {
	return []Measure{MeasureTargeted, Measure(EventAccepted), Measure(EventDelivered)}
}

// Reported are the measures of the report in its order: what staff did well comes first, then what left the house, then
// what the lure got, then what the gateway would have done.
func Reported() []Measure {
	return []Measure{
		Measure(EventReported), Measure(EventReplied), Measure(EventAutoReplyStopped), Measure(EventAutoReplied), Measure(EventReceipt),
		Measure(EventForwarded), Measure(EventOpened), Measure(EventOpened).uncertain(), Measure(EventClicked), Measure(EventClicked).uncertain(),
		Measure(EventSubmitted), Measure(EventSubmitted).uncertain(), MeasureFlagged, MeasureStopped,
	}
}

// machines are the measures of what machines did: only their sum is said.
func machines() []Measure {
	return []Measure{Measure(EventOpened) + suffixMachine, Measure(EventClicked) + suffixMachine, Measure(EventSubmitted) + suffixMachine}
}

// Measures lists every Measure.
func Measures() []Measure { return slices.Concat(Populations(), Reported(), machines()) }

func (m Measure) uncertain() Measure { return m + suffixUncertain }

// OfPersons reports whether m says what persons did, so that a small number of it is hidden. What the filter would have
// done says nothing of anybody.
func (m Measure) OfPersons() bool {
	return m != MeasureFlagged && m != MeasureStopped && !slices.Contains(Populations(), m) && !slices.Contains(machines(), m)
}

// Counts is what was counted in one drill.
type Counts struct {
	Drill  string
	Rounds []RoundCounts // by number
	Paired []PairedCounts
}

// RoundCounts is what was counted in one round.
type RoundCounts struct {
	Number     int
	Kind       Kind // "" means not stated, as do the zero values below
	Lure       string
	Difficulty Difficulty
	Mode       Mode
	Window     Window
	Bodies     []BodyCounts

	Lost         int           // events that a gateway saw and could not write down: with any, the numbers are too low
	Late         int           // persons who did something outside the window, which is in no other number
	Strangers    int           // persons who did something and whose mail nobody saw: they wrote from another address, say
	Imports      []Import      // what was imported, of a round in a ledger
	Unimported   bool          // a gateway took mail of the round, and nothing was imported: who opened it, nobody knows
	ReportMedian time.Duration // from the mail's acceptance to its report, over those who reported; 0: not stated
	ReportTimed  int           // how many persons that median is over; 0: not stated
	ReportWithin []int         // how many reported within each of ReportLimits after that; nil: not stated
}

// ReportLimits are the times within which reports are counted. Whose mail nobody saw come has reported within none of them.
func ReportLimits() []time.Duration {
	return []time.Duration{5 * time.Minute, time.Hour, 24 * time.Hour}
}

// BodyCounts is what one organisation counted in one round.
type BodyCounts struct {
	Organisation string
	Staff        int             // 0 means not stated
	Numbers      map[Measure]int // a measure that is missing was not counted: that is not 0
	FirstReport  time.Time       // zero: not stated
}

// PairedCounts is what the same persons did in two rounds, where a ledger knows that.
type PairedCounts struct {
	First, Second int // numbers of rounds
	Measure       Measure
	Paired        Paired
}

// Numbers turns tallies into the numbers of a body: a person counts once, under the class that says most.
func Numbers(tallies map[Event]Tally) map[Measure]int {
	numbers := make(map[Measure]int, len(tallies))
	for e, t := range tallies {
		m := Measure(e)
		if !slices.Contains([]Event{EventOpened, EventClicked, EventSubmitted}, e) {
			numbers[m] = t.Human + t.Uncertain + t.Machine
			continue
		}
		numbers[m], numbers[m.uncertain()], numbers[m+suffixMachine] = t.Human, t.Uncertain, t.Machine
	}
	return numbers
}
