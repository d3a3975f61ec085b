package policy

import (
	"fmt"
	"slices"
	"strings"
	"testing"
)

func TestSuspicionHeader(t *testing.T) {
	finding := func(n int, evidence string) Finding {
		return Finding{Name: fmt.Sprintf("indicator_%d", n), Points: 15, Evidence: evidence}
	}
	many := func(n int) (all []Finding) {
		for i := range n {
			all = append(all, finding(i, ""))
		}
		return all
	}
	for _, tt := range []struct {
		name     string
		findings []Finding
		want     string // unfolded
	}{
		{"evidence", []Finding{finding(1, "a~b")}, "level=caution; score=5; v=1; ind=indicator_1:1.5[a~b]"},
		{"two", []Finding{finding(1, ""), finding(2, "")}, "level=caution; score=5; v=1; ind=indicator_1:1.5, indicator_2:1.5"},
		{"not whole", []Finding{finding(1, ""), {Name: FindingIncomplete, Evidence: "parts text"}}, "level=caution; score=5; v=1; ind=indicator_1:1.5, not_fully_examined[parts%20text]"},
		{"foreign octets", []Finding{finding(1, "a\r\nX: b\x00[]%;,\"()\\総")}, "level=caution; score=5; v=1; ind=indicator_1:1.5[a%0D%0AX:%20b%00%5B%5D%25%3B%2C%22%28%29%5C%E7%B7%8F]"},
		{"evidence at its limit", []Finding{finding(1, strings.Repeat("x", maxHeaderEvidence))}, "level=caution; score=5; v=1; ind=indicator_1:1.5[" + strings.Repeat("x", maxHeaderEvidence) + "]"},
		{"evidence above it", []Finding{finding(1, strings.Repeat("x", maxHeaderEvidence+1))}, "level=caution; score=5; v=1; ind=indicator_1:1.5[" + strings.Repeat("x", maxHeaderEvidence) + "]"},
		{"no triple is cut", []Finding{finding(1, strings.Repeat("x", maxHeaderEvidence-2)+"%")}, "level=caution; score=5; v=1; ind=indicator_1:1.5[" + strings.Repeat("x", maxHeaderEvidence-2) + "]"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			got := suspicionValue(Score{Total: 50, Level: LevelCaution}, tt.findings)
			if s := strings.TrimSpace(strings.ReplaceAll(got, "\n\t", " ")); s != tt.want {
				t.Errorf("%s\nwant %s", s, tt.want)
			}
			written(t, got)
		})
	}
	for n, more := range map[int]string{maxHeaderHits: "", maxHeaderHits + 1: "; more=1"} {
		got := strings.ReplaceAll(suspicionValue(Score{Level: LevelCaution}, many(n)), "\n\t", " ")
		if strings.Count(got, "indicator_") != maxHeaderHits || !strings.HasSuffix(got, fmt.Sprintf("indicator_%d:1.5%s", maxHeaderHits-1, more)) {
			t.Errorf("%d indicators: %s", n, got)
		}
	}
}

// written holds that a value is printable ASCII, folded before it is too long.
func written(t *testing.T, value string) {
	t.Helper()
	for line := range strings.SplitSeq(SuspicionHeader+":"+value, "\n") {
		if len(line) > maxHeaderLine && strings.Count(strings.TrimSpace(line), " ") > 0 {
			t.Errorf("a line of %d octets: %q", len(line), line)
		}
		for _, c := range []byte(line) {
			if c != '\t' && (c < ' ' || c > '~') {
				t.Errorf("%#x in %q", c, line)
			}
		}
	}
}

// FuzzSuspicionHeader holds that no evidence breaks the field.
func FuzzSuspicionHeader(f *testing.F) {
	f.Add("総務省 -> x.cn", 3)
	f.Add("\r\n\r\nX: y\x00\xff%%[]", 40)
	f.Fuzz(func(t *testing.T, evidence string, n int) {
		if n < 1 || n > 100 {
			n = 1
		}
		all := slices.Repeat([]Finding{{Name: "indicator", Points: 5, Evidence: evidence}}, n)
		got := suspicionValue(Score{Level: LevelNone}, all)
		written(t, got)
		if strings.Count(got, "\n") != strings.Count(got, "\n\t") || len(got) > 32<<10 {
			t.Fatalf("%q", got)
		}
	})
}
