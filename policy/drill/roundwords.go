package drill

import (
	"fmt"
	"math"
	"strings"
	"time"
)

// rounds describes every round, one line each.
func (l Lang) rounds(r *Report) []string {
	var lines []string
	for i, x := range r.Rounds {
		parts := []string{l.kind(x.Kind), l.lure(x.Lure), l.difficulty(x.Difficulty), l.window(x.Window), l.mode(x.Mode)}
		lines = append(lines, l.round(x.Number)+": "+strings.Join(parts, l.say("; ", "、")))
		var people []string
		if x.Staff > 0 {
			people = append(people, l.say("staff ", "職員 ")+number(x.Staff))
		}
		for i, m := range Populations() {
			if x.Populations[i].State == StateShown {
				people = append(people, l.measure(m)+" "+number(x.Populations[i].Share.X))
			}
		}
		if len(people) > 0 {
			lines = append(lines, "  "+strings.Join(people, l.say(", ", "、")))
		}
		if line := l.reportTimes(x); line != "" {
			lines = append(lines, "  "+line)
		}
		if line := l.reportDelays(x); line != "" {
			lines = append(lines, "  "+line)
		}
		if line := l.filtered(r, i); line != "" {
			lines = append(lines, "  "+line)
		}
	}
	return lines
}

// reportTimes says when reports came.
func (l Lang) reportTimes(x RoundReport) string {
	var parts []string
	if !x.First.IsZero() {
		first := x.First
		if from := x.Window.From; !from.IsZero() {
			first = first.In(from.Location()) // ledgers know UTC only
		}
		part := l.say("first report ", "最初の報告 ") + l.moment(first)
		if !x.Window.From.IsZero() && !x.First.Before(x.Window.From) {
			part += l.sayf(", %d minutes after the start", "(開始から%d分後)", int(x.First.Sub(x.Window.From).Minutes()))
		}
		parts = append(parts, part)
	}
	if x.ReportMedian > 0 {
		parts = append(parts, l.sayf("half of the reports within %s of the mail", "報告の半数は受信から%s以内", l.span(x.ReportMedian)))
	}
	return strings.Join(parts, l.say("; ", "、"))
}

// reportDelays says how soon those who reported did, which is what drills elsewhere are compared by.
func (l Lang) reportDelays(x RoundReport) string {
	if len(x.Within) == 0 {
		return ""
	}
	parts := make([]string, len(x.Within))
	for i, limit := range ReportLimits() {
		parts[i] = l.sayf("%s within %s", "%[2]s以内 %[1]s", x.Within[i].rate(), l.limit(limit))
	}
	return l.say("of those who reported, from the mail: ", "報告者のうち受信から ") + strings.Join(parts, l.say(", ", "、"))
}

// limit is one of ReportLimits.
func (l Lang) limit(d time.Duration) string {
	if d >= time.Hour {
		return l.sayf("%.0f h", "%.0f時間", d.Hours())
	}
	return l.sayf("%.0f min", "%.0f分", d.Minutes())
}

// span is a time as people say it, rounded up.
func (l Lang) span(d time.Duration) string {
	if d <= 2*time.Hour {
		return l.sayf("%.0f minutes", "%.0f分", math.Ceil(d.Minutes()))
	}
	return l.sayf("%.0f hours", "%.0f時間", math.Ceil(d.Hours()))
}

// filtered says what the gateway would have done with a round's mail: without it the other rates say more of the lure's way past the
// filters than of the staff.
func (l Lang) filtered(r *Report, round int) string {
	var parts []string
	say := func(m Measure, would, did string) {
		cell := r.total(m, round)
		if cell.State != StateShown || cell.Share.N == 0 {
			return
		}
		if r.Rounds[round].Mode == ModeEnforce {
			would = did
		}
		parts = append(parts, fmt.Sprintf(would, rate(cell.Share.Rate())))
	}
	say(MeasureFlagged, l.say("%s would have been flagged", "通常なら注意表示 %s"), l.say("%s were flagged", "注意表示 %s"))
	say(MeasureStopped, l.say("%s would have been stopped", "通常なら阻止 %s"), l.say("%s were held", "隔離 %s"))
	if len(parts) == 0 {
		return ""
	}
	return l.say("of these mails ", "これらのメールのうち、") + strings.Join(parts, l.say(", ", "、"))
}

// completeness says what of a round was not counted.
func (l Lang) completeness(x RoundReport, least int) (n []string) {
	if len(x.Missing) > 0 {
		n = append(n, l.round(x.Number)+l.say(": nothing from ", ":未提出 ")+strings.Join(x.Missing, l.say(", ", "、")))
	}
	for _, m := range x.Uncounted {
		n = append(n, l.round(x.Number)+l.sayf(": %s was not counted by every body; - is not 0.", ":「%s」を数えていない組織があります。- は0ではありません。", l.measure(m)))
	}
	if x.Machines > 0 {
		share := ""
		if x.Visits > 0 {
			share = l.sayf(", %s of all visits", "(全アクセスの%s)", rate(float64(x.Machines)/float64(x.Visits)))
		}
		visits := " visits of machines are"
		if x.Machines == 1 {
			visits = " visit of a machine is"
		}
		n = append(n, l.round(x.Number)+l.sayf(": %s left out%s.", ":機械によるアクセス%s件を除きました%s。", number(x.Machines)+l.say(visits, ""), share))
	}
	if x.Lost > 0 {
		n = append(n, l.round(x.Number)+l.sayf(" is incomplete, and its numbers are too low: events that were seen and could not be written down: %s.",
			"は不完全です:%s件の記録に失敗しました。実際の数値はこれより大きくなります。", number(x.Lost)))
	}
	if !x.Late.zero() {
		n = append(n, l.round(x.Number)+l.sayf(": persons who did something outside the window, which is in no rate: %s.",
			":期間外の行動(割合に含みません):%s。", l.persons(x.Late, least)))
	}
	if !x.Strangers.zero() {
		n = append(n, l.round(x.Number)+l.sayf(": persons who did something and whose mail was not seen: %s. It came another way, or to another address of theirs.",
			":受信が確認できない行動(別経路または別アドレス):%s。", l.persons(x.Strangers, least)))
	}
	return n
}

// persons is a number of persons that stands alone; what is hidden is below least.
func (l Lang) persons(c Cell, least int) string {
	if c.State == StateHidden {
		return l.sayf("fewer than %d", "%d名未満", least)
	}
	return number(c.Share.X) + l.say("", "名")
}
