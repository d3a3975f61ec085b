package bulletin

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
)

// TestManual holds the table of types in the manual against what is read.
func TestManual(t *testing.T) {
	text, err := os.ReadFile("../../docs/operations.md")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(text), "## Bulletins\n")
	section, _, _ = strings.Cut(section, "\n## ")
	_, table, ok := strings.Cut(section, "|---|---|---|\n")
	if !ok {
		t.Fatal("there is no table")
	}
	table, _, _ = strings.Cut(table, "\n\n")
	row := regexp.MustCompile("(?m)^\\| `([a-z0-9_]+)` \\| (.*?) \\| ")
	words := regexp.MustCompile("`([^`]+)`")
	var kinds []policy.BulletinKind
	for _, m := range row.FindAllStringSubmatch(strings.ReplaceAll(table, "| |", "| - |"), -1) {
		kind := policy.BulletinKind(m[1])
		kinds = append(kinds, kind)
		for _, w := range append(words.FindAllStringSubmatch(strings.ReplaceAll(m[2], `\|`, "|"), -1), []string{"", m[1]}) {
			if got, ok := meaningOf(w[1]); !ok || got.why != "" || got.kinds[0] != kind {
				t.Errorf("%s is said to be %s and is %v", w[1], kind, got)
			}
		}
	}
	if !slices.Equal(kinds, policy.BulletinKinds()) {
		t.Errorf("the table has %v, wanted %v", kinds, policy.BulletinKinds())
	}
	for _, shown := range []string{"google.com serves everyone: honest mail would be hit", "type md5 cannot be used: " + whyHash} {
		if !strings.Contains(section, shown) {
			t.Errorf("the manual does not show %q", shown)
		}
	}
}
