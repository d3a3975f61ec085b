package policyfile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"sekimori/policy"
)

// read turns the value of one key into a setting, and reports what is wrong with it.
type read func(*document, *node)

// wants reports whether n is of a kind, and complains in the words of the file where it is not.
func (d *document) wants(n *node, k kind, example string) bool {
	if n.kind == k {
		return true
	}
	hint := ""
	if example != "" {
		hint = ", such as " + example
	}
	d.report(n.at, n.path, "found %s where %s is wanted%s", n.kind, k, hint)
	return false
}

// boolean reads true or false.
func boolean(to *bool) read {
	return func(d *document, n *node) {
		if n.kind == kindText && (n.text == "true" || n.text == "false") {
			d.report(n.at, n.path, "found a text where true or false is wanted; write it without quotation marks")
			return
		}
		if d.wants(n, kindBool, "") {
			*to = n.text == "true"
		}
	}
}

// integer reads a whole number from least to most.
func integer[T int | int64](to *T, least, most T) read {
	return func(d *document, n *node) {
		if !d.wants(n, kindInteger, "") {
			return
		}
		v, err := strconv.ParseInt(strings.TrimPrefix(n.text, "+"), 0, 64) // base 0 knows 0x, 0o, 0b and 1_000 as TOML does
		if err != nil {
			v = math.MaxInt64
		}
		if v < int64(least) || v > int64(most) {
			d.report(n.at, n.path, "%s is out of range; %d to %d are possible", n.text, least, most)
			return
		}
		*to = T(v)
	}
}

// duration reads a text such as "2s" from least to most.
func duration(to *time.Duration, least, most time.Duration) read {
	return func(d *document, n *node) {
		if n.kind == kindInteger {
			d.report(n.at, n.path, `a duration has a unit and quotation marks: "%ss", "%sms"`, n.text, n.text)
			return
		}
		if !d.wants(n, kindText, `"2s"`) {
			return
		}
		v, err := time.ParseDuration(n.text)
		switch {
		case err != nil:
			d.report(n.at, n.path, `%s is no duration; write a number and its unit, such as "500ms", "2s" or "1m30s"`, quote(n.text))
		case v < least || v > most:
			d.report(n.at, n.path, "%s is out of range; %s to %s are possible", quote(n.text), short(least), short(most))
		default:
			*to = v
		}
	}
}

// short says a duration without units that are zero: 4m rather than 4m0s.
func short(v time.Duration) string {
	s := v.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// word reads one of a closed list of words.
func word[T ~string](to *T, possible ...T) read {
	return func(d *document, n *node) {
		if v, ok := oneWord(d, n, possible); ok {
			*to = v
		}
	}
}

func oneWord[T ~string](d *document, n *node, possible []T) (T, bool) {
	words := make([]string, len(possible))
	for i, w := range possible {
		words[i] = string(w)
		if n.kind == kindText && n.text == string(w) {
			return w, true
		}
	}
	if !d.wants(n, kindText, strconv.Quote(words[0])) {
		return "", false
	}
	hint := ""
	if w := nearest(n.text, words); w != "" {
		hint = fmt.Sprintf("; did you mean %q?", w)
	}
	d.report(n.at, n.path, "%s is not possible here; possible: %s%s", quote(n.text), strings.Join(words, ", "), hint)
	return "", false
}

// list reads a list, each item with one. Items with a mistake are left out. Where least is 1 an empty list is a mistake.
func list[T any](to *[]T, least int, one func(*document, *node) (T, bool)) read {
	return func(d *document, n *node) {
		if n.kind == kindText {
			d.report(n.at, n.path, "found a text where a list is wanted; write [%s]", quote(n.text))
			return
		}
		if !d.wants(n, kindList, "") {
			return
		}
		if len(n.items) < least {
			d.report(n.at, n.path, "the list is empty")
		}
		*to = make([]T, 0, len(n.items))
		seen := make(map[string]*node, len(n.items))
		for _, item := range n.items {
			if item.kind == kindText && seen[item.text] != nil {
				d.warn(item.at, item.path, "%s stands in the list twice", quote(item.text))
				continue
			}
			seen[item.text] = item
			if v, ok := one(d, item); ok {
				*to = append(*to, v)
			}
		}
	}
}

// servID reads an authserv-id: a token or dot-atom of up to 255 octets (RFC 8601, 2.2; RFC 2045, 5.1).
func servID(d *document, n *node) (string, bool) {
	if !d.wants(n, kindText, `"mx.example.go.jp"`) {
		return "", false
	}
	const most = 255
	if n.text == "" || len(n.text) > most {
		d.report(n.at, n.path, "an authserv-id has 1 to %d octets", most)
		return "", false
	}
	for _, r := range n.text {
		if r <= ' ' || r > '~' || strings.ContainsRune(`()<>@,;:\"/[]?=`, r) {
			d.report(n.at, n.path, "the character %s cannot stand in an authserv-id (RFC 8601, 2.2)", character(r))
			return "", false
		}
	}
	return n.text, true
}

// label reads a name that becomes a label of counters.
func label(to *string) read {
	return labelled(to, "a to z first, then also 0 to 9 and _", func(c byte) bool { return 'a' <= c && c <= 'z' })
}

// labelOrNumber reads a name that becomes a label of counters, and may begin with a digit: 2026_04_lnk.
func labelOrNumber(to *string) read {
	return labelled(to, "a to z or 0 to 9 first, then also _", func(c byte) bool { return c != '_' })
}

func labelled(to *string, rule string, begins func(byte) bool) read {
	return func(d *document, n *node) {
		if !d.wants(n, kindText, "") {
			return
		}
		const most = 32
		ok := n.text != "" && len(n.text) <= most && begins(n.text[0])
		for i := 0; i < len(n.text) && ok; i++ {
			c := n.text[i]
			ok = 'a' <= c && c <= 'z' || '0' <= c && c <= '9' || c == '_'
		}
		if !ok {
			d.report(n.at, n.path, "%s is not possible as a name: %s, at most %d characters", quote(n.text), rule, most)
			return
		}
		*to = n.text
	}
}

// until reads the end of something: a date is its last day (UTC), a date-time the first moment without it.
func until(to *time.Time) read {
	return func(d *document, n *node) {
		if v, ok := moment(d, n, "2027-03-31 or 2027-03-31T17:00:00+09:00"); ok {
			if n.kind == kindDate {
				v = v.AddDate(0, 0, 1)
			}
			*to = v
		}
	}
}

// since reads the beginning of something: a date is its first day (UTC), a date-time the first moment with it.
func since(to *time.Time) read {
	return func(d *document, n *node) {
		if v, ok := moment(d, n, "2026-11-24 or 2026-11-24T09:00:00+09:00"); ok {
			*to = v
		}
	}
}

// exactly reads a date-time with its offset, where a day more or less would matter.
func exactly(to *time.Time) read {
	return func(d *document, n *node) {
		if n.kind == kindDate {
			d.report(n.at, n.path, "a date alone has no hour and no offset; write %sT09:00:00+09:00", n.text)
			return
		}
		if v, ok := moment(d, n, "2026-11-24T09:00:00+09:00"); ok {
			*to = v
		}
	}
}

// moment reads a date, which is its midnight (UTC), or a date-time.
func moment(d *document, n *node, example string) (time.Time, bool) {
	var v time.Time
	var err error
	switch n.kind {
	case kindDate:
		v, err = time.Parse(time.DateOnly, n.text)
	case kindMoment:
		v, err = time.Parse(time.RFC3339Nano, strings.ToUpper(strings.Replace(n.text, " ", "T", 1)))
	case kindText:
		d.report(n.at, n.path, "a date is written without quotation marks: %s = %s", n.name, strings.Split(example, " ")[0])
		return v, false
	default:
		d.wants(n, kindDate, example)
		return v, false
	}
	if err != nil {
		d.report(n.at, n.path, "%s is no date of the calendar", n.text)
		return v, false
	}
	return v, true
}

// quote shows a text of the file, cut where it is long. Letters of any script stay as they are.
func quote(s string) string {
	const most = 80
	if r := []rune(s); len(r) > most {
		return strconv.Quote(string(r[:most])) + "…"
	}
	return strconv.Quote(s)
}

// actions lists the actions for a setting that takes any of them.
func actions(to *policy.Action) read { return word(to, policy.TableActions()...) }
