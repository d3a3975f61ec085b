package drill

import (
	"slices"
	"strings"
	"time"
)

// imported returns what a report says of the imports into a round. How many records there were is left out, as 0, where a number of
// persons in the round is hidden: what is left of it after the others would give that away.
func (r *Report) imported(round int) []Import {
	all := slices.Clone(r.Rounds[round].Imports)
	hidden := func(c Cell) bool { return c.State == StateHidden }
	if x := r.Rounds[round]; hidden(x.Late) || hidden(x.Strangers) || slices.ContainsFunc(r.Tables, func(t Table) bool {
		c := t.Columns[round]
		return hidden(c.Total) || slices.ContainsFunc(c.Cells, hidden)
	}) {
		for i := range all {
			all[i].Records = 0
		}
	}
	return all
}

// imports says what was imported into a round, and what was not.
func (l Lang) imports(r *Report, round int) (n []string) {
	x := r.Rounds[round]
	head := l.round(x.Number)
	if x.Unimported {
		n = append(n, head+l.say(": nothing was imported yet. Who opened it, clicked or submitted is not known: - is not 0.",
			":取り込みはまだありません。開封・クリック・入力は不明です。- は0ではありません。"))
	}
	for _, i := range r.imported(round) {
		if !i.Last.IsZero() {
			n = append(n, head+l.sayf(": imported from %s, last at %s", ":%sから取り込み済み(最終 %s", i.Source, l.moment(local(i.Last, x.Window)))+l.importNumbers(i))
		}
		if !i.Begun.IsZero() {
			n = append(n, head+l.sayf(" is incomplete: an import from %s began at %s and has not ended. It is under way, or was interrupted; the same command completes it.",
				"は不完全です:%sからの取り込み(開始 %s)が完了していません。実行中または中断されています。同じコマンドで完了します。", i.Source, l.moment(local(i.Begun, x.Window))))
		}
	}
	return n
}

// local is a moment in the zone of a window: ledgers know UTC only.
func local(t time.Time, w Window) time.Time {
	if w.From.IsZero() {
		return t
	}
	return t.In(w.From.Location())
}

// importNumbers ends the line about a source.
func (l Lang) importNumbers(i Import) string {
	var parts []string
	if i.Times > 1 {
		parts = append(parts, l.sayf("%s imports", "%s回", number(i.Times)))
	}
	if i.Records > 0 {
		parts = append(parts, l.sayf("records read: %s", "読み取り%s件", number(i.Records)))
	}
	parts = append(parts, l.sayf("rejected: %s", "拒否%s件", number(i.Rejected)))
	return l.say("; ", "、") + strings.Join(parts, l.say(", ", "、")) + l.say(".", ")。")
}
