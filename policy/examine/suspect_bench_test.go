//go:build unix

package examine

import (
	"fmt"
	"testing"

	"sekimori/policy"
)

// BenchmarkSuspicion is BenchmarkVerdict's mail with the indicators looked for, beside the same without: what the rule costs.
func BenchmarkSuspicion(b *testing.B) {
	for _, size := range []int{2_000, 30_000} {
		s := newSigned(b, size)
		for _, mode := range []policy.Mode{policy.ModeOff, policy.ModeObserve} {
			b.Run(fmt.Sprintf("%dkB/%s", size/1000, mode), func(b *testing.B) {
				e := examiner(nil)
				e.Policy().Suspicion.Mode = mode
				e.Resolver, e.Memory = s.names, &knowing{}
				e.Prepare(e.Policy())
				measure(b, func() {
					if r := s.examine(e); r.Facts.Suspicion.Asked != (mode != policy.ModeOff) || r.Effect.Action != policy.ActionAccept {
						b.Fatalf("%+v", r.Facts.Suspicion)
					}
				})
			})
		}
	}
}

// BenchmarkPrepare is what a reload does before the new policy is in force.
func BenchmarkPrepare(b *testing.B) {
	e := examiner(nil)
	e.Policy().Suspicion.Mode = policy.ModeObserve
	e.Resolver = warm{}
	b.ReportAllocs()
	for b.Loop() {
		e.Prepare(e.Policy())
	}
}
