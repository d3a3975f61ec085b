package policy

import (
	"testing"
	"time"
)

func TestContactResult(t *testing.T) {
	at := time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC)
	month := Contacts{Learning: 30 * 24 * time.Hour}
	for _, tt := range []struct {
		name string
		a    Acquaintance
		c    Contacts
		want ContactResult
	}{
		{"not asked", Acquaintance{}, month, ""},
		{"failed", Acquaintance{Asked: true, Failed: true, Address: true}, month, ContactFailed},
		{"wrote here", Acquaintance{Asked: true, Address: true}, month, ContactKnown},
		{"a colleague wrote here", Acquaintance{Asked: true, Domain: true}, month, ContactKnown},
		{"was written to", Acquaintance{Asked: true, Wrote: true}, month, ContactKnown},
		{"a colleague was", Acquaintance{Asked: true, WroteToDomain: true}, month, ContactKnown},
		{"answers", Acquaintance{Asked: true, InThread: true}, month, ContactKnown},
		{"learning", Acquaintance{Asked: true, Since: at.Add(-month.Learning + 1)}, month, ContactLearning},
		{"learned", Acquaintance{Asked: true, Since: at.Add(-month.Learning)}, month, ContactFirst},
		{"just begun", Acquaintance{Asked: true}, month, ContactLearning},
		{"no learning", Acquaintance{Asked: true}, Contacts{}, ContactFirst},
	} {
		if got := tt.a.Result(tt.c, at); got != tt.want {
			t.Errorf("%s: %q, wanted %q", tt.name, got, tt.want)
		}
	}
}
