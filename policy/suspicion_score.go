package policy

import (
	"fmt"
	"slices"
	"strconv"
)

// Points is weight or score in tenths: 15 is written 1.5. Whole numbers keep sums exact.
type Points int

// String writes points as people do: 8, 1.5, -3.
func (p Points) String() string {
	sign := ""
	if p < 0 {
		sign, p = "-", -p
	}
	if p%10 == 0 {
		return sign + strconv.Itoa(int(p/10))
	}
	return fmt.Sprintf("%s%d.%d", sign, p/10, p%10)
}

// Score is what the hits of an assessment come to.
type Score struct {
	Total  Points
	Family map[Family]Points // after the caps
	Level  Level
}

// firstContactFactor multiplies, in halves, what identity, link and attachment come to when nobody here knows the sender.
const firstContactFactor = 3

// WordsCap is the most that text and meta data add together: words alone never flag.
const WordsCap Points = 30

// DangerousFile is the weight from which a hit of FamilyAttachment stands whoever sends it: proof and acquaintance say who wrote, not what
// his file does, and accounts of partners are taken over to write to those who know them.
const DangerousFile Points = 60

// score adds the hits up: capped by family, text and meta together by WordsCap, the strong families half as much again on first
// contact, less what speaks for the sender. It is never below zero, nor below the weight of a dangerous file.
func (s *Suspicion) score(hits []Hit) Score {
	sc := Score{Family: map[Family]Points{}, Level: LevelNone}
	for _, h := range hits {
		sc.Family[h.Family] += h.Points
	}
	for f, n := range sc.Family {
		switch limit := s.Caps[f]; {
		case limit > 0 && f == FamilyTrust:
			sc.Family[f] = max(n, -limit)
		case limit > 0:
			sc.Family[f] = min(n, limit)
		}
	}
	strong := sc.Family[FamilyIdentity] + sc.Family[FamilyLink] + sc.Family[FamilyAttachment]
	contact := Points(0)
	if strong > 0 && slices.ContainsFunc(hits, func(h Hit) bool { return h.Family == FamilyContact && h.Points > 0 }) {
		contact = strong*firstContactFactor/2 - strong
	}
	if _, ok := sc.Family[FamilyContact]; ok {
		sc.Family[FamilyContact] = contact
	}
	words := min(sc.Family[FamilyText]+sc.Family[FamilyMeta], WordsCap)
	sum := strong + contact + words
	if least := dangerous(hits, sc.Family[FamilyAttachment]); least > 0 {
		sc.Family[FamilyTrust] = min(0, max(sc.Family[FamilyTrust], least-sum))
	}
	sc.Total = max(0, sum+sc.Family[FamilyTrust])
	if strong == 0 {
		sc.Total = min(sc.Total, WordsCap)
	}
	return sc
}

// dangerous returns the weight of the worst dangerous file, at most what its family comes to; 0 without one, or where nothing speaks for
// the sender.
func dangerous(hits []Hit, family Points) Points {
	worst, trusted := Points(0), false
	for _, h := range hits {
		if h.Family == FamilyAttachment && h.Points >= DangerousFile {
			worst = max(worst, h.Points)
		}
		trusted = trusted || h.Family == FamilyTrust
	}
	if !trusted {
		return 0
	}
	return min(worst, family)
}

// thresholds returns the strictest thresholds of the recipients' organisations.
func (s *Suspicion) thresholds(p *Policy, m *Message) Thresholds {
	t := s.Thresholds
	first := true
	for _, r := range m.Recipients {
		own, ok := s.Organisations[p.Organisation(r.Address.Domain)]
		if !ok {
			own = s.Thresholds
		}
		if first {
			t, first = own, false
			continue
		}
		t = Thresholds{lower(t.Caution, own.Caution), lower(t.Warning, own.Warning), lower(t.Quarantine, own.Quarantine), lower(t.Reject, own.Reject)}
	}
	return t
}

// lower returns the lower of two thresholds, of which 0 is none.
func lower(a, b Points) Points {
	if a == 0 || b != 0 && b < a {
		return b
	}
	return a
}

func reached(score, threshold Points) bool { return threshold > 0 && score >= threshold }

// Assess returns the score of a message and what it leads to, for explain and the verdict alike.
func (s *Suspicion) Assess(p *Policy, m *Message, a *Assessment) (Score, Thresholds) {
	sc, t := s.score(a.Hits), s.thresholds(p, m)
	switch {
	case reached(sc.Total, t.Warning):
		sc.Level = LevelWarning
	case reached(sc.Total, t.Caution):
		sc.Level = LevelCaution
	}
	return sc, t
}
