package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sekimori/internal/ledger"
	"sekimori/internal/webhook"
	"sekimori/metrics"
	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

// Limits of the webhook.
const (
	maxLive     = 500_000          // events of one round; a further one is answered 503: import the rest
	settleAfter = 15 * time.Minute // a visit is judged so long after it, when everything that shows it in another light has come
	settleEvery = 30 * time.Second
)

// hookLedger is what the webhook needs of the ledger.
type hookLedger interface {
	drillLedger
	Note(ctx context.Context, drill string, notes []ledger.Note) (added int, err error)
	Noted(ctx context.Context, drill string) (int, error)
	Notes(ctx context.Context, drill string, f func(text string) error) error
}

// hook takes what GoPhish posts. An event is noted in the ledger before the answer, without name and without anything typed.
// It counts when it can be judged: what was said of a person is never taken back, and the same events count the same as in a file.
type hook struct {
	ledger  func() hookLedger // nil where there is none
	policy  func() *policy.Policy
	metrics *metrics.Metrics
	failed  func(error) // told of what goes wrong
	most    int         // maxLive
	writer  *noteWriter

	preset atomic.Pointer[policy.Policy] // whose series are there
	mu     sync.Mutex
	rounds map[hookRound]*liveRound
}

// hookRound names a round.
type hookRound struct {
	drill string
	round int
}

// liveRound is a round as far as the webhook has told of it.
type liveRound struct {
	of    *policy.Round // of the policy that it was read under
	in    hookLedger    // where its events are noted
	im    *imports.Import
	said  map[said]bool // what the ledger has
	other int           // notes that others have written and that are in im; unread: it is not read yet
	part  part          // of the import, since it was last noted
	fresh bool          // something came since it was judged
	ended bool          // the drill is closed
}

// said is a record that the ledger has. A large round has some hundred thousand, so that it holds no strings.
type said struct {
	person       [drill.PersonSize]byte
	event, class int8 // places in their lists
}

func saidOf(r drill.Record) said {
	s := said{event: int8(slices.Index(policy.DrillEvents(), r.Event)), class: int8(slices.Index(policy.DrillClasses(), r.Class))}
	copy(s.person[:], r.Person)
	return s
}

// errNoLedger is returned while no ledger is open.
var errNoLedger = errors.New("there is no ledger")

// take takes one body. It returns nil once what the body says is kept, or says nothing that counts.
func (k *hook) take(ctx context.Context, body []byte) error {
	id, err := imports.WebhookCampaign(body)
	switch {
	case errors.Is(err, imports.ErrValidation):
		return nil
	case err != nil:
		k.metrics.DrillRejected(string(imports.GophishWebhook), string(imports.ReasonMalformed))
		return webhook.ErrBody
	}
	d, r := campaign(k.policy(), id)
	if r == nil {
		k.metrics.DrillWebhookStranger()
		return nil
	}
	e, why, err := k.read(ctx, d, r, body)
	switch {
	case err != nil:
		return gone(err)
	case why.Mistake():
		k.tell(d, r, part{records: 1, rejected: 1})
		k.metrics.DrillRejected(string(imports.GophishWebhook), string(why))
		return webhook.ErrBody
	case why != "":
		k.tell(d, r, part{records: 1})
		return nil
	}
	if err := k.writer.note(ctx, d.Name, ledger.Note{At: e.At, Text: e.Text(r.Number)}); err != nil {
		if !errors.Is(err, ledger.ErrClosed) { // GoPhish goes on for as long as its campaign: that is counted, and no fault
			k.failed(fmt.Errorf("noting what the webhook told of %s: %w", d.Name, err))
		}
		return gone(err)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.rounds[hookRound{d.Name, r.Number}]; l != nil {
		l.im.Add(e)
		l.fresh = true
		l.part.records++
	}
	return nil
}

// tell counts what came of a round and is no event.
func (k *hook) tell(d *policy.Drill, r *policy.Round, p part) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if l := k.rounds[hookRound{d.Name, r.Number}]; l != nil {
		l.part.records += p.records
		l.part.rejected += p.rejected
	}
}

// gone says by which error the receiver knows a closed drill.
func gone(err error) error {
	if errors.Is(err, ledger.ErrClosed) {
		return fmt.Errorf("%w: %w", webhook.ErrGone, err)
	}
	return err
}

// campaign finds the round of a campaign.
func campaign(p *policy.Policy, id int64) (*policy.Drill, *policy.Round) {
	for i := range p.Drills {
		for j := range p.Drills[i].Rounds {
			r := &p.Drills[i].Rounds[j]
			for _, c := range r.Campaigns {
				if c == id {
					return &p.Drills[i], r
				}
			}
		}
	}
	return nil, nil
}

// read reads the event of a body. The client goes no further than here, either.
func (k *hook) read(ctx context.Context, d *policy.Drill, r *policy.Round, body []byte) (e imports.Event, why imports.Reason, err error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	l, err := k.round(ctx, d, r)
	switch {
	case err != nil:
		return imports.Event{}, "", err
	case l.im.Events() >= k.most:
		return imports.Event{}, "", fmt.Errorf("%w: %d events of round %d", imports.ErrLimit, k.most, r.Number)
	}
	if e, why, err = l.im.Webhook(body); err != nil || why != "" {
		return imports.Event{}, why, err
	}
	e = e.Masked(func(client string) string {
		var hash string
		hash, err = l.in.Person(ctx, d.Name, policy.Address{Local: client, Domain: "client.invalid"})
		return hash
	})
	return e, "", err
}

// unread is the number of notes of a round that was not read.
const unread = -1 << 62

// round returns what is known of a round; the first time, and after a new policy, it is read from the notes. The caller holds mu.
func (k *hook) round(ctx context.Context, d *policy.Drill, r *policy.Round) (*liveRound, error) {
	name := hookRound{d.Name, r.Number}
	l, in := k.rounds[name], k.ledger()
	switch {
	case in == nil:
		return nil, errNoLedger
	case l != nil && l.of == r && l.in == in:
		return l, nil
	}
	c := imports.Config{Drill: d, Round: r, Identify: identify(context.WithoutCancel(ctx), in, d.Name, "domain", nil, k.policy())}
	if l != nil && l.in == in {
		l.im, l.of, l.fresh = l.im.Under(c), r, true
		return l, nil
	}
	l = &liveRound{of: r, in: in, im: imports.New(c), said: map[said]bool{}, other: unread}
	if err := k.readNotes(ctx, d, l); err != nil {
		return nil, err
	}
	k.rounds[name] = l
	return l, nil
}

// readNotes reads the notes of a round, unless nobody else has written any since it was last done: several gateways may take the webhook,
// and what one of them is told can show a visit at another in a new light. The caller holds mu.
func (k *hook) readNotes(ctx context.Context, d *policy.Drill, l *liveRound) error {
	return k.writer.others(ctx, l.in, d.Name, l.other, func(others int) error {
		var events []imports.Event
		err := l.in.Notes(ctx, d.Name, func(text string) error {
			if e, round, ok := imports.ReadEvent(text); ok && round == l.of.Number {
				events = append(events, e)
			}
			return nil
		})
		if err != nil {
			return err
		}
		l.im.Replace(events)
		l.fresh, l.other = len(events) > 0, others
		return nil
	})
}
