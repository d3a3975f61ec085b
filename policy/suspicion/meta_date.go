package suspicion

import (
	"strings"
	"time"
)

// The span of honest clocks and queues.
const (
	maxFuture = time.Hour
	maxPast   = 7 * 24 * time.Hour // longer than an MTA tries
	maxZone   = 14                 // hours, of Kiritimati
)

// dateAnomaly compares Date with the time of arrival.
func dateAnomaly(r *reading) (string, bool) {
	f := &r.who().fields
	if !f.hasDate || f.date == "" {
		return "no Date", true
	}
	shown := cut(f.date, 40)
	at, zone, ok := r.date()
	switch {
	case !ok:
		return shown, true
	case zone != "" && !validZone(zone):
		return shown, true
	case at.After(r.in.Facts.At.Add(maxFuture)), at.Before(r.in.Facts.At.Add(-maxPast)):
		return shown, true
	}
	return "", false
}

// sentDate is what readDate said of the message.
type sentDate struct {
	read bool
	at   time.Time
	zone string
	ok   bool
}

// date reads the Date of the message, once.
func (r *reading) date() (at time.Time, zone string, ok bool) {
	d := &r.who().sent
	if !d.read {
		d.read = true
		d.at, d.zone, d.ok = readDate(r.who().fields.date)
	}
	return d.at, d.zone, d.ok
}

// readDate reads a date-time with the obsolete forms that are in use (RFC 5322, 3.3 and 4.3): without a day, without seconds, two digits of a
// year, a zone by name, comments. Zone is the numeric zone as written, "" for one by name.
func readDate(s string) (at time.Time, zone string, ok bool) {
	if i := strings.IndexByte(s, '('); i >= 0 {
		s = s[:i]
	}
	words := strings.Fields(strings.ReplaceAll(s, ",", " "))
	if len(words) > 0 && len(words[0]) > 0 && (words[0][0] < '0' || words[0][0] > '9') {
		words = words[1:]
	}
	if len(words) < 4 {
		return time.Time{}, "", false
	}
	clock := "15:04:05"
	if strings.Count(words[3], ":") == 1 {
		clock = "15:04"
	}
	year := "2006"
	if len(words[2]) == 2 {
		year = "06"
	}
	layout := "2 Jan " + year + " " + clock
	text := words[0] + " " + words[1] + " " + words[2] + " " + words[3]
	at, err := time.Parse(layout, text)
	if err != nil {
		return time.Time{}, "", false
	}
	if len(words) < 5 {
		return at, "", true
	}
	if zone = words[4]; zone[0] != '+' && zone[0] != '-' {
		return at.Add(-namedZone(zone)), "", true
	}
	if validZone(zone) {
		shift := time.Duration(digits(zone[1:3]))*time.Hour + time.Duration(digits(zone[3:5]))*time.Minute
		if zone[0] == '+' {
			shift = -shift
		}
		at = at.Add(shift)
	}
	return at, zone, true
}

// validZone reports whether zone is one that a clock can have.
func validZone(zone string) bool {
	if len(zone) != 5 || strings.Trim(zone[1:], "0123456789") != "" {
		return false
	}
	hours, minutes := digits(zone[1:3]), digits(zone[3:5])
	return minutes < 60 && (hours < maxZone || hours == maxZone && minutes == 0)
}

func digits(s string) int { return int(s[0]-'0')*10 + int(s[1]-'0') }

// namedZone returns the shift of the zones by name that mail has (RFC 5322, 4.3, and JST); others count as UTC.
func namedZone(name string) time.Duration {
	switch strings.ToUpper(name) {
	case "JST":
		return 9 * time.Hour
	case "EDT":
		return -4 * time.Hour
	case "EST", "CDT":
		return -5 * time.Hour
	case "CST", "MDT":
		return -6 * time.Hour
	case "MST", "PDT":
		return -7 * time.Hour
	case "PST":
		return -8 * time.Hour
	}
	return 0
}
