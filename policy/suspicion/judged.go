package suspicion

import (
	"hash/maphash"
	"strings"
	"sync/atomic"

	"sekimori/policy"
)

// maxJudged is how many names a list remembers its judgement of.
const maxJudged = 1024

// judged remembers what names were taken for. Each has one place, from which the next name with that place drives it out: a flood of names costs
// what judging them costs, and no more memory. Which names share a place cannot be told from outside. The zero value is ready after begin.
type judged struct {
	seed  maphash.Seed
	slots [maxJudged]atomic.Pointer[judgement]
}

type judgement struct {
	name  policy.Domain
	like  likeness
	alike bool
}

func (j *judged) begin() { j.seed = maphash.MakeSeed() }

// of returns the judgement of a name, from memory or by judge, which always says the same.
func (j *judged) of(d policy.Domain, judge func(policy.Domain) (likeness, bool)) (likeness, bool) {
	slot := &j.slots[maphash.String(j.seed, string(d))%maxJudged]
	if have := slot.Load(); have != nil && have.name == d {
		return have.like, have.alike
	}
	like, alike := judge(d)
	slot.Store(&judgement{policy.Domain(strings.Clone(string(d))), like, alike}) // a part of a mail is not to stay in memory
	return like, alike
}
