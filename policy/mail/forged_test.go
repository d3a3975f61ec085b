package mail

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"sekimori/policy"
)

func TestForged(t *testing.T) {
	h := policy.Header{}
	for _, name := range []string{
		"Received", "X-Sekimori", "x-sekimori", "X-Sekimori-Verdict", "X-SEKIMORI ", "X-Seki\u00admori", "Ｘ-Sekimori", "\u200bX-Sekimori",
		"X-Seki", "XX-Sekimori", "Old-X-Sekimori", "X -Sekimori", "X-MS-Exchange-Organization-AuthAs", "x-ms-exchange-organization-scl",
		"X-MS-Exchange-Organization-SCL", "X-MS-Exchange-CrossTenant-Id", "X-MS-Exchange-Organization", "", "X-SEKIMORI",
	} {
		h = append(h, policy.Field{Name: name, Value: " 1"})
	}
	want := []policy.HeaderRef{
		{Name: "X-Sekimori", Index: 1}, {Name: "x-sekimori", Index: 2}, {Name: "X-Sekimori-Verdict", Index: 1}, {Name: "X-SEKIMORI ", Index: 1},
		{Name: "X-Seki\u00admori", Index: 1}, {Name: "Ｘ-Sekimori", Index: 1}, {Name: "\u200bX-Sekimori", Index: 1}, {Name: "X -Sekimori", Index: 1},
		{Name: "X-MS-Exchange-Organization-AuthAs", Index: 1}, {Name: "x-ms-exchange-organization-scl", Index: 1},
		{Name: "X-MS-Exchange-Organization-SCL", Index: 2}, {Name: "X-SEKIMORI", Index: 3},
	}
	if diff := cmp.Diff(want, Forged(h)); diff != "" {
		t.Error(diff)
	}
	if got := Forged(policy.Header{{Name: "Received"}, {Name: "X-Mailer"}}); got != nil {
		t.Errorf("nothing is forged: %v", got)
	}
}

func FuzzForged(f *testing.F) {
	for _, s := range []string{"X-Sekimori", "Ｘ-Ｓekimori", "X-MS-Exchange-Organization-SCL\x00", "\xff"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		h := policy.Header{{Name: name}, {Name: "x-sekimori"}, {Name: name}}
		got := Forged(h)
		if len(got) != 1 && len(got) != 3 {
			t.Fatalf("%q: %v", name, got)
		}
	})
}

func BenchmarkForged(b *testing.B) {
	h := policy.Header{}
	for _, n := range []string{"Received", "DKIM-Signature", "X-Google-DKIM-Signature", "X-Gm-Message-State", "X-Received", "MIME-Version", "From", "Date", "Message-ID", "Subject", "To", "Content-Type", "X-Mailer"} {
		h = append(h, policy.Field{Name: n})
	}
	b.ReportAllocs()
	for b.Loop() {
		Forged(h)
	}
}
