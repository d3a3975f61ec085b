package journal

import (
	"log/slog"
	"strings"

	"sekimori/policy"
)

// verdicts renders each rule: what it would do, how far it goes, and every reason. A bulletin or a drill has its name in the key,
// because there can be several: bulletin.ipa_2026_11.
func (j *Journal) verdicts(d policy.Decision) []slog.Attr {
	var attrs []slog.Attr
	bulletins := 0
	for i := range d.Verdicts {
		v := &d.Verdicts[i]
		if v.Rule == policy.RuleBulletin {
			if bulletins++; bulletins > MaxBulletins {
				continue
			}
		}
		key := string(v.Rule)
		if v.Name != "" {
			key += "." + v.Name
		}
		attrs = append(attrs, slog.Group(key, j.verdict(v)...))
	}
	if n := bulletins - MaxBulletins; n > 0 {
		attrs = append(attrs, slog.Int("more_bulletins", n))
	}
	return attrs
}

// verdict renders one rule. The reasons of the suspicion rule have their weight in place of an action: the action is that of
// their sum.
func (j *Journal) verdict(v *policy.Verdict) []any {
	reasons := make([]string, 0, min(len(v.Findings), MaxFindings))
	for i := range v.Findings[:min(len(v.Findings), MaxFindings)] {
		reasons = append(reasons, j.reason(v, &v.Findings[i]))
	}
	group := append(make([]any, 0, 8), slog.String("mode", string(v.Mode)), slog.String("action", string(v.Action)))
	if v.Level != "" {
		group = append(group, slog.String("level", string(v.Level)), slog.Float64("score", float64(v.Score)/10))
	}
	group = append(group, slog.Any("reasons", reasons))
	if n := len(v.Findings) - len(reasons); n > 0 {
		group = append(group, slog.Int("more_reasons", n))
	}
	if v.Waived != "" {
		group = append(group, slog.String("waived", v.Waived)) // the drill for which it is not done
	}
	if n := len(v.Remove); n > 0 {
		group = append(group, slog.Int("recipients", n)) // that it takes off, or would
	}
	return group
}

func (j *Journal) reason(v *policy.Verdict, f *policy.Finding) string {
	evidence := "[" + j.masked(cut(f.Evidence)) + "]"
	if v.Level != "" {
		if f.Points == 0 {
			return f.Name + evidence
		}
		return f.Name + ":" + f.Points.String() + evidence
	}
	s := f.Name + evidence + "=" + string(f.Action)
	if f.Exempt != "" {
		s += " exempt:" + f.Exempt
	}
	return s
}

// masked replaces the addresses within a text as address does, where that was asked for.
func (j *Journal) masked(s string) string {
	if len(j.HashKey) == 0 || !strings.Contains(s, "@") {
		return s
	}
	var b strings.Builder
	for {
		at := strings.IndexByte(s, '@')
		if at < 0 {
			b.WriteString(s)
			return b.String()
		}
		from := strings.LastIndexAny(s[:at], addressEnds) + 1
		to := len(s)
		if n := strings.IndexAny(s[at+1:], addressEnds+"@"); n >= 0 {
			to = at + 1 + n
		}
		b.WriteString(s[:from])
		b.WriteString(j.address(policy.Address{Local: s[from:at], Domain: policy.Domain(s[at+1 : to])}))
		s = s[to:]
	}
}

// addressEnds are the characters at which an address within a text begins or ends.
const addressEnds = " \t<>()[]{}\"',;:|/?=&\\~"

// content renders what is known of the sender and how much of a body was read.
func content(r *policy.Record) []slog.Attr {
	var attrs []slog.Attr
	if r.Policy != nil {
		if c := r.Facts.Acquaintance.Result(r.Policy.Suspicion.Contacts, r.Facts.At); c != "" {
			attrs = append(attrs, slog.String("contact", string(c)))
		}
	}
	if b := r.Facts.Body; b.Parts > 0 {
		attrs = append(attrs, slog.Int("parts", b.Parts), slog.Int("links", b.Links))
	}
	return attrs
}
