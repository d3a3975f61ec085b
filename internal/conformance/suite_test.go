package conformance

import (
	"slices"
	"strings"
	"sync"
	"testing"

	"sekimori/internal/spfsuite"
)

// atOnce is how many messages are under way, so that the cases whose questions time out wait side by side.
const atOnce = 24

// TestSPFSuites puts every case of the OpenSPF suites through the whole gate and compares the word in the field that
// goes into the message. There is no case that could not be sent.
func TestSPFSuites(t *testing.T) {
	suites, err := spfsuite.Read()
	if err != nil {
		t.Fatal(err)
	}
	slots := make(chan struct{}, atOnce)
	for _, s := range suites {
		t.Run(s.Name, func(t *testing.T) {
			var running sync.WaitGroup
			for _, sc := range s.Scenarios {
				running.Go(func() { scenario(t, sc, slots) })
			}
			running.Wait()
		})
	}
}

// scenario tries the cases of a scenario at one gate, side by side.
func scenario(t *testing.T, sc spfsuite.Scenario, slots chan struct{}) {
	g, err := open(t, zonefile(t, sc))
	if err != nil {
		t.Error(err)
		return
	}
	defer g.close()
	var running sync.WaitGroup
	defer running.Wait()
	for _, c := range sc.Cases {
		slots <- struct{}{}
		running.Go(func() {
			defer func() { <-slots }()
			got, field := g.spf(letter(c.Client, c.Helo, mailArgument(c.MailFrom)))
			if !slices.Contains(c.Results, got) {
				t.Errorf("%s: %s, want %s:%s", c.ID, got, c.Results, field)
			}
		})
	}
}

// mailArgument writes an address as a client would, with its local part in quotes where it needs them (RFC 5321, 4.1.2).
func mailArgument(address string) string {
	at := strings.LastIndexByte(address, '@')
	if at > 0 && strings.ContainsAny(address[:at], ` "\@(),:;<>[]`) {
		local := strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(address[:at])
		return `<"` + local + `"` + address[at:] + ">"
	}
	return "<" + address + ">"
}
