package suspicion

import (
	"slices"
	"strings"

	"sekimori/policy"
)

// urgencyText lists the indicator about haste.
func urgencyText() []Indicator {
	return []Indicator{{
		Name: "urgency_words", Family: policy.FamilyText, Points: 10,
		Definition: "a word of haste or threat in the Subject, or two in the text, beside the request to do something; honest offices write so too, so that it is never more than a trifle",
		Source:     "NIST Phish Scale, cue of time pressure; 60 % of Subjects of 837 Japanese phishing mails",
		find:       (*reading).urgency,
	}}
}

// maxUrgency is how much of each text is searched, in octets: haste is at the beginning.
const maxUrgency = 4 << 10

// hasty are words that press. 重要 is none of them: too many honest Subjects have it.
var hasty = newWordTable("至急", "緊急", "本日中", "24時間以内", "２４時間以内", "期限切れ", "期限が切れ", "失効", "停止", "凍結", "制限", "未納", "差押", "差し押", "法的措置",
	"不正アクセス", "不正利用", "urgent", "immediately", "within 24 hours", "suspended", "will be closed", "final notice", "expire")

// requests are the verbs of what the reader is to do.
var requests = newWordTable("ご確認ください", "ご確認下さい", "ご確認をお願い", "確認してください", "確認をお願い", "クリック", "ログイン", "お手続き", "手続きを", "ご返信",
	"返信してください", "更新してください", "更新をお願い", "開封", "開いてください", "ご覧ください", "お支払い", "お振込", "振り込", "ダウンロード", "ご入力", "入力してください",
	"click", "log in", "login", "sign in", "verify", "confirm your", "open the attach", "update your")

func (r *reading) urgency() (string, bool) {
	t := r.readText()
	press, _ := hasty.find(t.subject)
	for _, s := range t.bodies {
		s = s[:min(len(s), maxUrgency)]
		word, second := press, ""
		if word == "" {
			if word, second = hasty.find(s); second == "" {
				continue
			}
		}
		if request, _ := requests.find(s); request != "" {
			return join(word, second, request), true
		}
	}
	if press == "" {
		return "", false
	}
	request, _ := requests.find(t.subject)
	return join(press, request), request != ""
}

// join writes what was found with a plus between.
func join(words ...string) string {
	return strings.Join(slices.DeleteFunc(words, func(w string) bool { return w == "" }), " + ")
}
