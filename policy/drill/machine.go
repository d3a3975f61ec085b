package drill

import (
	"net/netip"
	"slices"
	"strings"
	"time"
)

// Visit is one opening or click as an import reports it. Several of one person are possible.
type Visit struct {
	Person    string // keyed hash
	At        time.Time
	Delivered time.Time  // when the person's mail was delivered or accepted; zero when that is not known
	Client    netip.Addr // invalid when it is not known
	Agent     string     // User-Agent, hostile
	Hidden    bool       // a link was followed that no person sees
}

// Signal is why a visit may not be a person's.
type Signal string

// The signals. The first four are certain, the others make a visit uncertain.
const (
	SignalEarly   Signal = "before_delivery"  // nobody had the mail yet
	SignalHidden  Signal = "hidden_link"      // no person sees that link
	SignalScanner Signal = "scanner_network"  // the address of a known scanner
	SignalAgent   Signal = "user_agent"       // a program that says what it is
	SignalSoon    Signal = "seconds_after"    // no person is so fast
	SignalBurst   Signal = "burst"            // many visits of one person within seconds
	SignalShared  Signal = "one_address"      // one address, several persons, within seconds
	SignalCompany Signal = "with_hidden_link" // the same address followed a hidden link for this person
)

// Signals lists every Signal.
func Signals() []Signal {
	return []Signal{SignalEarly, SignalHidden, SignalScanner, SignalAgent, SignalSoon, SignalBurst, SignalShared, SignalCompany}
}

// MachineRules say which visits were made by machines.
type MachineRules struct {
	Scanners []netip.Prefix // networks of scanners
	Egress   []netip.Prefix // own proxies: all staff share these addresses, which says nothing
	Soon     time.Duration  // a visit so shortly after delivery is uncertain
	Burst    int            // more visits of one person within Together are uncertain
	Persons  int            // visits from one address for more persons within Together are uncertain
	Together time.Duration
}

// DefaultMachineRules are the rules that need no knowledge of the place.
func DefaultMachineRules() MachineRules {
	return MachineRules{Soon: 3 * time.Second, Burst: 3, Persons: 2, Together: 3 * time.Second}
}

// maxAgent is how much of a User-Agent is looked at, in octets.
const maxAgent = 512

// Judgement is the class of one visit and the signals that led to it.
type Judgement struct {
	Class   Class
	Signals []Signal
}

// Classify judges every visit; the result has their order. Nothing is dropped: what is no person's is counted apart.
func (m MachineRules) Classify(visits []Visit) []Judgement {
	out := make([]Judgement, len(visits))
	for i, v := range visits {
		out[i].Signals = m.alone(v)
	}
	order := make([]int, len(visits))
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return visits[a].At.Compare(visits[b].At) })
	byPerson := map[string][]int{}
	byAddress := map[netip.Addr][]int{}
	for _, i := range order {
		v := visits[i]
		byPerson[v.Person] = append(byPerson[v.Person], i)
		if a := v.Client.Unmap(); a.IsValid() && !within(m.Egress, a) {
			byAddress[a] = append(byAddress[a], i)
		}
	}
	for _, of := range byPerson {
		m.together(visits, of, out, SignalBurst, m.Burst, false)
		company(visits, of, out)
	}
	for _, of := range byAddress {
		m.together(visits, of, out, SignalShared, m.Persons, true)
	}
	for i := range out {
		out[i].Class = classOf(out[i].Signals)
	}
	return out
}

// alone returns the signals of a visit that need no other one.
func (m MachineRules) alone(v Visit) (s []Signal) {
	switch {
	case v.Delivered.IsZero():
	case v.At.Before(v.Delivered):
		s = append(s, SignalEarly)
	case v.At.Sub(v.Delivered) < m.Soon:
		s = append(s, SignalSoon)
	}
	if v.Hidden {
		s = append(s, SignalHidden)
	}
	if within(m.Scanners, v.Client.Unmap()) {
		s = append(s, SignalScanner)
	}
	if program(v.Agent) {
		s = append(s, SignalAgent)
	}
	return s
}

// together gives a signal to every visit that lies in a span of m.Together with more than most visits, or, where persons
// count, of more than most persons. The visits are in the order of time.
func (m MachineRules) together(visits []Visit, of []int, out []Judgement, s Signal, most int, persons bool) {
	if most <= 0 || len(of) <= most {
		return
	}
	seen := map[string]int{}
	marked := 0 // visits before this one have the signal already or never get it
	for from, to := 0, 0; to < len(of); to++ {
		seen[visits[of[to]].Person]++
		for visits[of[to]].At.Sub(visits[of[from]].At) > m.Together {
			p := visits[of[from]].Person
			if seen[p]--; seen[p] == 0 {
				delete(seen, p)
			}
			from++
		}
		n := to - from + 1
		if persons {
			n = len(seen)
		}
		if n > most {
			for marked = max(marked, from); marked <= to; marked++ {
				out[of[marked]].Signals = append(out[of[marked]].Signals, s)
			}
		}
	}
}

// company marks a person's visits from an address that followed a hidden link for them.
func company(visits []Visit, of []int, out []Judgement) {
	var hidden []netip.Addr
	for _, i := range of {
		if visits[i].Hidden && visits[i].Client.IsValid() {
			hidden = append(hidden, visits[i].Client.Unmap())
		}
	}
	if len(hidden) == 0 {
		return
	}
	slices.SortFunc(hidden, netip.Addr.Compare)
	for _, i := range of {
		if _, found := slices.BinarySearchFunc(hidden, visits[i].Client.Unmap(), netip.Addr.Compare); found && !visits[i].Hidden {
			out[i].Signals = append(out[i].Signals, SignalCompany)
		}
	}
}

func classOf(signals []Signal) Class {
	c := ClassHuman
	for _, s := range signals {
		switch s {
		case SignalEarly, SignalHidden, SignalScanner, SignalAgent:
			return ClassMachine
		case SignalSoon, SignalBurst, SignalShared, SignalCompany:
			c = ClassUncertain
		}
	}
	return c
}

// program reports whether a User-Agent names a program that no person reads mail with.
func program(agent string) bool {
	agent = strings.ToLower(agent[:min(len(agent), maxAgent)])
	return slices.ContainsFunc([]string{"bot/", "bot ", "crawler", "curl/", "wget/", "python-requests", "python-urllib", "go-http-client",
		"headlesschrome", "phantomjs", "libwww-perl", "safelinks"}, func(s string) bool { return strings.Contains(agent, s) })
}

func within(networks []netip.Prefix, a netip.Addr) bool {
	return a.IsValid() && slices.ContainsFunc(networks, func(n netip.Prefix) bool { return n.Contains(a) })
}
