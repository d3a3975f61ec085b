package examine

import (
	"context"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sekimori/policy"
	"sekimori/policy/mail/mime"
)

// suspicious returns an examiner whose suspicion rule enforces.
func suspicious(r *remembered) *Examiner {
	e := examiner(world())
	p := e.Policy()
	p.Suspicion.Mode = policy.ModeEnforce
	p.Suspicion.Body.Parts = 3
	e.Memory = r
	return e
}

const parts = "From: x@attacker.test\nMessage-ID: <9@attacker.test>\nIn-Reply-To: <1@gw.test>\nSubject: x\nMIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=b\n\n"

func mixed(n int) []byte {
	return []byte(parts + strings.Repeat("--b\nContent-Type: text/plain\n\nx\n", n) + "--b--\n")
}

func TestSuspicionIsAssessed(t *testing.T) {
	mem := &remembered{knows: policy.Acquaintance{Since: time.Unix(1, 0), Domain: true}}
	r, err := suspicious(mem).Message(from("203.0.113.9", "x@attacker.test"), mixed(2))
	if err != nil {
		t.Fatal(err)
	}
	f := r.Facts
	if !f.Suspicion.Asked || f.Suspicion.Incomplete != "" || len(f.Unexamined) != 0 {
		t.Errorf("assessment %+v, unexamined %v", f.Suspicion, f.Unexamined)
	}
	if want := (policy.Acquaintance{Asked: true, Since: time.Unix(1, 0), Domain: true}); f.Acquaintance != want {
		t.Errorf("acquaintance %+v, want %+v", f.Acquaintance, want)
	}
	q := mem.met[0]
	if len(mem.met) != 1 || !slices.Equal(q.Authors, []policy.Address{{Local: "x", Domain: "attacker.test"}}) ||
		!slices.Equal(q.Recipients, []policy.Address{{Local: "hanako", Domain: "gw.test"}}) || !slices.Equal(q.MessageIDs, []string{"1@gw.test"}) {
		t.Errorf("asked %+v", mem.met)
	}
	if len(mem.asked) != 0 {
		t.Errorf("the reply guard was asked: %+v", mem.asked)
	}
}

// Authors of the house, and those that are only shown, are nobody's acquaintance.
func TestAcquaintanceOfAuthors(t *testing.T) {
	mem := &remembered{}
	raw := "From: \"shown@mof.go.jp\" <a@attacker.test>, taro@gw.test\nSubject: x\n\nbody\n"
	if _, err := suspicious(mem).Message(from("203.0.113.9", "x@attacker.test"), []byte(raw)); err != nil {
		t.Fatal(err)
	}
	if got := mem.met[0].Authors; !slices.Equal(got, []policy.Address{{Local: "a", Domain: "attacker.test"}}) {
		t.Errorf("asked about %v", got)
	}
}

// A body that was not read to its end is a finding and is counted. It gets no second header field.
func TestBodyLimit(t *testing.T) {
	for n, stopped := range map[int]bool{2: false, 3: true} { // the message is a part itself
		r, err := suspicious(&remembered{}).Message(from("203.0.113.9", "x@attacker.test"), mixed(n))
		if err != nil {
			t.Fatal(err)
		}
		if got := slices.Contains(r.Facts.Unexamined, policy.UnexaminedBody); got != stopped {
			t.Errorf("%d parts: unexamined %v", n, r.Facts.Unexamined)
		}
		i := slices.IndexFunc(r.Decision.Verdicts, func(v policy.Verdict) bool { return v.Rule == policy.RuleSuspicion })
		finding := policy.Finding{Name: policy.FindingIncomplete, Evidence: "parts", Action: policy.ActionAccept}
		if got := slices.Contains(r.Decision.Verdicts[i].Findings, finding); got != stopped {
			t.Errorf("%d parts: %+v", n, r.Decision.Verdicts[i])
		}
		if slices.ContainsFunc(r.Effect.Insert, func(f policy.Field) bool { return f.Name == "X-Sekimori-Unexamined" }) {
			t.Errorf("%d parts: inserts %v", n, r.Effect.Insert)
		}
	}
}

// A rule that is off reads no body, asks nobody and learns nothing.
func TestSuspicionOff(t *testing.T) {
	mem := &remembered{}
	e := suspicious(mem)
	e.Policy().Suspicion.Mode = policy.ModeOff
	x := e.Begin(from("203.0.113.9", "x@attacker.test"))
	x.m.Header = policy.Header{{Name: "From", Value: " x@attacker.test"}}
	if x.Header() {
		t.Error("the body is wanted")
	}
	if r := x.End(); r.Facts.Suspicion.Asked || r.Facts.Acquaintance.Asked || r.Decision.Met != nil || len(mem.met) != 0 {
		t.Errorf("%+v, asked %v", r.Facts.Suspicion, mem.met)
	}
}

// A memory that is away knows nobody and makes nobody a stranger; one that is there and empty does.
func TestSuspicionWithoutMemory(t *testing.T) {
	for name, tt := range map[string]struct {
		memory  Memory
		failed  bool
		strange bool
	}{
		"none":  {nil, true, false},
		"away":  {&remembered{knows: policy.Acquaintance{Failed: true}}, true, false},
		"empty": {&remembered{}, false, true},
	} {
		e := suspicious(nil)
		e.Memory = tt.memory
		e.Policy().Suspicion.Contacts.Learning = 0
		r, err := e.Message(from("203.0.113.9", "x@attacker.test"), mixed(2))
		if err != nil {
			t.Fatal(err)
		}
		strange := slices.ContainsFunc(r.Facts.Suspicion.Hits, func(h policy.Hit) bool { return h.Family == policy.FamilyContact })
		if r.Facts.Acquaintance.Failed != tt.failed || strange != tt.strange || !r.Facts.Suspicion.Asked || r.Effect.Action != policy.ActionAccept {
			t.Errorf("%s: %+v, %+v, %s", name, r.Facts.Acquaintance, r.Facts.Suspicion.Hits, r.Effect.Action)
		}
	}
}

// knowing knows everybody, at once.
type knowing struct{}

func (*knowing) Recall(context.Context, policy.RecallQuery) policy.Recollection {
	return policy.Recollection{Asked: true}
}

func (*knowing) Acquaintance(context.Context, policy.ContactQuery) policy.Acquaintance {
	return policy.Acquaintance{Asked: true, Since: time.Unix(1, 0), Address: true, Domain: true}
}

// failing panics when it is asked who knows whom.
type failing struct{ remembered }

func (*failing) Acquaintance(context.Context, policy.ContactQuery) policy.Acquaintance { panic("boom") }

// What fails while the indicators are looked for is a fact, and on_error of the rule answers it.
func TestSuspicionPanics(t *testing.T) {
	for onError, want := range map[policy.Action]policy.Action{policy.ActionAccept: policy.ActionAccept, policy.ActionTempfail: policy.ActionTempfail} {
		for _, part := range []string{"memory", "body"} {
			t.Run(part+" "+string(onError), func(t *testing.T) {
				e := suspicious(&remembered{})
				e.Policy().Suspicion.OnError = onError
				var mu sync.Mutex
				told := 0
				e.Panicked = func(any, []byte) { mu.Lock(); told++; mu.Unlock() }
				if part == "memory" {
					e.Memory = &failing{}
				}
				x := e.Begin(from("203.0.113.9", "x@attacker.test"))
				x.m.Header = policy.Header{{Name: "From", Value: " x@attacker.test"}}
				if !x.Header() {
					t.Fatal("the body is not wanted")
				}
				if part == "body" {
					x.body = new(mime.Reader) // which reads nothing and has nowhere to put it
				}
				x.Body([]byte("x\r\n"))
				r := x.End()
				if r.Effect.Action != want || r.Facts.Suspicion.Asked || !slices.Contains(r.Facts.Unexamined, policy.UnexaminedPanic) || told != 1 {
					t.Errorf("%s, %+v, unexamined %v, told %d", r.Effect.Action, r.Facts.Suspicion, r.Facts.Unexamined, told)
				}
			})
		}
	}
}

func TestAssessmentPanics(t *testing.T) {
	e := suspicious(&remembered{})
	told := 0
	e.Panicked = func(any, []byte) { told++ }
	x := e.Begin(from("203.0.113.9", "x@attacker.test"))
	defer x.Abort()
	x.m.Header = policy.Header{{Name: "From", Value: " x@attacker.test"}}
	x.Header()
	x.gather()
	x.m = nil
	if x.assess(); !slices.Contains(x.missed(), policy.UnexaminedPanic) || told != 1 || x.f.Suspicion.Asked {
		t.Errorf("unexamined %v, told %d", x.missed(), told)
	}
}

// Outbound mail of people teaches who wrote to whom, without its body.
func TestOutboundIsLearned(t *testing.T) {
	e := suspicious(&remembered{})
	raw := "From: Taro <TARO@gw.test>\nTo: x@attacker.test\nMessage-ID: <7@gw.test>\nSubject: x\nContent-Type: multipart/mixed; boundary=b\n"
	m := outgoing()
	m.Header = nil
	for _, l := range strings.Split(strings.TrimSpace(raw), "\n") {
		name, value, _ := strings.Cut(l, ":")
		m.Header = append(m.Header, policy.Field{Name: name, Value: value})
	}
	x := e.Begin(m)
	if x.Header() {
		t.Error("the body is wanted")
	}
	k := x.End().Decision.Met
	if k == nil || !k.Outbound || k.MessageID != "7@gw.test" || !slices.Equal(k.Outside, []policy.Address{{Local: "X", Domain: "attacker.test"}}) ||
		!slices.Contains(k.Inside, policy.Address{Local: "taro", Domain: "gw.test"}) {
		t.Errorf("%+v", k)
	}
	notice := strings.Replace(raw, "Subject: x", "Auto-Submitted: auto-replied\nSubject: away", 1) + "\n"
	r, err := e.Message(outgoing(), []byte(notice))
	if err != nil || r.Decision.Met != nil || r.Facts.Class.Class != policy.ClassAutoReply || r.Effect.Action != policy.ActionAccept {
		t.Errorf("a notice teaches %+v, %+v, %v", r.Decision.Met, r.Facts.Class, err)
	}
}

// What was prepared for a policy is used when it is in force, and the one before is not made again meanwhile.
func TestPrepare(t *testing.T) {
	e := suspicious(&remembered{})
	first := e.Policy()
	now := first
	e.Policy = func() *policy.Policy { return now }
	e.Prepare(first)
	made := e.evaluators(e.Resolver)
	second := *first
	e.Prepare(&second)
	prepared := e.next.Load()
	if e.evaluators(e.Resolver) != made {
		t.Error("a message between preparation and reload made its own")
	}
	now = &second
	if got := e.evaluators(e.Resolver); got != prepared || got.policy != &second || got.suspicion == nil {
		t.Error("what was prepared is not used")
	}
	if e.next.Load() != nil {
		t.Error("what is used waits still")
	}
}
