package suspicion

import (
	"testing"

	"sekimori/policy/mail/mime"
)

// TestFreeTargets holds how many targets a message leaves to the next, and that nothing of it is left in them.
func TestFreeTargets(t *testing.T) {
	for n, want := range map[int]bool{maxFreeTargets: true, maxFreeTargets + 1: false} {
		kept := false
		for range 100 { // a pool may drop what it is given
			var a Assessor
			r := reading{Assessor: &a}
			r.link.targets = append(a.freeTargets(n), target{link: &mime.Link{}})
			r.release()
			if free, ok := a.targets.Get().(*[]target); ok {
				kept = true
				if cap(*free) != n || (*free)[0] != (target{}) {
					t.Errorf("%d: %+v", cap(*free), (*free)[0])
				}
			}
		}
		if kept != want {
			t.Errorf("%d targets are kept: %v", n, kept)
		}
	}
}
