package autoreply

import (
	"strings"
	"testing"

	"golang.org/x/text/encoding"
	"golang.org/x/text/encoding/japanese"
	"golang.org/x/text/encoding/korean"
)

// TestSaysAutoReply has each wording, and the subjects of honest mail that look most like one.
func TestSaysAutoReply(t *testing.T) {
	yes := []string{
		"Automatic reply: x", "AUTOMATIC REPLY: x", "Automatic response: x", "Automatic reply", "Auto reply: x", "Auto-Reply: x",
		"AutoReply: x", "AutoRespons :x?", "[city #12] AutoReply: x", "Out of Office: x", "Out of Office AutoReply: x",
		"Out of Office reply: x", "AUTO: x", "Auto: x", "Automatische Antwort: x", "Abwesenheitsnotiz: x",
		"Réponse automatique : x", "Reponse automatique: x", "Re\u0301ponse automatique: x", "Re\u200b\u0301ponse automatique: x", "Respuesta automática: x",
		"Risposta automatica: x", "Fuori sede: x", "Automatisch antwoord: x", "Afwezig: x", "Autosvar: x", "Automatisk svar: x",
		"Frånvaro: x", "Resposta automática: x", "Automatyczna odpowiedź: x", "[Automatyczna odpowiedz] x", "Arpus biroja no 1.7.",
		"Atvalinājums", "Автоответ: x", "自动回复: x", "自动回复：x", "자동 회신: x", "자동 회신: x",
		"自動応答: x", "自動応答：x", "自動応答 : x", "自動返信", "自動返答：", "不在通知：見積", "不在のお知らせ", "不在連絡】", "休暇通知:", "休暇中：x", "外出中：",
		"【自動返信】お問い合わせ", "【自動応答】", "[自動応答] x", "【外部】自動応答: x", "[EXT] [list 1] Automatic reply: x", "［自動返信］x",
		"ＡＵＴＯ：不在", "\u200bAutomatic reply: x", "Auto\u00admatic reply: x", "Automatic\u3000reply: x", "\u2f83動応答: x",
		"x (Automatic Response)", "Taro Yamada is out of the office.", "Taro is out of the office (returning 07/10)", "Taro is out of the office. (returning 2026/07/10)",
		"山田は不在です", "山田は不在です。",
	}
	no := []string{
		"", "x", "Re: Automatic reply: x", "RE: 自動応答: x", "FW: Automatic reply: x", "AW: Abwesenheitsnotiz: x", "転送: 自動応答: x",
		"Re: Taro is out of the office.", "[list] Re: Automatic reply: x", "Fwd: 山田は不在です", "【外部】Re: 自動応答: x",
		"Automatic reply is broken", "Automatic replying: x", "An automatic reply: x", "Question: Automatic reply",
		"Out of office hours", "Out of Office AutoReply settings: x", "Auto", "auto parts: x", "Automobile: x", "Auto]", "AUTO-2026",
		"Afwezigheid: x", "Atvalinājumsx", "arpus birojax",
		"自動応答システムの入札公告", "自動返信の設定方法", "自動退会のお知らせ", "自動更新:", "自動車税: 納付", "【自動配信】防災情報", "自動応答の件: x",
		"不在者投票のご案内", "不在: 7/10まで", "不在通知の書き方を教えてください", "宅配便ご不在通知: x", "休暇中の連絡先: x", "外出中の対応: x", "Re: 不在の件について",
		"お知らせ【自動返信】", "山田は不在ですか", "who is out of the office today?", "is out of the office (see below)", "not out of the office",
		"(automatic response) x", "x (automatic responses)",
	}
	for _, s := range yes {
		if !saysAutoReply(subjectText(s)) {
			t.Errorf("%q is not taken for an automatic reply", s)
		}
	}
	for _, s := range no {
		if saysAutoReply(subjectText(s)) {
			t.Errorf("%q is taken for an automatic reply", s)
		}
	}
}

func encode(t *testing.T, e encoding.Encoding, s string) string {
	t.Helper()
	out, err := e.NewEncoder().String(s)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// TestSubjectEncodings finds the words however they travel.
func TestSubjectEncodings(t *testing.T) {
	const text = "自動応答: 見積の件"
	tests := map[string]string{
		"UTF-8":                    text,
		"ISO-2022-JP":              encode(t, japanese.ISO2022JP, text),
		"Shift_JIS":                encode(t, japanese.ShiftJIS, text),
		"EUC-JP":                   encode(t, japanese.EUCJP, text),
		"encoded-word":             "=?UTF-8?B?6Ieq5YuV5b+c562UOiB4?=",
		"quoted":                   "=?utf-8?Q?=E8=87=AA=E5=8B=95=E5=BF=9C=E7=AD=94=3A_x?=",
		"with language":            "=?utf-8*ja?B?6Ieq5YuV5b+c562UOiB4?=",
		"two words, folded":        "=?UTF-8?B?6Ieq5YuV?=\n =?UTF-8?B?5b+c562UOiB4?=",
		"a character cut in two":   "=?UTF-8?B?6Ieq5YuV5Q==?= =?UTF-8?B?v5znrZQ6IHg=?=",
		"words of two charsets":    "=?ISO-2022-JP?B?GyRCPCtGMBsoQg==?= =?UTF-8?B?5b+c562UOiB4?=",
		"colon outside the word":   "=?ISO-2022-JP?B?GyRCPCtGMDF+RXobKEI=?=: x",
		"windows-31j":              "=?windows-31j?Q?" + quoted(encode(t, japanese.ShiftJIS, "自動応答:")) + "?=",
		"Korean under an old name": "=?ks_c_5601-1987?Q?" + quoted(encode(t, korean.EUCKR, "자동 회신:")) + "?=",
	}
	for name, value := range tests {
		m, body := parse(t, "", "X: y\n")
		m.Header[0].Name, m.Header[0].Value = "Subject", " "+value
		if got := verdict(Classify(m, body)); got != "auto_reply B subject null_sender" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

// quoted writes all octets in the Q encoding.
func quoted(s string) string {
	const digits = "0123456789ABCDEF"
	var b strings.Builder
	for i := range len(s) {
		b.WriteByte('=')
		b.WriteByte(digits[s[i]>>4])
		b.WriteByte(digits[s[i]&15])
	}
	return b.String()
}

func TestCutPrefix(t *testing.T) {
	tests := []struct {
		subject string
		kind    Kind
		mark    string
		base    string
	}{
		{"x", KindNew, "", "x"},
		{"", KindNew, "", ""},
		{"Re: x", KindReply, "re", "x"},
		{"RE：x", KindReply, "re", "x"},
		{"Re :x", KindReply, "re", "x"},
		{"re[2]: x", KindReply, "re", "x"},
		{"Re^3: x", KindReply, "re", "x"},
		{"Re (4): x", KindReply, "re", "x"},
		{"AW: WG: x", KindReply, "aw", "x"},
		{"SV: x", KindReply, "sv", "x"},
		{"返信: x", KindReply, "返信", "x"},
		{"FW: RE: x", KindForward, "fw", "x"},
		{"Fwd: x", KindForward, "fwd", "x"},
		{"[Fwd: x]", KindForward, "fwd", "x"},
		{"転送： x", KindForward, "転送", "x"},
		{"[list 12] Re: [list 11] x", KindReply, "re", "x"},
		{"【外部】RE: 【重要】x", KindReply, "re", "x"},
		{"【重要】x", KindNew, "", "x"},
		{"Regarding: x", KindNew, "", "regarding: x"},
		{"Request re: x", KindNew, "", "request re: x"},
		{"Re x", KindNew, "", "re x"},
		{"Note: Re: x", KindNew, "", "note: re: x"},
	}
	for _, tt := range tests {
		text := subjectText(tt.subject)
		kind, mark, _ := cutPrefix(text)
		if base := baseSubject(text); kind != tt.kind || mark != tt.mark || base != tt.base {
			t.Errorf("%q: %s %q %q, want %s %q %q", tt.subject, kind, mark, base, tt.kind, tt.mark, tt.base)
		}
	}
}
