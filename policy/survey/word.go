package survey

// Lang is the language of a report.
type Lang string

// The languages.
const (
	English  Lang = "en"
	Japanese Lang = "ja"
)

// phrase is a text in each language.
type phrase struct{ en, ja string }

func (p phrase) in(l Lang) string {
	if l == Japanese {
		return p.ja
	}
	return p.en
}

// The texts of a report. Those with verbs of package fmt get the arguments in the same order in each language.
func phrases() map[string]phrase {
	return map[string]phrase{
		"title":     {"Survey of sender authentication", "送信ドメイン認証の導入状況調査"},
		"of mx":     {"Rates are of domains with a mail exchanger (MX).", "割合は、メールサーバ (MX) を持つドメインを母数とする。"},
		"of all":    {"Rates are of all domains of the list.", "割合は、一覧の全ドメインを母数とする。"},
		"unknown":   {"Unknown (SERVFAIL, time-out) is in no rate.", "不明 (SERVFAIL・タイムアウト) は母数に含めない。"},
		"published": {"Counted is what is published: yes, weak and invalid.", "公開されているもの (有効・弱い・不正) を数える。"},
		"valid":     {"Counted is what can be used: yes and weak.", "使えるもの (有効・弱い) を数える。"},
		"strong":    {"Counted is what protects: yes.", "保護になるもの (有効) を数える。"},
		"run": {"%s: %d of %d domains measured, %d with a mail exchanger, of %d it is not known; list %s, asked %s",
			"%s: %d / %d ドメインを測定 (MX あり %d、MX 不明 %d)、一覧 %s、問い合わせ先 %s"},
		"incomplete": {"%s: INCOMPLETE, the rest of the list is not in these figures", "%s: 未完了。一覧の残りはこの集計に含まれない"},
		"spread":     {"%s: the run went on until %s", "%s: 測定は %s まで続いた"},
		"lists":      {"The lists differ: compare the panel, not the cross-sections.", "一覧が異なるため、各回の集計でなく共通ドメインで比較すること。"},
		"cross":      {"Cross-section of %s", "%s の集計"},
		"groups":     {"Groups, %s", "グループ別 %s"},
		"details":    {"What was seen, %s", "内訳 %s"},
		"course":     {"Course, each run by itself", "推移 (各回の全ドメイン)"},
		"panel":      {"Course, domains of all runs", "推移 (全回に共通のドメイン)"},
		"check":      {"check", "項目"},
		"date":       {"date", "日付"},
		"known":      {"known", "母数"},
		"group":      {"group", "グループ"},
		"domains":    {"domains", "ドメイン数"},
		"value":      {"value", "値"},
		"what":       {"what", "内容"},
		"gained":     {"gained", "新規"},
		"lost":       {"lost", "消失"},
		"chart":      {"Share of domains over time", "導入率の推移"},
		"chart help": {"Solid: each run by itself. Dashed: domains of all runs. Hollow: an incomplete run.", "実線: 各回の全ドメイン。破線: 全回に共通のドメイン。白抜き: 未完了の回。"},
		"ungrouped":  {"(none)", "(なし)"},
	}
}

// stateName returns the heading of a state.
func stateName(s State, l Lang) string {
	switch s {
	case Yes:
		return phrase{"yes", "有効"}.in(l)
	case Weak:
		return phrase{"weak", "弱い"}.in(l)
	case Invalid:
		return phrase{"invalid", "不正"}.in(l)
	case No:
		return phrase{"no", "なし"}.in(l)
	case Unknown:
		return phrase{"unknown", "不明"}.in(l)
	}
	return string(s)
}

// levelName returns the heading of a level.
func levelName(v Level, l Lang) string {
	switch v {
	case Published:
		return phrase{"published %", "公開 %"}.in(l)
	case Valid:
		return phrase{"valid %", "使用可 %"}.in(l)
	case Strong:
		return phrase{"strong %", "有効 %"}.in(l)
	}
	return string(v)
}

// checkName returns the name of a check as people write it.
func checkName(c Check) string {
	switch c {
	case CheckMX:
		return "MX"
	case CheckNullMX:
		return "Null MX"
	case CheckSPF:
		return "SPF"
	case CheckDMARC:
		return "DMARC"
	case CheckMTASTS:
		return "MTA-STS"
	case CheckTLSRPT:
		return "TLS-RPT"
	}
	return string(c)
}
