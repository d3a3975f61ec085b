package imports

import (
	"net/netip"
	"strings"
	"testing"
)

func TestEventText(t *testing.T) {
	e := Event{Step: StepSubmit, Person: strings.Repeat("\x00 \n\xff", 4), Organisation: strings.Repeat("o", 32), At: began.Add(123456789),
		Client: netip.MustParseAddr("ff00:1111:2222:3333:4444:5555:6666:7777"), Program: true}
	text := e.Text(9999)
	if got, round, ok := ReadEvent(text); got != e || round != 9999 || !ok {
		t.Errorf("%q: %+v, %d, %v", text, got, round, ok)
	}
	if len(text) > 200 || strings.ContainsAny(text, "\n\x00") {
		t.Errorf("%d octets: %q", len(text), text)
	}
	e = Event{Step: StepSent, At: began}
	if got, round, ok := ReadEvent(e.Text(1)); got != e || round != 1 || !ok {
		t.Errorf("%+v, %d, %v", got, round, ok)
	}
	text = Event{Step: StepSubmit, Person: "p", Organisation: "o", At: began, Client: netip.MustParseAddr("::1")}.Text(1)
	for i := range strings.Split(text, " ") {
		for _, bad := range []string{"x", "", "-1 "} {
			if i == 2 && bad == "" || i == 3 && bad != "-1 " || i == 5 && bad == "" {
				continue // a person, an organisation or a client of another kind
			}
			f := strings.Split(text, " ")
			f[i] = bad
			if _, _, ok := ReadEvent(strings.Join(f, " ")); ok {
				t.Errorf("part %d as %q is read", i, bad)
			}
		}
	}
}

// TestMasked: the same client stays the same, and another one another; what it was cannot be seen.
func TestMasked(t *testing.T) {
	hash := func(client string) string { return strings.Repeat(client[len(client)-1:], 16) }
	a, b := Event{Client: netip.MustParseAddr("192.0.2.1")}.Masked(hash), Event{Client: netip.MustParseAddr("192.0.2.2")}.Masked(hash)
	if a.Client == b.Client || a.Client != (Event{Client: netip.MustParseAddr("192.0.2.1")}).Masked(hash).Client || !netip.MustParsePrefix("100::/8").Contains(a.Client) {
		t.Errorf("%v, %v", a.Client, b.Client)
	}
	if got := (Event{}).Masked(hash); got.Client.IsValid() {
		t.Errorf("no client became %v", got.Client)
	}
}

func FuzzReadEvent(f *testing.F) {
	f.Add(Event{Step: StepClick, Person: "p", Organisation: "o", At: began, Client: netip.MustParseAddr("100::1")}.Text(3))
	f.Fuzz(func(t *testing.T, text string) {
		e, round, ok := ReadEvent(text)
		if !ok {
			return
		}
		if again, n, ok := ReadEvent(e.Text(round)); !ok || again != e || n != round {
			t.Errorf("%q: %+v, then %+v", text, e, again)
		}
	})
}
