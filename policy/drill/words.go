package drill

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// Lang is the language of a report for people. CSV and JSON have none.
type Lang string

// The languages.
const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// Langs lists every Lang.
func Langs() []Lang { return []Lang{English, Japanese} }

// say returns the one of two texts that l asks for.
func (l Lang) say(en, ja string) string {
	if l == Japanese {
		return ja
	}
	return en
}

func (l Lang) sayf(en, ja string, args ...any) string { return fmt.Sprintf(l.say(en, ja), args...) }

// measure is the name of a measure.
func (l Lang) measure(m Measure) string {
	if of, ok := strings.CutSuffix(string(m), suffixUncertain); ok {
		return l.measure(Measure(of)) + l.say(", uncertain", "(不確実)")
	}
	switch m {
	case MeasureTargeted:
		return l.say("targeted", "対象者")
	case Measure(EventAccepted):
		return l.say("accepted", "受付")
	case Measure(EventDelivered):
		return l.say("delivered", "配信")
	case Measure(EventReported):
		return l.say("reported", "報告")
	case Measure(EventReplied):
		return l.say("replied", "返信")
	case Measure(EventAutoReplyStopped):
		return l.say("automatic replies stopped", "自動応答(阻止)")
	case Measure(EventAutoReplied):
		return l.say("automatic replies sent", "自動応答(流出)")
	case Measure(EventReceipt):
		return l.say("read receipts sent", "開封通知")
	case Measure(EventForwarded):
		return l.say("forwarded", "転送")
	case Measure(EventOpened):
		return l.say("opened", "開封")
	case Measure(EventClicked):
		return l.say("clicked", "クリック")
	case Measure(EventSubmitted):
		return l.say("submitted", "入力")
	case MeasureFlagged:
		return l.say("would have been flagged", "通常なら注意表示")
	case MeasureStopped:
		return l.say("would have been stopped", "通常なら阻止")
	}
	return string(m)
}

func (l Lang) kind(k Kind) string {
	switch k {
	case KindAttachment:
		return l.say("attachment", "添付ファイル")
	case KindLink:
		return l.say("link", "リンク")
	}
	return l.say("kind not stated", "種別未記入")
}

func (l Lang) mode(m Mode) string {
	switch m {
	case ModeObserve:
		return l.say("observed only", "観測のみ")
	case ModeExempt:
		return l.say("delivered whatever the gateway would do", "ゲートウェイの判定によらず配信")
	case ModeEnforce:
		return l.say("the gateway took part", "ゲートウェイの判定を適用")
	}
	return l.say("mode not stated", "方式未記入")
}

func (l Lang) difficulty(d Difficulty) string {
	if d.Rating == "" {
		return l.say("difficulty not rated", "難易度未評価")
	}
	word := string(d.Rating)
	switch d.Rating {
	case RatingLeast:
		word = l.say("least difficult", "見破りやすい")
	case RatingModerately:
		word = l.say("moderately difficult", "中程度")
	case RatingVery:
		word = l.say("very difficult", "見破りにくい")
	}
	raters := l.say("raters not stated", "評価者数未記入")
	if d.Raters > 0 {
		raters = l.sayf("raters: %d", "評価者%d名", d.Raters)
	}
	return l.sayf("%s on the NIST Phish Scale (%s)", "難易度(NIST Phish Scale):%s(%s)", word, raters)
}

func (l Lang) round(n int) string { return l.sayf("round %d", "第%d回", n) }

func (l Lang) window(w Window) string {
	if w.From.IsZero() || w.Until.IsZero() {
		return l.say("window not stated", "期間未記入")
	}
	return l.moment(w.From) + l.say(" to ", " ～ ") + l.moment(w.Until)
}

func (l Lang) moment(t time.Time) string { return t.Format("2006-01-02 15:04 -07:00") }

func (l Lang) lure(s string) string {
	if s == "" {
		return l.say("lure not stated", "文面未記入")
	}
	return l.say("“", "「") + s + l.say("”", "」")
}

// verdict says whether a change may be read as a trend.
func (l Lang) verdict(r *Report, p Pair) string {
	a, b := r.Rounds[p.First], r.Rounds[p.Second]
	head := l.sayf("round %d to round %d: ", "第%d回→第%d回:", a.Number, b.Number)
	switch p.Likeness {
	case Alike:
		return head + l.say("alike in kind, mode, bodies, and lure or difficulty; the change can be read as a trend, as far as the bodies' spread lets it",
			"種別・方式・組織と文面(または難易度)が同じです。変化は、組織間のばらつきの範囲内で傾向として読めます")
	case UnlikeKind:
		return head + l.say("not a trend: the lures differ in kind", "傾向とは言えません:文面の種別が異なります") + " (" + l.kind(a.Kind) + ", " + l.kind(b.Kind) + ")"
	case UnlikeMode:
		return head + l.say("not a trend: the gateway took part in another way", "傾向とは言えません:ゲートウェイの関与が異なります")
	case UnlikeRating:
		return head + l.say("not a trend: the lures differ in difficulty", "傾向とは言えません:文面の難易度が異なります")
	case UnlikeBodies:
		return head + l.say("not a trend of the whole: other bodies took part", "全体の傾向とは言えません:参加した組織が異なります")
	case NotStated:
		return head + l.say("not a trend: kind, mode, or lure and difficulty of a round are not stated", "傾向とは言えません:種別・方式・文面・難易度のいずれかが未記入です")
	}
	return head
}

// longPause is after how many months what was learnt is known to fade (Reinheimer et al. 2020).
const longPause = 6

// notes are the sentences without which the numbers mislead.
func (l Lang) notes(r *Report) []string {
	n := []string{
		l.sayf("Every rate is a share of the persons for whom the mail was %s. Persons are counted, not events.",
			"割合はすべて「%s」の人数を分母とします。件数ではなく人数です。", l.measure(r.Base)),
		l.say("An interval (Wilson, 95 %) says what the same drill with similar staff could have given; within one drill everybody was counted. "+
			"For the whole it is too narrow, because staff of one body are alike: read ± instead, half the interval between bodies.",
			"区間(Wilson、95 %)は、同様の職員に同じ訓練を行った場合に得られうる範囲です。全体の区間は、同じ組織の職員が似ているため狭すぎます。「±組織間」(組織間の区間の半幅)を参照してください。"),
	}
	for _, p := range r.Pairs {
		n = append(n, l.verdict(r, p))
		if all := len(r.Bodies); p.Both < all {
			n = append(n, l.sayf("%d of %d bodies are in both rounds.", "両方の回に参加した組織は%d/%dです。", p.Both, all))
		}
		if p.Months > longPause {
			n = append(n, l.sayf("%.0f months lie between the rounds: after six, what was learnt is known to fade.",
				"回の間隔は%.0fか月です。6か月を過ぎると訓練の効果は薄れるとされています。", p.Months))
		}
	}
	if r.hides() {
		n = append(n, l.sayf("* hidden: fewer than %d persons, everybody of a body, or what would give such a number away. Min, max, mean and ± are those of the bodies shown.",
			"* 非表示:%d人未満、組織の全員、またはそれらが推定できる数値。最小・最大・平均・±は表示した組織のものです。", r.MinCell))
	}
	for i, x := range r.Rounds {
		n = append(n, l.completeness(x, r.MinCell)...)
		n = append(n, l.imports(r, i)...)
	}
	return n
}

// hides reports whether any number is hidden.
func (r *Report) hides() bool {
	hidden := func(c Cell) bool { return c.State == StateHidden }
	return slices.ContainsFunc(r.Tables, func(t Table) bool {
		return slices.ContainsFunc(t.Columns, func(c Column) bool { return hidden(c.Total) || slices.ContainsFunc(c.Cells, hidden) })
	})
}

// number writes n with commas.
func number(n int) string {
	s := fmt.Sprint(n)
	for i := len(s) - 3; i > 0 && s[i-1] != '-'; i -= 3 {
		s = s[:i] + "," + s[i:]
	}
	return s
}

// rate writes a share with one digit, as the 2011 report has it.
func rate(x float64) string { return fmt.Sprintf("%.1f%%", 100*x) }

// points writes a difference of shares in percentage points.
func points(x float64) string { return fmt.Sprintf("%+.1f", 100*x) }

func (c Cell) count() string { return c.text(func() string { return number(c.Share.X) }) }

func (c Cell) rate() string { return c.text(func() string { return rate(c.Share.Rate()) }) }

func (c Cell) interval() string {
	return c.text(func() string { i := c.Interval(); return fmt.Sprintf("%.1f–%.1f", 100*i.Low, 100*i.High) })
}

// text is what a cell shows: * for what is hidden, - for what nobody counted, or where there are no persons.
func (c Cell) text(shown func() string) string {
	switch {
	case c.State == StateHidden:
		return "*"
	case c.State == StateShown && c.Share.N > 0:
		return shown()
	}
	return "-"
}

func (d Difference) points() string {
	if !d.OK {
		return ""
	}
	return points(d.Value)
}

func (d Difference) interval() string {
	if !d.OK {
		return ""
	}
	return points(d.Interval.Low) + " " + points(d.Interval.High)
}
