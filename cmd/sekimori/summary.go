package main

import (
	"errors"
	"net/mail"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sekimori/internal/mailbox"
	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/examine"
	hostile "sekimori/policy/mail"
)

// summary examines many messages as explain does one, side by side, and prints what the suspicion rule finds in them. Of each message
// nothing is kept but numbers, and the names of those with the highest scores.
func (c *explainCmd) summary(s streams, p *policy.Policy) error {
	looks := observing(p)
	m, err := c.message("summary")
	if err != nil {
		return err
	}
	if p.InsideClient(m.Client) {
		return badInput("--client %s is inside: the suspicion rule is about mail from outside", c.Client)
	}
	at, err := c.at()
	if err != nil {
		return err
	}
	if slices.Contains(c.Messages, "-") {
		return badInput("--summary reads files and directories, not standard input")
	}
	res, done, asked, err := c.summaryResolver(p)
	if err != nil {
		return err
	}
	defer done()
	bar := &progress{to: s.err, visible: terminal(s.err)}
	t := c.examineAll(looks, res, m, at, bar)
	bar.end()
	if t.read == 0 {
		t.unreadable(s.err)
		return badInput("no message could be read")
	}
	summaryPrint{w: s.out, p: looks, verbose: c.Verbose}.print(t, p.Suspicion.Mode == policy.ModeOff, asked)
	return nil
}

// summaryResolver is resolver, where DNS is asked only when that was said: the clients of old mail are not known, and its domains
// have changed.
func (c *explainCmd) summaryResolver(p *policy.Policy) (res auth.Resolver, done func(), asked bool, err error) {
	if c.DNS == "" && c.Resolver == "" {
		return offline{}, func() {}, false, nil
	}
	res, done, err = c.resolver(p)
	return res, done, true, err
}

// examineAll reads every message and has the processors share the work.
func (c *explainCmd) examineAll(p *policy.Policy, res auth.Resolver, m *policy.Message, at time.Time, bar *progress) *tally {
	var wg sync.WaitGroup
	var examined atomic.Int64
	jobs := make(chan mailbox.Message)
	tallies := make([]*tally, runtime.GOMAXPROCS(0))
	for i := range tallies {
		tallies[i] = newTally()
		w := newSummaryWorker(p, res, m, at, c.From == nullSender)
		wg.Go(func() {
			for j := range jobs {
				w.examine(j, tallies[i])
				examined.Add(1)
			}
		})
	}
	all := newTally()
	for j, err := range (mailbox.Reader{}).Messages(c.Messages...) {
		var bad *mailbox.Error
		if errors.As(err, &bad) {
			all.fail(bad.Name, bad.Err.Error())
		} else {
			jobs <- j
		}
		bar.draw("%s messages, %s", grouped(int(examined.Load())), visible(j.Name))
	}
	close(jobs)
	wg.Wait()
	for _, t := range tallies {
		all.add(t)
	}
	return all
}

// nullSender is what --from is when nobody says it.
const nullSender = "<>"

// summaryWorker examines one message after the other.
type summaryWorker struct {
	e        *examine.Examiner
	template *policy.Message
	fixed    time.Time // zero: when each message came
	now      time.Time // of the message under way
	trace    bool      // envelope addresses come from the trace that delivery left
}

func newSummaryWorker(p *policy.Policy, res auth.Resolver, template *policy.Message, at time.Time, trace bool) *summaryWorker {
	w := &summaryWorker{template: template, fixed: at, trace: trace}
	w.e = &examine.Examiner{Policy: func() *policy.Policy { return p }, Resolver: res, Memory: nothing{}, Host: "summary",
		Now: func() time.Time { return w.now }}
	w.e.Prepare(p)
	return w
}

func (w *summaryWorker) examine(j mailbox.Message, t *tally) {
	h, _, err := hostile.Split(j.Raw)
	if err != nil {
		t.fail(j.Name, err.Error())
		return
	}
	m := *w.template
	m.Recipients = slices.Clone(m.Recipients)
	if w.now = w.fixed; w.now.IsZero() {
		w.now = came(h)
	}
	if w.trace {
		traced(&m, h)
	}
	r, err := w.e.Message(&m, j.Raw)
	if err != nil {
		t.fail(j.Name, err.Error())
		return
	}
	t.count(j.Name, r)
}

// came returns when a message came: as its last relay said, else as it says itself.
func came(h policy.Header) time.Time {
	for _, f := range hostile.Index(h, "Received") {
		if at, err := mail.ParseDate(strings.TrimSpace(f.Value[strings.LastIndexByte(f.Value, ';')+1:])); err == nil {
			return at
		}
		break
	}
	for _, f := range hostile.Index(h, "Date") {
		if at, err := mail.ParseDate(strings.TrimSpace(f.Value)); err == nil {
			return at
		}
		break
	}
	return time.Now()
}

// traced takes MAIL FROM and a recipient from what delivery wrote into a header (RFC 5321, 4.4; Delivered-To is custom).
func traced(m *policy.Message, h policy.Header) {
	for _, f := range hostile.Index(h, "Return-Path") {
		m.SenderArg = strings.TrimSpace(f.Value)
		m.Sender, m.SenderBad = hostile.EnvelopeAddress(m.SenderArg)
		break
	}
	if len(m.Recipients) > 0 {
		return
	}
	for _, f := range hostile.Index(h, "Delivered-To") {
		arg := "<" + strings.TrimSpace(f.Value) + ">"
		if a, bad := hostile.EnvelopeAddress(arg); bad == "" {
			m.Recipients = []policy.Recipient{{Arg: arg, Address: a}}
		}
		break
	}
}
