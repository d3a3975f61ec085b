package policy

import (
	"slices"
	"testing"
)

// asking is a header with receipt requests in several spellings, and with what says the opposite of what is inserted.
func asking() Header {
	return Header{
		{Name: "Precedence", Value: " first-class"},
		{Name: "Disposition-Notification-To", Value: " a@example.test"},
		{Name: "Subject", Value: " minutes"},
		{Name: "disposition-notification-to", Value: " b@example.test"},
		{Name: "Return-Receipt-To", Value: " a@example.test"},
		{Name: "X-Confirm-Reading-To", Value: " a@example.test"},
		{Name: "auto-submitted", Value: " no"},
		{Name: "X-Auto-Response-Suppress", Value: " None"},
	}
}

// What an enforcing rule flags loses its receipt requests and asks responders to be silent.
func TestFlaggedMailIsQuiet(t *testing.T) {
	strip := []HeaderRef{{"X-Auto-Response-Suppress", 1}, {"Precedence", 1}, {"auto-submitted", 1},
		{"Disposition-Notification-To", 1}, {"disposition-notification-to", 2}, {"Return-Receipt-To", 1}, {"X-Confirm-Reading-To", 1}}
	for _, x := range []struct {
		name   string
		cell   Action
		mode   Mode
		quiet  bool
		silent bool
	}{
		{"tagged", ActionTag, ModeEnforce, true, true},
		{"held", ActionQuarantine, ModeEnforce, true, true},
		{"accepted", ActionAccept, ModeEnforce, true, false},
		{"refused", ActionReject, ModeEnforce, true, false},
		{"put off", ActionTempfail, ModeEnforce, true, false},
		{"observed", ActionTag, ModeObserve, true, false},
		{"not wanted", ActionTag, ModeEnforce, false, false},
	} {
		p, m, f := spoofed()
		m.Header = asking()
		f.only("taro@mof.go.jp", DMARC{Result: ResultNone, Name: DNSFound})
		p.Spoof.Mode, p.Spoof.Quiet = x.mode, x.quiet
		p.Spoof.Table[ClaimFrom][CellNone] = x.cell
		e := Decide(p, m, f).Effect()
		var names []string
		for _, h := range e.Insert {
			names = append(names, h.Name+":"+h.Value)
		}
		want := []string{"X-Auto-Response-Suppress: All", "Precedence: bulk", "Auto-Submitted: auto-generated"}
		if got := slices.Contains(names, want[0]) && slices.Contains(names, want[1]) && slices.Contains(names, want[2]); got != x.silent {
			t.Errorf("%s: inserted %q", x.name, names)
		}
		if x.silent && !slices.EqualFunc(byName(e.Remove), byName(strip), func(a, b HeaderRef) bool { return a == b }) || !x.silent && len(e.Remove) > 0 {
			t.Errorf("%s: removed %v", x.name, e.Remove)
		}
	}
}

func byName(refs []HeaderRef) []HeaderRef {
	out := slices.Clone(refs)
	slices.SortFunc(out, func(a, b HeaderRef) int {
		if a.Name != b.Name {
			return map[bool]int{true: -1, false: 1}[a.Name < b.Name]
		}
		return a.Index - b.Index
	})
	return out
}
