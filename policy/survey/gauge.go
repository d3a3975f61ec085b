package survey

import (
	"io"
	"strconv"
	"strings"
)

// The families whose series are counted by group, check and state.
const (
	allDomains = "sekimori_survey_domains"
	mxDomains  = "sekimori_survey_mx_domains"
)

// WriteGauges writes one run in the text format of Prometheus, for the textfile collector of its node exporter: the
// run counted of all domains, and counted of those with a mail exchanger. Every series is always there, also at 0. The
// sum over the states of one check is the number of domains counted.
func WriteGauges(w io.Writer, all, mx *Run) error {
	g := gauges{survey: `survey="` + label(all.Name) + `"`}
	g.counts(allDomains, "Domains of the latest survey by group, check and state.", all)
	g.counts(mxDomains, "The same of the domains with a mail exchanger.", mx)
	r := all
	for _, f := range []struct {
		name, help string
		value      int64
	}{
		{"sekimori_survey_listed_domains", "Domains of the list.", int64(r.Listed)},
		{"sekimori_survey_measured_domains", "Domains that the latest survey looked at.", int64(r.Measured)},
		{"sekimori_survey_complete", "1 when the latest survey looked at every domain of its list.", bit(r.Complete)},
		{"sekimori_survey_start_timestamp_seconds", "When the latest survey began.", r.At.Unix()},
		{"sekimori_survey_end_timestamp_seconds", "When the latest survey looked at its last domain.", r.Last.Unix()},
	} {
		g.family(f.name, f.help)
		g.series(f.name, "", f.value)
	}
	_, err := io.WriteString(w, g.b.String())
	return err
}

type gauges struct {
	b      strings.Builder
	survey string
}

// counts writes one family. A list without groups has one group without a name.
func (g *gauges) counts(family, help string, r *Run) {
	g.family(family, help)
	groups := r.Groups
	if len(groups) == 0 {
		groups = []Group{{Checks: r.Checks}}
	}
	for _, group := range groups {
		for _, t := range group.Checks {
			if family == mxDomains && always(t.Check) {
				continue
			}
			for _, s := range States() {
				g.series(family, `,group="`+label(group.Name)+`",check="`+string(t.Check)+`",state="`+string(s)+`"`, int64(t.Counts.Of(s)))
			}
		}
	}
}

func (g *gauges) family(name, help string) {
	g.b.WriteString("# HELP " + name + " " + help + "\n# TYPE " + name + " gauge\n")
}

func (g *gauges) series(name, labels string, value int64) {
	g.b.WriteString(name + "{" + g.survey + labels + "} " + strconv.FormatInt(value, 10) + "\n")
}

// label escapes the value of a label.
func label(s string) string {
	return strings.NewReplacer(`\`, `\\`, `"`, `\"`, "\n", `\n`).Replace(strings.ToValidUTF8(s, "?"))
}

func bit(b bool) int64 {
	if b {
		return 1
	}
	return 0
}
