package drill

import (
	"fmt"
	"slices"
	"strconv"
	"time"
)

// add puts a row into its round.
func (r *reader) add(drill string, round RoundCounts, b BodyCounts) {
	key := drill + "\x00" + strconv.Itoa(round.Number) + "\x00" + b.Organisation
	if line, there := r.seen[key]; there {
		r.wrong("organisation: %s is in round %d of %s already, line %d", quote(b.Organisation), round.Number, drill, line)
		return
	}
	r.seen[key] = r.line
	i := slices.IndexFunc(r.drills, func(c Counts) bool { return c.Drill == drill })
	if i < 0 {
		if len(r.drills) == MaxDrills {
			r.wrong("more than %d drills", MaxDrills)
			return
		}
		i = len(r.drills)
		r.drills = append(r.drills, Counts{Drill: drill})
	}
	d := &r.drills[i]
	j := slices.IndexFunc(d.Rounds, func(x RoundCounts) bool { return x.Number == round.Number })
	if j < 0 {
		if len(d.Rounds) == MaxRounds {
			r.wrong("more than %d rounds", MaxRounds)
			return
		}
		j = len(d.Rounds)
		d.Rounds = append(d.Rounds, RoundCounts{Number: round.Number})
	}
	x := &d.Rounds[j]
	if len(x.Bodies) == MaxBodies {
		r.wrong("more than %d organisations in one round", MaxBodies)
		return
	}
	agree(r, columnKind, &x.Kind, round.Kind)
	agree(r, columnMode, &x.Mode, round.Mode)
	agree(r, columnLure, &x.Lure, round.Lure)
	agree(r, columnRating, &x.Difficulty.Rating, round.Difficulty.Rating)
	agree(r, columnRaters, &x.Difficulty.Raters, round.Difficulty.Raters)
	r.agreeTime(columnFrom, &x.Window.From, round.Window.From)
	r.agreeTime(columnUntil, &x.Window.Until, round.Window.Until)
	if w := x.Window; !w.From.IsZero() && !w.Until.IsZero() && !w.From.Before(w.Until) {
		r.wrong("until: it is not after from")
	}
	x.Bodies = append(x.Bodies, b)
}

// agree takes what a row says of its round, which must be what other rows said.
func agree[T comparable](r *reader, name string, have *T, says T) {
	var nothing T
	switch {
	case says == nothing:
	case *have == nothing:
		*have = says
	case *have != says:
		r.wrong("%s: %s, but %s in another row of the same round", name, quote(fmt.Sprint(says)), quote(fmt.Sprint(*have)))
	}
}

func (r *reader) agreeTime(name string, have *time.Time, says time.Time) {
	if !have.IsZero() && !says.IsZero() && have.Equal(says) {
		return
	}
	agree(r, name, have, says)
}
