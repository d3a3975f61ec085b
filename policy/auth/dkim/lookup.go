package dkim

import (
	"context"
	"strconv"

	"sekimori/policy"
	"sekimori/policy/auth"
)

// lookup is the question for one key, shared by the signatures that name it.
type lookup struct {
	name   string
	done   chan struct{} // closed when what follows is there
	answer policy.DNSAnswer
	key    key
	bad    problem
	panic  any // what the goroutine failed with
}

// startLookup asks for the key in a goroutine of its own, which ends when the resolver answers; that is at the end of
// ctx at the latest. A panic in it is kept for wait: nobody could recover from it here, and the process would end.
func startLookup(ctx context.Context, r auth.Resolver, name string) *lookup {
	l := &lookup{name: name, done: make(chan struct{})}
	go func() {
		defer close(l.done)
		defer func() { l.panic = recover() }()
		l.answer = r.Lookup(ctx, name, policy.TypeTXT)
		l.key, l.bad = readAnswer(l.answer)
	}()
	return l
}

// readAnswer reads the answer to a question for a key (RFC 6376, 6.1.2). Several records are a mistake, because
// whichever was taken, another verifier could take the other (3.6.2.2).
func readAnswer(a policy.DNSAnswer) (key, problem) {
	switch {
	case a.Status == policy.DNSFound && len(a.TXT) == 1:
		return parseKey(a.TXT[0])
	case a.Status == policy.DNSFound && len(a.TXT) > 1:
		return key{}, permerror(reasonSeveralKeys, strconv.Itoa(len(a.TXT)))
	case a.Status == policy.DNSFound, a.Status == policy.DNSNoData, a.Status == policy.DNSNXDomain:
		return key{}, permerror(reasonNoKey, string(a.Status))
	}
	return key{}, because(policy.ResultTempError, reasonNoAnswer, string(a.Status))
}

// wait reports whether the answer came before the end of ctx. Where the look-up panicked, so does wait.
func (l *lookup) wait(ctx context.Context) bool {
	if !l.ready() {
		select {
		case <-l.done:
		case <-ctx.Done():
		}
	}
	if !l.ready() {
		return false
	}
	if l.panic != nil {
		panic(l.panic)
	}
	return true
}

// ready reports whether the answer is there.
func (l *lookup) ready() bool {
	select {
	case <-l.done:
		return true
	default:
		return false
	}
}
