package imports

import (
	"encoding/hex"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Text writes the event as one line that ReadEvent reads: of a round, with nothing of the person but the keyed hash. It holds at
// most 200 octets where the person has 16 and the organisation 32.
func (e Event) Text(round int) string {
	client, program := "", "0"
	if e.Client.IsValid() {
		client = e.Client.String()
	}
	if e.Program {
		program = "1"
	}
	return strings.Join([]string{strconv.Itoa(round), string(e.Step), hex.EncodeToString([]byte(e.Person)), e.Organisation,
		strconv.FormatInt(e.At.UnixNano(), 10), client, program}, " ")
}

// ReadEvent reads what Text wrote; ok is false for anything else.
func ReadEvent(text string) (e Event, round int, ok bool) {
	f := strings.Split(text, " ")
	if len(f) != 7 || !slices.Contains(Steps(), Step(f[1])) || f[6] != "0" && f[6] != "1" {
		return Event{}, 0, false
	}
	round, err := strconv.Atoi(f[0])
	person, wrong := hex.DecodeString(f[2])
	nanos, late := strconv.ParseInt(f[4], 10, 64)
	if err != nil || round < 1 || wrong != nil || late != nil {
		return Event{}, 0, false
	}
	e = Event{Step: Step(f[1]), Person: string(person), Organisation: f[3], At: time.Unix(0, nanos).UTC(), Program: f[6] == "1"}
	if f[5] != "" {
		a, err := netip.ParseAddr(f[5])
		if err != nil {
			return Event{}, 0, false
		}
		e.Client = a
	}
	return e, round, true
}

// Masked returns the event with its client replaced by one of 100::/8, which is nobody's network, that stands for it: same clients stay
// the same, and nobody who lacks the key of hash can tell which they were.
func (e Event) Masked(hash func(client string) string) Event {
	if e.Client.IsValid() {
		var octets [16]byte
		copy(octets[:], hash(e.Client.String()))
		octets[0] = 1
		e.Client = netip.AddrFrom16(octets)
	}
	return e
}
