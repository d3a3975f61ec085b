package policyfile

import (
	"net/url"
	"strconv"
	"strings"
	"time"
)

// printable reads a text of least to most printable ASCII characters; hint says what to do about others.
func printable(to *string, least, most int, hint string) read {
	return func(d *document, n *node) {
		if !d.wants(n, kindText, "") {
			return
		}
		for _, r := range n.text {
			if r < ' ' || r > '~' {
				d.report(n.at, n.path, "the character %s is not possible here: %s", character(r), hint)
				return
			}
		}
		if len(n.text) < least || len(n.text) > most {
			d.report(n.at, n.path, "a text of %d characters; %d to %d are possible", len(n.text), least, most)
			return
		}
		*to = n.text
	}
}

// link reads the address of a page, "" for none.
func link(to *string, most int) read {
	return func(d *document, n *node) {
		if !d.wants(n, kindText, `"https://example.go.jp/help"`) {
			return
		}
		for _, r := range n.text {
			if r <= ' ' || r > '~' {
				d.report(n.at, n.path, "the character %s is not possible here; write it as browsers send it, in ASCII (RFC 3986)", character(r))
				return
			}
		}
		if n.text == "" {
			*to = ""
			return
		}
		u, err := url.Parse(n.text)
		switch {
		case len(n.text) > most:
			d.report(n.at, n.path, "%d characters; at most %d are possible", len(n.text), most)
		case err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "":
			d.report(n.at, n.path, `%s is not possible here; it begins with https:// or http:// and the name of a host`, quote(n.text))
		case u.User != nil:
			d.report(n.at, n.path, "a name or a password stands before the host; everyone who is refused would read it")
		default:
			*to = n.text
		}
	}
}

// path reads the name of a file from the root; empty is possible where optional.
func path(to *string, optional bool) read {
	return func(d *document, n *node) {
		switch {
		case !d.wants(n, kindText, `"/etc/sekimori/secret"`):
		case n.text == "" && optional:
			*to = ""
		case !strings.HasPrefix(n.text, "/") || strings.ContainsRune(n.text, 0):
			d.report(n.at, n.path, "%s is not possible here; the name of a file begins with /", quote(n.text))
		case strings.HasSuffix(n.text, "/"):
			d.report(n.at, n.path, "%s is a directory; write the name of a file", quote(n.text))
		default:
			*to = n.text
		}
	}
}

// directory reads the name of a directory from the root.
func directory(to *string) read {
	return func(d *document, n *node) {
		switch {
		case !d.wants(n, kindText, `"/var/lib/sekimori/drill"`):
		case !strings.HasPrefix(n.text, "/") || strings.ContainsRune(n.text, 0):
			d.report(n.at, n.path, "%s is not possible here; the name of a directory begins with /", quote(n.text))
		case strings.Trim(n.text, "/") == "":
			d.report(n.at, n.path, "%s is the root; write a directory of its own", quote(n.text))
		default:
			*to = strings.TrimRight(n.text, "/")
		}
	}
}

const day = 24 * time.Hour

// lasting reads a long duration: days such as "30d", or what duration reads.
func lasting(to *time.Duration, least, most time.Duration) read {
	return func(d *document, n *node) {
		if n.kind == kindInteger {
			d.report(n.at, n.path, `a duration has a unit and quotation marks: "%sd", "%sh"`, n.text, n.text)
			return
		}
		if !d.wants(n, kindText, `"30d"`) {
			return
		}
		v, ok := parseLasting(n.text)
		switch {
		case !ok:
			d.report(n.at, n.path, `%s is no duration; write a number and its unit, such as "30d", "12h" or "90m"`, quote(n.text))
		case v < least || v > most:
			d.report(n.at, n.path, "%s is out of range; %s to %s are possible", quote(n.text), days(least), days(most))
		default:
			*to = v
		}
	}
}

func parseLasting(s string) (time.Duration, bool) {
	if number, found := strings.CutSuffix(s, "d"); found {
		n, err := strconv.ParseUint(number, 10, 16) // more is out of any range, and multiplied it stays a duration
		return time.Duration(n) * day, err == nil
	}
	v, err := time.ParseDuration(s)
	return v, err == nil
}

// days says a duration in days where it is whole days.
func days(v time.Duration) string {
	if v >= day && v%day == 0 {
		return strconv.Itoa(int(v/day)) + "d"
	}
	return short(v)
}
