package examine

import (
	"runtime"
	"testing"

	"sekimori/policy"
)

// maxVerdict is how many octets the examination of one signed mail may allocate when DNS is in memory, whatever its
// size. A plain use of libraries takes 86,000 for a mail of 30 kB.
const maxVerdict = 20_000

// TestAllocation holds maxVerdict for mails of which the largest has 150 times the octets of the smallest.
func TestAllocation(t *testing.T) {
	const rounds = 100
	for _, size := range []int{2_000, 30_000, 300_000} {
		s := newSigned(t, size)
		e := examiner(nil)
		e.Resolver = s.names
		s.examine(e) // what lives as long as the policy
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			if r := s.examine(e); r.Facts.DKIM[0].Result != policy.ResultPass {
				t.Fatalf("%+v", r.Facts.DKIM)
			}
		}
		runtime.ReadMemStats(&after)
		if got := (after.TotalAlloc - before.TotalAlloc) / rounds; got > maxVerdict {
			t.Errorf("a mail of %d octets: %d octets are allocated, at most %d are allowed", size, got, maxVerdict)
		} else {
			t.Logf("a mail of %d octets: %d octets are allocated", size, got)
		}
	}
}
