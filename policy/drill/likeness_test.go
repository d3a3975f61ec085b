package drill

import (
	"strings"
	"testing"
)

// Rounds of other bodies are no trend of the whole, whichever round lacks one.
func TestOtherBodies(t *testing.T) {
	round := func(names ...string) RoundCounts {
		r := RoundCounts{Kind: KindLink, Lure: "invoice", Mode: ModeExempt}
		for _, n := range names {
			r.Bodies = append(r.Bodies, BodyCounts{Organisation: n})
		}
		return r
	}
	for _, tt := range []struct {
		a, b RoundCounts
		want Likeness
	}{
		{round("x", "y"), round("y", "x"), Alike}, {round("x", "y"), round("x"), UnlikeBodies}, {round("x"), round("x", "y"), UnlikeBodies},
	} {
		if got := pair([]RoundCounts{tt.a, tt.b}, 0, 1).Likeness; got != tt.want {
			t.Errorf("%s, wanted %s", got, tt.want)
		}
	}
}

func TestLikeness(t *testing.T) {
	a := RoundCounts{Kind: KindLink, Lure: "invoice", Mode: ModeExempt, Difficulty: Difficulty{Rating: RatingLeast}}
	with := func(f func(*RoundCounts)) RoundCounts { b := a; f(&b); return b }
	for _, tt := range []struct {
		b    RoundCounts
		want Likeness
	}{
		{a, Alike},
		{with(func(b *RoundCounts) { b.Lure = "other" }), Alike},
		{with(func(b *RoundCounts) { b.Difficulty.Rating = "" }), Alike},
		{with(func(b *RoundCounts) { b.Lure, b.Difficulty.Rating = "other", RatingVery }), UnlikeRating},
		{with(func(b *RoundCounts) { b.Lure, b.Difficulty.Rating = "other", "" }), NotStated},
		{with(func(b *RoundCounts) { b.Kind = KindAttachment }), UnlikeKind},
		{with(func(b *RoundCounts) { b.Kind, b.Mode = KindAttachment, "" }), UnlikeKind},
		{with(func(b *RoundCounts) { b.Mode = ModeEnforce }), UnlikeMode},
		{with(func(b *RoundCounts) { b.Mode = "" }), NotStated},
		{with(func(b *RoundCounts) { b.Kind = "" }), NotStated},
	} {
		if got := likeness(a, tt.b); got != tt.want {
			t.Errorf("%+v: %s, wanted %s", tt.b, got, tt.want)
		}
		if got := likeness(tt.b, a); got != tt.want {
			t.Errorf("%+v, the other way: %s, wanted %s", tt.b, got, tt.want)
		}
		for _, l := range Langs() {
			c := Counts{Rounds: []RoundCounts{a, tt.b}}
			text := strings.Join(l.notes(Compare(c, 10)), "\n")
			if trend := !strings.Contains(text, "not a trend") && !strings.Contains(text, "傾向とは言えません"); trend != (tt.want == Alike) {
				t.Errorf("%s, %s: %s", tt.want, l, text)
			}
		}
	}
}
