package main

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"sekimori/internal/store"
	"sekimori/policy"
)

// remembering returns a recall on a new file.
func remembering(t *testing.T) (*recall, store.Store) {
	t.Helper()
	secret, err := store.NewSecret([]byte(strings.Repeat("s", store.MinSecret)))
	if err != nil {
		t.Fatal(err)
	}
	s, err := store.Open(store.Config{Path: filepath.Join(t.TempDir(), "memory.db"), Secret: secret, Timeout: 5 * time.Second})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return &recall{s, secret}, s
}

func TestRecall(t *testing.T) {
	r, _ := remembering(t)
	hanako, saburo := policy.Address{Local: "hanako", Domain: "gw.test"}, policy.Address{Local: "saburo", Domain: "gw.test"}
	attacker, other := policy.Address{Local: "Taro+x", Domain: "attacker.test"}, policy.Address{Local: "y", Domain: "attacker.test"}
	soon := time.Now().Add(time.Hour)
	r.Remember(&policy.Flagged{MessageID: "1@attacker.test", Thread: "thread", Addresses: []policy.Address{attacker},
		Recipients: []policy.Address{hanako}, MessageUntil: soon, PairUntil: soon})
	taro := policy.Address{Local: "TARO", Domain: "attacker.test"} // the same person
	tests := []struct {
		name string
		q    policy.RecallQuery
		want []policy.Recalled
	}{
		{"nothing asked", policy.RecallQuery{}, nil},
		{"message", policy.RecallQuery{MessageIDs: []string{"2@x", "1@attacker.test"}}, []policy.Recalled{{Key: policy.RecallMessageID}}},
		{"thread", policy.RecallQuery{Thread: "thread"}, []policy.Recalled{{Key: policy.RecallThread}}},
		{"address and pair", policy.RecallQuery{Senders: []policy.Address{hanako}, Outside: []policy.Address{taro}},
			[]policy.Recalled{{Key: policy.RecallAddress, Outside: taro}, {Key: policy.RecallPair, Outside: taro}}},
		{"somebody else's mail", policy.RecallQuery{Senders: []policy.Address{saburo}, Outside: []policy.Address{taro}},
			[]policy.Recalled{{Key: policy.RecallAddress, Outside: taro}}},
		{"another address", policy.RecallQuery{Senders: []policy.Address{hanako}, Outside: []policy.Address{other}}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := r.Recall(context.Background(), tt.q)
			if !got.Asked || got.Failed || !slices.Equal(got.Found, tt.want) {
				t.Errorf("%+v, want %v", got, tt.want)
			}
		})
	}
}

func TestToken(t *testing.T) {
	r, _ := remembering(t)
	a, b := policy.Address{Local: "a", Domain: "x.test"}, policy.Address{Local: "b", Domain: "x.test"}
	hanako, saburo := policy.Address{Local: "hanako", Domain: "gw.test"}, policy.Address{Local: "saburo", Domain: "gw.test"}
	token := func(s policy.Address, o ...policy.Address) string {
		return r.token(policy.RecallQuery{Senders: []policy.Address{s}, Outside: o})
	}
	if token(hanako, a, b) != token(hanako, b, a) {
		t.Error("the order of recipients matters")
	}
	for _, other := range []string{token(saburo, a, b), token(hanako, a), token(hanako)} {
		if other == token(hanako, a, b) {
			t.Error("another sender or other recipients have the same token")
		}
	}
	if got := r.token(policy.RecallQuery{}); got != "" {
		t.Errorf("nobody has the token %q", got)
	}
}

func TestRecallFails(t *testing.T) {
	r, s := remembering(t)
	s.Close()
	if got := r.Recall(context.Background(), policy.RecallQuery{Thread: "t"}); !got.Failed {
		t.Errorf("%+v", got)
	}
	var m memory
	if got := m.Recall(context.Background(), policy.RecallQuery{Thread: "t"}); !got.Asked || !got.Failed {
		t.Errorf("without a store: %+v", got)
	}
}

// The most that one message can ask stays below what the store takes.
func TestRecallLimit(t *testing.T) {
	r, _ := remembering(t)
	q := policy.RecallQuery{MessageIDs: make([]string, maxAncestors+1), Thread: "t", Senders: make([]policy.Address, maxSenders+1),
		Outside: make([]policy.Address, maxOutside+1)}
	n := len(r.questions(q))
	if want := maxAncestors + 1 + maxOutside*(1+maxSenders); n != want || n > store.MaxKeys {
		t.Errorf("%d questions, want %d, at most %d", n, want, store.MaxKeys)
	}
	if got := r.Recall(context.Background(), q); got.Failed {
		t.Error("the store refuses")
	}
}

// What is remembered depends on what became of the message.
func TestRememberOutcomes(t *testing.T) {
	for _, o := range policy.Outcomes() {
		r, s := remembering(t)
		var m memory
		m.now.Store(&opened{recall: *r, contacts: contacts{s, r.secret, &since{at: time.Unix(1, 0)}, &lately{}}, store: s})
		m.remember(&policy.Record{Outcome: o, Decision: policy.Decision{Remember: &policy.Flagged{Thread: "t", MessageUntil: time.Now().Add(time.Hour)}}})
		got := m.Recall(context.Background(), policy.RecallQuery{Thread: "t"})
		want := o == policy.OutcomeAccepted || o == policy.OutcomeTagged || o == policy.OutcomeTrimmed || o == policy.OutcomeQuarantined
		if (len(got.Found) > 0) != want {
			t.Errorf("%s: found %v", o, got.Found)
		}
	}
}
