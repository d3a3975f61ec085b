package zone

import (
	"fmt"
	"strings"
	"time"
)

// directive begins the TXT records that make a name fail.
const directive = "sekimori-test:"

// fault is how a name fails. The zero value does not.
type fault struct {
	servfail bool
	timeout  bool
	truncate bool
	delay    time.Duration
}

// add reads what follows the prefix of a directive.
func (f *fault) add(word string) error {
	switch {
	case word == "servfail":
		f.servfail = true
	case word == "timeout":
		f.timeout = true
	case word == "truncate":
		f.truncate = true
	case strings.HasPrefix(word, "delay="):
		d, err := time.ParseDuration(strings.TrimPrefix(word, "delay="))
		if err != nil || d < 0 || d > MaxDelay {
			return fmt.Errorf("%s%s: a delay of 0s to %v is possible", directive, word, MaxDelay)
		}
		f.delay = d
	default:
		return fmt.Errorf("%s%s: possible are servfail, timeout, delay=50ms, truncate", directive, word)
	}
	return nil
}

// and returns both faults together: an answer that passes two names on its way fails as either does.
func (f fault) and(g fault) fault {
	return fault{
		servfail: f.servfail || g.servfail,
		timeout:  f.timeout || g.timeout,
		truncate: f.truncate || g.truncate,
		delay:    f.delay + g.delay,
	}
}
