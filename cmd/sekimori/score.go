package main

import (
	"fmt"
	"slices"
	"strings"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// observing returns p with a suspicion rule that looks: where it is off, one that observes by the settings that p has.
func observing(p *policy.Policy) *policy.Policy {
	if p.Suspicion.Mode != policy.ModeOff {
		return p
	}
	q := *p
	q.Suspicion.Mode = policy.ModeObserve
	return &q
}

// suspicion prints the level and the score behind the action.
func (x explanation) suspicion(v policy.Verdict) string {
	return fmt.Sprintf("; level %s, score %s", v.Level, v.Score)
}

// score prints how a score is made: what each indicator adds, the cap of each family, what first contact and trust make of it, and which
// thresholds it reaches; then what was looked for in vain.
func (x explanation) score(r *policy.Record) {
	s, a := &r.Policy.Suspicion, &r.Facts.Suspicion
	if !a.Asked {
		x.line("score", "none: nobody looked for indicators")
		return
	}
	total, t := s.Assess(r.Policy, r.Message, a)
	label := "score"
	for _, f := range policy.Families() {
		points, there := total.Family[f]
		if !there {
			continue
		}
		x.line(label, "%-10s %5s%s", f, points, x.capped(s, f, points, a.Hits))
		label = ""
		for _, h := range a.Hits {
			if h.Family == f {
				x.line("", "  %-38s %4s  %s", h.Indicator, h.Points, shortened(h.Evidence, x.verbose))
			}
		}
	}
	if words := total.Family[policy.FamilyText] + total.Family[policy.FamilyMeta]; words > policy.WordsCap {
		x.line(label, "text and meta count %s together: words alone flag nobody", policy.WordsCap)
	}
	x.line(label, "%-10s %5s", "in all", total.Total)
	x.line("thresholds", "%s, %s, %s, %s", threshold("caution", t.Caution, total.Total), threshold("warning", t.Warning, total.Total),
		threshold("quarantine", t.Quarantine, total.Total), threshold("reject", t.Reject, total.Total))
	x.missing(s, a.Hits)
}

// capped says what a family would come to without its cap, and what first contact does.
func (explanation) capped(s *policy.Suspicion, f policy.Family, points policy.Points, hits []policy.Hit) string {
	if f == policy.FamilyContact {
		return "  half as much again of identity, link and attachment: nobody here knows the sender"
	}
	sum := policy.Points(0)
	for _, h := range hits {
		if h.Family == f {
			sum += h.Points
		}
	}
	if f == policy.FamilyTrust && points > sum && points != -s.Caps[f] {
		return fmt.Sprintf("  of %s: a dangerous file weighs what it weighs, whoever sends it", sum)
	}
	if sum != points {
		return fmt.Sprintf("  of %s: the cap is %s", sum, s.Caps[f])
	}
	return ""
}

func threshold(name string, at, score policy.Points) string {
	switch {
	case at == 0:
		return name + " never"
	case score >= at:
		return name + " " + at.String() + " (reached)"
	}
	return name + " " + at.String()
}

// missing prints the indicators that were not found, by family, and those that nobody looked for. A weaker one that stands back behind
// another of the same thing is in neither.
func (x explanation) missing(s *policy.Suspicion, hits []policy.Hit) {
	var off []string
	absent := map[policy.Family][]string{}
	all := suspicion.Indicators()
	found := func(name string) bool {
		return slices.ContainsFunc(hits, func(h policy.Hit) bool { return h.Indicator == name })
	}
	stronger := func(name string) bool {
		return slices.ContainsFunc(all, func(i suspicion.Indicator) bool { return i.Replaces == name && found(i.Name) })
	}
	for _, i := range all {
		w, own := s.Weights[i.Name]
		switch {
		case found(i.Name), stronger(i.Name):
		case own && w == 0, !own && i.Points == 0:
			off = append(off, i.Name)
		default:
			absent[i.Family] = append(absent[i.Family], i.Name)
		}
	}
	label := "not found"
	for _, f := range policy.Families() {
		if len(absent[f]) > 0 {
			x.names(label, string(f), absent[f])
			label = ""
		}
	}
	if len(off) > 0 {
		x.names("off", "", off)
	}
}

// maxColumns is where a list of names goes on in the next line.
const maxColumns = 100

// names prints a list of names under a heading.
func (x explanation) names(label, heading string, names []string) {
	if heading != "" {
		x.line(label, "%s:", heading)
		label = ""
	}
	line := ""
	for _, n := range names {
		if line != "" && len(line)+len(n)+2 > maxColumns {
			x.line(label, "  %s,", line)
			label, line = "", ""
		}
		if line != "" {
			line += ", "
		}
		line += n
	}
	x.line(label, "  %s", line)
}

// shortened cuts what is too long to be read at a glance.
func shortened(s string, whole bool) string {
	if whole || len(s) <= maxShown {
		return s
	}
	return strings.ToValidUTF8(s[:maxShown], "") + "…"
}
