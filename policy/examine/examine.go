// Package examine finds the facts about one message: it starts every look-up as soon as its input is there, lets them run
// side by side under a deadline, and asks policy.Decide once at the end. The milter, explain and the tests all come
// through here, so that what explain shows is what the gateway does. It decides nothing itself.
package examine

import (
	"context"
	"runtime/debug"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"sekimori/policy"
	"sekimori/policy/auth"
	"sekimori/policy/auth/dkim"
	"sekimori/policy/auth/dmarc"
	"sekimori/policy/auth/smime"
	"sekimori/policy/auth/spf"
	"sekimori/policy/autoreply"
	"sekimori/policy/mail/mime"
)

// Examiner begins examinations. Its fields are set before the first Begin and not changed afterwards.
type Examiner struct {
	Policy   func() *policy.Policy // the policy now in force; a message keeps the one it began with
	Resolver auth.Resolver
	Memory   Memory // nil: nothing is remembered
	Ledger   Ledger // nil: drills are recognised and not counted
	Now      func() time.Time
	Host     string                    // authserv-id where neither the policy nor the MTA names one
	Trace    bool                      // fill the derivations, for explain
	Panicked func(v any, stack []byte) // told of every evaluator that failed; may be nil

	kept atomic.Pointer[evaluators]
	next atomic.Pointer[evaluators] // prepared for a policy that is not yet in force
}

// Examination is one message being examined. Its methods are called in the order of an SMTP transaction, from one goroutine.
type Examination struct {
	e       *Examiner
	ev      *evaluators
	p       *policy.Policy
	m       *policy.Message
	f       policy.Facts
	trace   *tracer
	res     auth.Resolver
	ctx     context.Context
	cancel  context.CancelFunc
	began   time.Time
	inbound bool
	spf     sync.WaitGroup
	spfStop context.CancelFunc // ends the deadline of SPF, which ends with ctx in any case; nil before
	lookups sync.WaitGroup
	end     context.Context // ends at the deadline of what the header started; nil before
	stop    context.CancelFunc
	dkim    *dkim.Verification
	found   []*dmarc.Discovery
	signed  bool                // a DKIM signature waits for the body
	smime   *smime.Verification // nil where there is none to look at, and when it has ended
	body    *mime.Reader        // nil where no rule asks, and when it has ended
	content *mime.Content       // what it found; nil before the end
	reply   *autoreply.Reader   // of an outbound message; nil where no rule asks
	answers bool                // reply wants the body
	early   *policy.Record      // what was answered at RCPT, until something stricter follows

	recalled policy.Recollection
	known    policy.Acquaintance
	watched  bool           // a drill can still be answered
	rounds   map[string]int // by drill: what the ledger said of the Message-IDs

	mu         sync.Mutex
	unexamined []policy.Unexamined
}

// Begin starts the examination of m, whose client, HELO and MAIL parts are filled; the rest is filled as it comes. The SPF
// checks start here.
func (e *Examiner) Begin(m *policy.Message) *Examination {
	x := &Examination{e: e, m: m, began: e.Now()}
	res := e.Resolver
	if e.Trace {
		x.trace = &tracer{next: res, now: e.Now}
		res = x.trace
	}
	x.ev, x.res = e.evaluators(res), res
	x.p = x.ev.policy
	x.f.At = x.began
	x.ctx, x.cancel = context.WithCancel(context.Background())
	x.inbound = !x.p.InsideClient(m.Client)
	if x.inbound {
		x.startSPF()
	}
	return x
}

// startSPF checks MAIL FROM and HELO side by side. A null sender has one identity, postmaster@helo, which the HELO check covers.
func (x *Examination) startSPF() {
	ctx, cancel := context.WithTimeout(x.ctx, x.p.Limits.Deadline)
	x.spfStop = cancel
	check := func(scope policy.Scope, into *policy.SPF) {
		q := spf.Query{Scope: scope, Client: x.m.Client.Addr, Helo: x.m.Helo, HeloDomain: x.m.HeloDomain, Receiver: x.servID()}
		if scope == policy.ScopeMailFrom {
			q.Sender = x.m.Sender
		}
		x.spf.Go(func() {
			defer x.recovered()
			start := x.e.Now()
			r := x.ev.spf.Check(ctx, q)
			r.Elapsed = x.e.Now().Sub(start)
			*into = r
		})
	}
	if !x.m.Sender.IsNull() {
		check(policy.ScopeMailFrom, &x.f.MailFrom)
	}
	check(policy.ScopeHelo, &x.f.Helo)
}

// Recipient gives the early answer for one recipient: that of the rules at the envelope, where the policy wants it.
func (x *Examination) Recipient(r policy.Recipient) policy.Effect {
	s := &x.p.Spoof
	if !x.inbound || !s.Early || s.Mode != policy.ModeEnforce || x.awaitsToken() {
		return policy.Effect{Action: policy.ActionAccept}
	}
	x.spf.Wait()
	f := policy.Facts{At: x.f.At, Stage: policy.StageEnvelope, MailFrom: x.f.MailFrom, Helo: x.f.Helo, Unexamined: x.missed()}
	m := *x.m
	m.Recipients = append(slices.Clip(m.Recipients), r)
	d := policy.Decide(x.p, &m, &f)
	effect := d.Effect()
	if effect.Action == policy.ActionReject || effect.Action == policy.ActionTempfail {
		x.early = x.record(&m, &f, d)
	}
	return effect
}

// Header starts what needs the header: DKIM keys and DMARC records. It reports whether the body is wanted.
func (x *Examination) Header() bool {
	defer x.recovered()
	if !x.inbound {
		return x.watch(x.outbound())
	}
	x.readHeader()
	x.end, x.stop = context.WithTimeout(x.ctx, x.p.Limits.Deadline)
	x.startDMARC(x.end)
	if x.ev.suspicion != nil {
		x.acquaint(x.end)
		x.startBody()
		x.startSMIME()
	}
	x.bulletinBody()
	x.dkim = x.ev.dkim.Begin(x.end, x.m.Header, x.f.At, x.couldAlign)
	x.signed = x.dkim.WantsBody()
	return x.signed || x.smime.WantsBody() || x.wantsBody()
}

// couldAlign reports whether a signature of d might prove an author: one lies under the other, or both under one name of
// two labels. It is a guess that orders work, not a judgement.
func (x *Examination) couldAlign(d policy.Domain) bool {
	for _, a := range x.f.Authors {
		o := a.Address.Domain
		if o != "" && (d.Under(o) || o.Under(d) || tail(d) == tail(o)) {
			return true
		}
	}
	return false
}

func tail(d policy.Domain) policy.Domain {
	for d.Labels() > 2 {
		d = d.Parent()
	}
	return d
}

// Body takes the next octets of the body; p is not kept. It reports whether more is wanted.
func (x *Examination) Body(p []byte) bool {
	defer x.recovered()
	x.readBody(p)
	x.readSMIME(p)
	if x.answers {
		x.reply.Body(p)
		x.answers = x.reply.WantsBody()
	}
	if x.signed {
		x.dkim.Write(p)
	}
	return x.signed || x.answers || x.smime.WantsBody() || x.wantsBody()
}

// End waits for the look-ups, at most until the deadline, and decides.
func (x *Examination) End() *policy.Record {
	defer x.cancel()
	x.endBody() // while look-ups are still under way
	x.endSMIME()
	start := x.e.Now()
	x.f.Stage = policy.StageMessage
	if x.inbound {
		x.gather()
	}
	if x.reply != nil {
		x.classify()
	}
	x.f.Timings.Wait = x.e.Now().Sub(start)
	x.assess()
	x.match()
	x.drill()
	x.f.Unexamined = x.missed()
	x.f.Timings.Total = x.e.Now().Sub(x.began)
	if x.trace != nil {
		x.f.Queries = x.trace.take()
	}
	d := policy.Decide(x.p, x.m, &x.f)
	x.tag(&d)
	x.enter(d.Drill)
	if x.inbound && x.p.Authentication.Write {
		d.Insert = append(d.Insert, x.results())
	}
	return x.record(x.m, &x.f, d)
}

// gather collects the results of everything that was started.
func (x *Examination) gather() {
	defer x.recovered()
	x.spf.Wait()
	x.f.Timings.SPF = max(x.f.MailFrom.Elapsed, x.f.Helo.Elapsed)
	if x.dkim == nil {
		return
	}
	start := x.e.Now()
	x.f.DKIM = x.dkim.Results()
	if len(x.f.DKIM) == 0 {
		x.f.DKIM = []policy.DKIM{{Result: policy.ResultNone}}
	}
	if x.dkim.Skipped() > 0 {
		x.miss(policy.UnexaminedSigs)
	}
	x.f.Timings.DKIM = x.e.Now().Sub(start)
	start = x.e.Now()
	x.evaluateDMARC()
	x.f.Timings.DMARC = x.e.Now().Sub(start)
	if x.end.Err() != nil {
		x.miss(policy.UnexaminedDeadline)
	}
}

// Abort ends an examination whose message will not be finished. It returns the record of what was refused at RCPT, or nil
// when nothing was.
func (x *Examination) Abort() *policy.Record {
	x.cancel()
	return x.early
}

func (x *Examination) record(m *policy.Message, f *policy.Facts, d policy.Decision) *policy.Record {
	effect := d.Effect()
	return &policy.Record{Message: m, Facts: f, Policy: x.p, Decision: d, Effect: effect,
		Outcome: policy.OutcomeOf(effect.Action), Stage: f.Stage, Elapsed: x.e.Now().Sub(x.began)}
}

// miss notes a reason why something was not examined, once.
func (x *Examination) miss(u policy.Unexamined) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if !slices.Contains(x.unexamined, u) {
		x.unexamined = append(x.unexamined, u)
	}
}

func (x *Examination) missed() []policy.Unexamined {
	x.mu.Lock()
	defer x.mu.Unlock()
	return slices.Clone(x.unexamined)
}

// recovered, deferred around every evaluator, turns its panic into a fact: the message goes on under on_error.
func (x *Examination) recovered() {
	v := recover()
	if v == nil {
		return
	}
	x.miss(policy.UnexaminedPanic)
	if x.e.Panicked != nil {
		x.e.Panicked(v, debug.Stack())
	}
}
