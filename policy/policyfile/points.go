package policyfile

import (
	"strconv"
	"strings"

	"sekimori/policy"
)

// points reads weight or score from least to most, with at most one decimal.
func points(to *policy.Points, least, most policy.Points) read {
	return func(d *document, n *node) {
		if n.kind != kindInteger && n.kind != kindFloat {
			d.report(n.at, n.path, "found %s where a number is wanted, such as 5 or 1.5", n.kind)
			return
		}
		v, ok := parsePoints(n.text)
		switch {
		case !ok:
			d.report(n.at, n.path, "%s is not possible here; a number has at most one decimal, such as 5 or 1.5", n.text)
		case v < least || v > most:
			d.report(n.at, n.path, "%s is out of range; %s to %s are possible", n.text, least, most)
		default:
			*to = v
		}
	}
}

// parsePoints reads digits, perhaps a sign before them, and perhaps a point and one digit behind them.
func parsePoints(s string) (policy.Points, bool) {
	s = strings.TrimPrefix(s, "+")
	digits, negative := strings.CutPrefix(s, "-")
	whole, tenth, fraction := strings.Cut(digits, ".")
	if fraction && len(tenth) != 1 || whole == "" {
		return 0, false
	}
	for i := 0; i < len(whole+tenth); i++ {
		if c := (whole + tenth)[i]; c < '0' || c > '9' {
			return 0, false
		}
	}
	n, err := strconv.ParseInt(whole, 10, 32) // more is out of any range
	if err != nil {
		n = 1 << 20
	}
	n *= 10
	if fraction {
		n += int64(tenth[0] - '0')
	}
	if negative {
		n = -n
	}
	return policy.Points(n), true
}
