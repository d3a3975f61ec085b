package drill

// Likeness is whether two rounds can be compared, and if not, why not.
type Likeness string

// The likenesses. Only Alike rounds show a trend.
const (
	Alike        Likeness = "alike"         // same kind, mode and bodies, and the same lure or the same rating
	UnlikeKind   Likeness = "unlike_kind"   // an attachment and a link
	UnlikeMode   Likeness = "unlike_mode"   // in one of them the gateway took part
	UnlikeRating Likeness = "unlike_rating" // other lures, of other difficulty
	UnlikeBodies Likeness = "unlike_bodies" // other bodies took part
	NotStated    Likeness = "not_stated"    // kind, mode, or both lure and rating of a round are not known
)

// Likenesses lists every Likeness.
func Likenesses() []Likeness {
	return []Likeness{Alike, UnlikeKind, UnlikeMode, UnlikeRating, UnlikeBodies, NotStated}
}

// pair says whether two rounds can be compared.
func pair(rounds []RoundCounts, i, j int) Pair {
	a, b := rounds[i], rounds[j]
	p := Pair{First: i, Second: j, Likeness: likeness(a, b)}
	first := map[string]bool{}
	for _, x := range a.Bodies {
		first[x.Organisation] = true
	}
	for _, y := range b.Bodies {
		if first[y.Organisation] {
			p.Both++
		}
	}
	if p.Likeness == Alike && (p.Both < len(a.Bodies) || p.Both < len(b.Bodies)) {
		p.Likeness = UnlikeBodies
	}
	if !a.Window.Until.IsZero() && !b.Window.From.IsZero() {
		p.Months = max(0, b.Window.From.Sub(a.Window.Until).Hours()/(24*365.25/12))
	}
	return p
}

func likeness(a, b RoundCounts) Likeness {
	rated := a.Difficulty.Rating != "" && b.Difficulty.Rating != ""
	switch {
	case a.Kind == "" || b.Kind == "" || a.Mode == "" || b.Mode == "":
		if a.Kind != "" && b.Kind != "" && a.Kind != b.Kind {
			return UnlikeKind
		}
		return NotStated
	case a.Kind != b.Kind:
		return UnlikeKind
	case a.Mode != b.Mode:
		return UnlikeMode
	case a.Lure != "" && a.Lure == b.Lure:
		return Alike
	case rated && a.Difficulty.Rating == b.Difficulty.Rating:
		return Alike
	case rated:
		return UnlikeRating
	}
	return NotStated
}
