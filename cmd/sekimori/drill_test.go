package main

import (
	"regexp"
	"strings"
	"testing"

	"sekimori/policy/drill"
)

// The page has every column and every reason, and its counts can be used as they stand.
func TestDrillPage(t *testing.T) {
	text := page(t, "docs/drill.md")
	for _, c := range drill.Columns() {
		if !strings.Contains(text, "`"+c+"`") {
			t.Errorf("the page lacks the column %s", c)
		}
	}
	for _, r := range drill.Reasons() {
		if !strings.Contains(text, "`"+string(r)+"`") {
			t.Errorf("the page lacks the reason %s", r)
		}
	}
	blocks := regexp.MustCompile("(?s)```csv\n(.*?)```").FindAllStringSubmatch(text, -1)
	if len(blocks) == 0 {
		t.Error("there are no counts in the page")
	}
	for _, b := range blocks {
		if _, mistakes := drill.ReadCounts("docs/drill.md", []byte(b[1])); len(mistakes) > 0 {
			t.Error(mistakes)
		}
	}
	// Every flag that the page shows exists.
	for _, m := range regexp.MustCompile("(?m)^sekimori drill ([a-z]+) (.*)$").FindAllStringSubmatch(text, -1) {
		var out strings.Builder
		sekimori([]string{"drill", m[1], "--help"}, streams{strings.NewReader(""), &out, &out})
		for _, flag := range regexp.MustCompile("--[a-z-]+").FindAllString(m[2], -1) {
			if !strings.Contains(out.String(), flag) {
				t.Errorf("sekimori drill %s has no flag %s", m[1], flag)
			}
		}
	}
}
