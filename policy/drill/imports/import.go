package imports

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/mail"
)

// ErrLimit is wrapped by the errors about a limit of the whole import.
var ErrLimit = errors.New("more than an import may hold")

// errForm is wrapped by the errors about a file that is not of its format.
var errForm = errors.New("not what was asked for")

// Import gathers the records of one round. Whatever the order of files and records, and however often the same are read,
// the outcome is the same. It is for one goroutine.
type Import struct {
	config        Config
	machines      drill.MachineRules
	counts        map[Step][]drill.Event // see Counts
	records       int
	events        []Event
	left          map[Reason]*Left
	persons       map[string]*person // by the address as it was written, in small letters
	organisations map[string]string  // by keyed hash, from files that say it
	told          map[Step]bool      // see tell
}

// person is who an address belongs to.
type person struct {
	hash, organisation string
	ok                 bool // the address is one
}

// New begins an import.
func New(c Config) *Import {
	if c.MaxRecords <= 0 {
		c.MaxRecords = MaxRecords
	}
	if len(c.Campaigns) == 0 {
		c.Campaigns = c.Round.Campaigns
	}
	counts := map[Step][]drill.Event{}
	for _, s := range Steps() {
		counts[s] = Counts(s, c.Round.Kind, c.OpenedBy)
	}
	return &Import{config: c, machines: drill.MachineRules(c.Drill.Machines), counts: counts, left: map[Reason]*Left{},
		persons: map[string]*person{}, organisations: map[string]string{}, told: map[Step]bool{}}
}

// Read reads one file, called name in what is told of it. An error means that it is not of the format, or over a limit:
// nothing of the import is to be used then. Records that do not count are in Left. Errors hold nothing of the file.
func (im *Import) Read(s Source, name string, r io.Reader) error {
	in := &input{r: bufio.NewReaderSize(&bounded{r, MaxFile}, 64<<10), name: name}
	err := in.begin()
	if err == nil {
		switch s {
		case GophishEvents:
			err = im.gophishEvents(in)
		case GophishResults:
			err = im.gophishResults(in)
		case GophishAPI:
			err = im.gophishAPI(in)
		case GophishWebhook:
			err = im.gophishBodies(in)
		case KnowBe4:
			err = im.knowBe4(in)
		case Microsoft:
			err = im.microsoft(in)
		case Mailbox:
			err = fmt.Errorf("%w: mail is handed over one by one", errForm)
		default:
			err = fmt.Errorf("%w: no such format", errForm)
		}
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	return nil
}

// next counts a record that begins.
func (im *Import) next() error {
	if im.records++; im.records > im.config.MaxRecords {
		return fmt.Errorf("%w: %d records", ErrLimit, im.config.MaxRecords)
	}
	return nil
}

// Unreadable notes a mail that could not be read at all; tooLong says that this was for its size.
func (im *Import) Unreadable(name string, tooLong bool) error {
	why := ReasonMalformed
	if tooLong {
		why = ReasonTooLong
	}
	im.leave(why, Place{File: name})
	return im.next()
}

// Len is the number of records read, rejected ones included.
func (im *Import) Len() int { return im.records }

// Add takes an event that a reader made earlier.
func (im *Import) Add(e Event) { im.events = append(im.events, e) }

// Replace takes events that a reader made earlier, in place of those that there are.
func (im *Import) Replace(events []Event) { im.events = events }

// Under returns an import of the same events under another configuration.
func (im *Import) Under(c Config) *Import {
	next := New(c)
	next.events, next.records = im.events, im.records
	return next
}

// Snapshot returns an import of the events so far. It may be judged while the first goes on, by another goroutine.
func (im *Import) Snapshot() *Import {
	s := im.Under(im.config)
	s.organisations = maps.Clone(im.organisations)
	return s
}

// Events is the number of events that count, each as often as it came.
func (im *Import) Events() int { return len(im.events) }

// EndsBy reports whether no event is later than a time.
func (im *Import) EndsBy(t time.Time) bool {
	return !slices.ContainsFunc(im.events, func(e Event) bool { return e.At.After(t) })
}

// who returns the person whom an address names; its ok is false where it is no address.
func (im *Import) who(address string, s Subject) (p *person, err error) {
	if len(address) > maxAddress {
		return &person{}, nil
	}
	key := strings.ToLower(strings.TrimSpace(address))
	p = im.persons[key]
	switch {
	case p != nil && (p.organisation != "" || !p.ok):
		return p, nil
	case p != nil: // this record may say the organisation
	case len(im.persons) >= MaxPersons:
		return nil, fmt.Errorf("%w: %d addresses", ErrLimit, MaxPersons)
	default:
		p = &person{}
		im.persons[strings.Clone(key)] = p
	}
	if a, ok := readAddress(key); ok {
		s.Address = a
		if p.hash, p.organisation, err = im.config.Identify(s); err != nil {
			return nil, err
		}
		p.ok = true
		if p.organisation != "" {
			im.organisations[p.hash] = p.organisation
		}
	}
	return p, nil
}

// readAddress reads an address of a person: a local part and a domain name.
func readAddress(s string) (policy.Address, bool) {
	local, domain, ok := cutLast(s, '@')
	if !ok || local == "" || strings.ContainsFunc(local, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '\ufffd' }) {
		return policy.Address{}, false
	}
	d, ok := mail.Domain(domain)
	return policy.Address{Local: local, Domain: d}, ok
}

func cutLast(s string, sep byte) (before, after string, ok bool) {
	if i := strings.LastIndexByte(s, sep); i >= 0 {
		return s[:i], s[i+1:], true
	}
	return "", "", false
}

// visitor is what a record says of who came by the network.
type visitor struct{ client, agent string }

// step notes one step of a person, where it counts.
func (im *Import) step(p *person, s Step, at time.Time, v visitor, place Place) {
	switch {
	case len(im.counts[s]) == 0:
		im.leave(ReasonUncounted, place)
		return
	case s != StepSent && at.Before(im.config.Round.Window.From):
		im.leave(ReasonBefore, place)
		return
	}
	e := Event{Step: s, Person: p.hash, Organisation: p.organisation, At: at}
	if s.visit() {
		e.Client, e.Program = im.visitor(v)
	}
	im.events = append(im.events, e)
}

// visitor says what counts of a visitor. His User-Agent goes no further.
func (im *Import) visitor(v visitor) (client netip.Addr, program bool) {
	client = readClient(v.client)
	alone := drill.MachineRules{Scanners: im.machines.Scanners}
	if v.agent != "" || client.IsValid() && len(alone.Scanners) > 0 {
		program = alone.Classify([]drill.Visit{{Client: client, Agent: v.agent}})[0].Class == drill.ClassMachine
	}
	if slices.ContainsFunc(im.machines.Egress, func(n netip.Prefix) bool { return n.Contains(client) }) {
		client = netip.Addr{}
	}
	return client, program
}

// readClient reads an IP address, with or without a port.
func readClient(s string) netip.Addr {
	if len(s) > 64 {
		return netip.Addr{}
	}
	if a, err := netip.ParseAddr(s); err == nil {
		return a.Unmap().WithZone("")
	}
	ap, _ := netip.ParseAddrPort(s)
	return ap.Addr().Unmap().WithZone("")
}

// readTime reads a time in one of some layouts, the first of which is the usual one; without a zone it is UTC.
func readTime(s string, layouts ...string) (time.Time, bool) {
	if len(s) > maxTimeText {
		return time.Time{}, false
	}
	for _, l := range layouts {
		if t, err := time.Parse(l, s); err == nil {
			return t.UTC(), t.Year() >= 1990 && t.Year() <= 2200
		}
	}
	return time.Time{}, false
}

// ours reports whether a campaign counts.
func (im *Import) ours(id int64) bool {
	return len(im.config.Campaigns) == 0 || slices.Contains(im.config.Campaigns, id)
}

func campaignText(id int64) string {
	if id == 0 {
		return ""
	}
	return strconv.FormatInt(id, 10)
}
