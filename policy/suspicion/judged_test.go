package suspicion

import (
	"fmt"
	"testing"

	"sekimori/policy"
)

// TestJudged asks for more names than are remembered, twice: each judgement is its own, and a name that is remembered is not judged again.
func TestJudged(t *testing.T) {
	var j judged
	j.begin()
	asked := 0
	judge := func(d policy.Domain) (likeness, bool) {
		asked++
		return likeness{name: d + ".known"}, len(d)%2 == 0
	}
	for range 2 {
		for i := range 3 * maxJudged {
			d := policy.Domain(fmt.Sprint("host-", i, ".example"))
			for range 2 {
				if like, alike := j.of(d, judge); like.name != d+".known" || alike != (len(d)%2 == 0) {
					t.Fatalf("%s: %v, %v", d, like, alike)
				}
			}
		}
	}
	if asked > 2*3*maxJudged {
		t.Errorf("%d names are judged", asked)
	}
}
