package main

import (
	"context"
	"errors"
	"reflect"
	"sync/atomic"
	"time"

	"sekimori/internal/store"
	"sekimori/metrics"
	"sekimori/policy"
)

// memory is what the gateway remembers between messages, and can be exchanged while it is used.
type memory struct{ now atomic.Pointer[opened] }

// opened is a store with the settings that it was opened by.
type opened struct {
	recall
	contacts
	store    store.Store
	settings policy.Store
}

// Recall asks the store in force; without one the answer is that there is none.
func (m *memory) Recall(ctx context.Context, q policy.RecallQuery) policy.Recollection {
	o := m.now.Load()
	if o == nil {
		return policy.Recollection{Asked: true, Failed: true}
	}
	return o.Recall(ctx, q)
}

// Acquaintance asks the store in force; without one nobody is known, nor unknown.
func (m *memory) Acquaintance(ctx context.Context, q policy.ContactQuery) policy.Acquaintance {
	o := m.now.Load()
	if o == nil {
		return policy.Acquaintance{Asked: true, Failed: true}
	}
	return o.Acquaintance(ctx, q)
}

// remember keeps what a delivered message left behind, and what it taught.
func (m *memory) remember(r *policy.Record) {
	o := m.now.Load()
	if o == nil {
		return
	}
	if f := leaves(r); f != nil {
		o.Remember(f)
	}
	if k := teaches(r); k != nil {
		o.Learn(k)
	}
}

// leaves returns what a message leaves behind: nothing where nobody gets it.
func leaves(r *policy.Record) *policy.Flagged {
	switch r.Outcome {
	case policy.OutcomeAccepted, policy.OutcomeTagged, policy.OutcomeTrimmed, policy.OutcomeQuarantined:
		return r.Decision.Remember
	case policy.OutcomeDiscarded, policy.OutcomeTempfailed, policy.OutcomeRejected, policy.OutcomeAborted:
	}
	return nil
}

// open opens the store that p needs, unless it is open already. The one before is closed: what still waited there is
// written first.
func (m *memory) open(g *gateway, p *policy.Policy) error {
	old := m.now.Load()
	switch {
	case !p.NeedsStore():
		return nil // one that is open stays: its rule may come back with the next reload
	case old != nil && reflect.DeepEqual(old.settings, p.Store):
		return nil
	case old != nil && old.settings.Kind == policy.StoreFile && p.Store.Kind == policy.StoreFile && old.settings.Path == p.Store.Path:
		return errors.New("the settings of the open [store] file change at a restart only")
	}
	secret, err := storeSecret(p.Store)
	if err != nil {
		return hinted{inputError{err}, "see secret_file in [store]"}
	}
	s, err := store.Open(g.storeConfig(p.Store, secret))
	if err != nil {
		return hinted{badInput("opening the store: %w", err), "see [store] in the policy file"}
	}
	m.now.Store(&opened{recall{s, secret}, contacts{s, secret, newSince(s, secret, time.Now), &lately{now: time.Now}}, s, p.Store})
	if old == nil {
		return nil
	}
	if err := old.close(); err != nil {
		g.log.Error("closing the store before", "error", err) // the new one is in force
	}
	return nil
}

// storeSecret reads the secret of keys. That of a file is made when it is missing; gateways that share a Redis must be
// given theirs.
func storeSecret(s policy.Store) (*store.Secret, error) {
	if s.Kind == policy.StoreRedis {
		return store.ReadSecret(s.SecretFile)
	}
	return store.CreateSecret(s.SecretFile)
}

// storeConfig turns the policy's settings into those of the store.
func (g *gateway) storeConfig(s policy.Store, secret *store.Secret) store.Config {
	return store.Config{
		Kind: store.Kind(s.Kind), Path: s.Path, Secret: secret, Timeout: s.Timeout, Redis: store.Redis(s.Redis), Log: g.log,
		Observe: func(op store.Op, result store.Result, elapsed time.Duration) {
			g.metrics.StoreObserve(string(op), string(result), elapsed)
		},
		Dropped: func(why store.Drop, values int) { g.metrics.StoreDropped(string(why), values) },
		Size:    func(s store.Size) { g.metrics.StoreSize(s.Entries, s.Bytes, s.Waiting) },
	}
}

// presetStore makes the series of the store, which knows its own words.
func presetStore(m *metrics.Metrics) {
	m.PresetStore(texts(store.Ops()), texts(store.Results()), texts(store.Drops()))
}

func texts[T ~string](words []T) []string {
	out := make([]string, len(words))
	for i, w := range words {
		out[i] = string(w)
	}
	return out
}

// close writes what still waits.
func (m *memory) close() error {
	if o := m.now.Swap(nil); o != nil {
		return o.close()
	}
	return nil
}

// close ends a question under way and writes what still waits.
func (o *opened) close() error {
	o.since.close()
	return o.store.Close()
}
