package main

import (
	"context"
	"slices"

	"sekimori/internal/store"
	"sekimori/policy"
)

// The purposes of keys. They stand readable in the store and never change their meaning.
const (
	purposeMessage store.Purpose = "message_id"
	purposeThread  store.Purpose = "thread_index"
	purposeAddress store.Purpose = "address"
	purposePair    store.Purpose = "pair"
	purposeAck     store.Purpose = "acknowledgement"
)

// Limits of what is looked up, or remembered, for one message; what is beyond is passed over. They keep one question below
// store.MaxKeys.
const (
	maxAncestors  = 41
	maxSenders    = 3
	maxOutside    = 100
	maxAddresses  = 8
	maxRecipients = 500
)

// recall is the memory of the reply guard on a store. Nothing that it keeps can be read back.
type recall struct {
	memory store.Memory
	secret *store.Secret
}

// question is one key and what it means to find it.
type question struct {
	key   store.Key
	means policy.Recalled
}

func (r *recall) questions(q policy.RecallQuery) []question {
	var all []question
	for _, id := range q.MessageIDs[:min(len(q.MessageIDs), maxAncestors)] {
		all = append(all, question{r.secret.Key(purposeMessage, id), policy.Recalled{Key: policy.RecallMessageID}})
	}
	if q.Thread != "" {
		all = append(all, question{r.secret.Key(purposeThread, q.Thread), policy.Recalled{Key: policy.RecallThread}})
	}
	for _, o := range q.Outside[:min(len(q.Outside), maxOutside)] {
		all = append(all, question{r.secret.Key(purposeAddress, o.Person()), policy.Recalled{Key: policy.RecallAddress, Outside: o}})
		for _, s := range q.Senders[:min(len(q.Senders), maxSenders)] {
			all = append(all, question{r.secret.Key(purposePair, s.Person(), o.Person()), policy.Recalled{Key: policy.RecallPair, Outside: o}})
		}
	}
	return all
}

// Recall asks the store one question for everything. Where it does not answer in its time, Failed says so.
func (r *recall) Recall(ctx context.Context, q policy.RecallQuery) policy.Recollection {
	out := policy.Recollection{Asked: true, Token: r.token(q)}
	questions := r.questions(q)
	if len(questions) == 0 {
		return out
	}
	keys := make([]store.Key, len(questions))
	for i := range questions {
		keys[i] = questions[i].key
	}
	values, err := r.memory.Recall(ctx, keys...)
	if err != nil {
		out.Failed = true
		return out
	}
	for i, v := range values {
		if v != nil {
			out.Found = append(out.Found, questions[i].means)
		}
	}
	return out
}

// token is what the Subject must carry to acknowledge a refusal: it belongs to one sender and one set of outside recipients.
func (r *recall) token(q policy.RecallQuery) string {
	if len(q.Senders) == 0 {
		return ""
	}
	parts := make([]string, 0, len(q.Outside)+1)
	for _, o := range q.Outside {
		parts = append(parts, o.Person())
	}
	slices.Sort(parts)
	parts = append(parts, q.Senders[0].Person())
	return "sekimori-" + r.secret.Key(purposeAck, parts...).ID().String()[:10]
}

// Remember keeps what a flagged message left behind. It never waits.
func (r *recall) Remember(f *policy.Flagged) {
	known := []byte{1}
	if f.MessageID != "" {
		r.memory.Remember(r.secret.Key(purposeMessage, f.MessageID), known, f.MessageUntil)
	}
	if f.Thread != "" {
		r.memory.Remember(r.secret.Key(purposeThread, f.Thread), known, f.MessageUntil)
	}
	for _, a := range f.Addresses[:min(len(f.Addresses), maxAddresses)] {
		r.memory.Remember(r.secret.Key(purposeAddress, a.Person()), known, f.PairUntil)
		for _, to := range f.Recipients[:min(len(f.Recipients), maxRecipients)] {
			r.memory.Remember(r.secret.Key(purposePair, to.Person(), a.Person()), known, f.PairUntil)
		}
	}
}
