package examine

import (
	"bytes"
	"runtime"
	"strings"
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

// maxBody is how many octets the examination of one mail with an attachment may allocate while the indicators are looked for, whatever the
// size of the attachment: its octets pass through and are forgotten.
const maxBody = 50_000

// TestBodyAllocation holds maxBody for attachments of which the largest has 100 times the octets of the smallest.
func TestBodyAllocation(t *testing.T) {
	const rounds = 20
	e := suspicious(nil)
	e.Memory = &knowing{}
	e.Resolver = quiet{world().txt}
	for _, size := range []int{30_000, 3_000_000} {
		m := from("203.0.113.9", "x@attacker.test")
		m.Header = policy.Header{{Name: "From", Value: " x@attacker.test"}, {Name: "Subject", Value: " x"}, {Name: "MIME-Version", Value: " 1.0"},
			{Name: "Content-Type", Value: " application/octet-stream; name=plan.dat"}, {Name: "Content-Transfer-Encoding", Value: " base64"}}
		body := bytes.Repeat([]byte(strings.Repeat("QUJD", 19)+"\r\n"), size/78)
		look := func() {
			x := e.Begin(m)
			x.Header()
			for rest := body; len(rest) > 0; {
				n := min(len(rest), bodyChunk)
				if !x.Body(rest[:n]) {
					t.Fatal("no more is wanted")
				}
				rest = rest[n:]
			}
			if r := x.End(); !r.Facts.Suspicion.Asked || x.content.Decoded < int64(size)*7/10 {
				t.Fatalf("%+v, %d octets decoded", r.Facts.Suspicion, x.content.Decoded)
			}
		}
		look() // what lives as long as the policy
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		for range rounds {
			look()
		}
		runtime.ReadMemStats(&after)
		got := (after.TotalAlloc - before.TotalAlloc) / rounds
		if got > maxBody {
			t.Errorf("an attachment of %d octets: %d octets are allocated, at most %d are allowed", size, got, maxBody)
		} else {
			t.Logf("an attachment of %d octets: %d octets are allocated", size, got)
		}
	}
}
