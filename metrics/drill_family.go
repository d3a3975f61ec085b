package metrics

import (
	"slices"
	"strconv"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// How many series the gauges of drills can be.
const (
	MaxDrillRounds        = 12  // of a drill, the latest ones
	MaxDrillSources       = 16  // of a round, from which something was imported; further ones are left out
	MaxDrillOrganisations = 100 // of a drill, policy.Other included: those beyond are added up in it
)

// drillFamilies are the names of the gauges of drills. What happened to the mail of a round is a family for each step and not a
// label: who opened the mail got it as well, and the sum of both would be nonsense. For the same reason the numbers of single
// organisations are families beside those of the whole, which also holds what is hidden in them.
type drillFamilies struct {
	info, open, start, end, closed, read *prometheus.Desc
	base, bodyBase, measured             *prometheus.Desc
	verdict, bodyVerdict                 *prometheus.Desc
	first, bodyFirst, median             *prometheus.Desc
	lost, late, strangers                *prometheus.Desc
	visits, machines, imported           *prometheus.Desc

	persons, bodyPersons map[drill.Measure]*prometheus.Desc
}

// gaugedMeasures are the measures that have a family of their own. What the other rules would have done is one family, by verdict.
func gaugedMeasures() []drill.Measure {
	return slices.DeleteFunc(append(drill.Populations(), drill.Reported()...), func(m drill.Measure) bool {
		return m == drill.MeasureFlagged || m == drill.MeasureStopped
	})
}

// drillWords says of a measure what Help says.
func drillWords(m drill.Measure) string {
	words := map[drill.Measure]string{
		drill.MeasureTargeted:                           "for whom the mail of a round was meant",
		drill.Measure(drill.EventAccepted):              "whose mail a gateway accepted",
		drill.Measure(drill.EventDelivered):             "whose mail the next server took",
		drill.Measure(drill.EventReported):              "who told those who collect reports",
		drill.Measure(drill.EventReplied):               "who answered a sender of the round",
		drill.Measure(drill.EventAutoReplyStopped):      "whose automatic reply to a sender of the round was stopped",
		drill.Measure(drill.EventAutoReplied):           "whose automatic reply went to a sender of the round",
		drill.Measure(drill.EventReceipt):               "whose read receipt went to a sender of the round",
		drill.Measure(drill.EventForwarded):             "who passed the mail on",
		drill.Measure(drill.EventOpened):                "who opened the attachment, or the page behind the link",
		drill.Measure(drill.EventClicked):               "who followed a link",
		drill.Measure(drill.EventSubmitted):             "who typed something into the page",
		drill.Measure(drill.EventOpened) + uncertain:    "for whom it may have been a machine that opened, beside those who did",
		drill.Measure(drill.EventClicked) + uncertain:   "for whom it may have been a machine that followed a link, beside those who did",
		drill.Measure(drill.EventSubmitted) + uncertain: "for whom it may have been a machine that typed something, beside those who did",
	}
	return words[m]
}

// uncertain is how the measures end that a machine may have made.
const uncertain = "_uncertain"

func newDrillFamilies() *drillFamilies {
	of := func(name, help string, labels ...string) *prometheus.Desc {
		return prometheus.NewDesc(prometheus.BuildFQName(namespace, "drill", name), help, labels, nil)
	}
	round, body := []string{"drill", "round"}, []string{"drill", "round", "organisation"}
	f := &drillFamilies{
		info: of("round_info", "Always 1; the labels say what the mail of a round carries, how hard it is to recognise, and whether the other rules hold.",
			"drill", "round", "kind", "rating", "mode"),
		open:     of("round_open", "1 while the window of a round is open, else 0.", round...),
		start:    of("window_start_timestamp_seconds", "When the window of a round opens, in seconds since 1970.", round...),
		end:      of("window_end_timestamp_seconds", "When the window of a round ends, in seconds since 1970.", round...),
		closed:   of("closed", "1 when a drill is closed and its numbers do not change any more, else 0.", "drill"),
		read:     of("ledger_read_timestamp_seconds", "When the numbers of a drill were known, in seconds since 1970.", "drill"),
		base:     of("base_recipients", "Persons who got the mail of a round: base says how that is known, the same way for all rounds of a drill.", "drill", "round", "base"),
		bodyBase: of("organisation_base_recipients", "The same of one organisation.", "drill", "round", "organisation", "base"),
		measured: of("measured_recipients", "Persons that the rate of a measure is a share of: base_recipients without organisations that did not count it, or imported nothing yet.",
			"drill", "round", "measure"),
		verdict:     of("shadow_verdict_recipients", "Persons by what the other rules would have done with the mail of a round: passed, flagged, stopped.", "drill", "round", "verdict"),
		bodyVerdict: of("organisation_shadow_verdict_recipients", "The same of one organisation.", "drill", "round", "organisation", "verdict"),
		first:       of("first_report_timestamp_seconds", "When the mail of a round was reported first, in seconds since 1970.", round...),
		bodyFirst:   of("organisation_first_report_timestamp_seconds", "The same of one organisation.", body...),
		median:      of("report_delay_median_seconds", "From the mail to its report, of the person in the middle.", round...),
		lost:        of("lost_events", "Events of a round that a gateway saw and could not write down: with any, the numbers are too low.", round...),
		late:        of("late_recipients", "Persons who did something outside the window of a round, which is not counted. Absent where it is hidden.", round...),
		strangers:   of("stranger_recipients", "Persons who did something with the mail of a round that nobody saw them get. Absent where it is hidden.", round...),
		visits:      of("visits", "Visits of persons and machines in a round; absent where it would give away what is hidden.", round...),
		machines:    of("machine_visits", "Visits among them that were a machine's.", round...),
		imported:    of("import_last_success_timestamp_seconds", "When an import from a source into a round ended last, in seconds since 1970.", "drill", "round", "source"),

		persons: map[drill.Measure]*prometheus.Desc{}, bodyPersons: map[drill.Measure]*prometheus.Desc{},
	}
	for _, m := range gaugedMeasures() {
		f.persons[m] = of(string(m)+"_recipients", "Persons "+drillWords(m)+". Absent where nobody counted that, or where it is hidden.", round...)
		f.bodyPersons[m] = of("organisation_"+string(m)+"_recipients", "The same of one organisation.", body...)
	}
	return f
}

func (f *drillFamilies) describe(to chan<- *prometheus.Desc) {
	for _, d := range []*prometheus.Desc{f.info, f.open, f.start, f.end, f.closed, f.read, f.base, f.bodyBase, f.measured, f.verdict, f.bodyVerdict, f.first,
		f.bodyFirst, f.median, f.lost, f.late, f.strangers, f.visits, f.machines, f.imported} {
		to <- d
	}
	for _, m := range gaugedMeasures() {
		to <- f.persons[m]
		to <- f.bodyPersons[m]
	}
}

func gauge(d *prometheus.Desc, v float64, labels ...string) prometheus.Metric {
	return prometheus.MustNewConstMetric(d, prometheus.GaugeValue, v, labels...)
}

func seconds(t time.Time) float64 { return float64(t.UnixMilli()) / 1000 }

func bit(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// moments are the gauges that follow from the definition of a drill and the time.
func (f *drillFamilies) moments(to chan<- prometheus.Metric, d DrillCounts, now time.Time) {
	to <- gauge(f.closed, bit(d.Closed), d.Drill.Name)
	if !d.Read.IsZero() {
		to <- gauge(f.read, seconds(d.Read), d.Drill.Name)
	}
	for _, r := range latest(d.Drill.Rounds) {
		n := strconv.Itoa(r.Number)
		rating := string(r.Difficulty.Rating)
		if rating == "" {
			rating = "none"
		}
		// The lure is no label: those who are to be deceived can perhaps read this page.
		to <- gauge(f.info, 1, d.Drill.Name, n, string(r.Kind), rating, string(r.Mode))
		to <- gauge(f.open, bit(!d.Closed && r.Window.Contains(now)), d.Drill.Name, n)
		to <- gauge(f.start, seconds(r.Window.From), d.Drill.Name, n)
		to <- gauge(f.end, seconds(r.Window.Until), d.Drill.Name, n)
	}
}

// latest returns the last MaxDrillRounds of rounds, which stand in the order of their numbers.
func latest[T any](rounds []T) []T { return rounds[max(0, len(rounds)-MaxDrillRounds):] }

// afterClose reports whether organisations may be shown: when the last window has ended, or where the definition says so.
func afterClose(d DrillCounts, now time.Time) bool {
	return d.Closed || d.Drill.Live ||
		!slices.ContainsFunc(d.Drill.Rounds, func(r policy.Round) bool { return now.Before(r.Window.Until) })
}
