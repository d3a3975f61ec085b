package main

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"sekimori/policy/survey"
)

// The page about the survey shows flags, checks, states and series that exist, and every one of them.
func TestSurveyPage(t *testing.T) {
	text := page(t, "docs/survey.md")
	var help strings.Builder
	for _, word := range []string{"run", "report"} {
		sekimori([]string{"survey", word, "--help"}, streams{strings.NewReader(""), &help, &help})
	}
	flags := func(s string) map[string]bool {
		found := map[string]bool{}
		for _, f := range regexp.MustCompile(`--[a-z][a-z-]*`).FindAllString(s, -1) {
			found[f] = true
		}
		delete(found, "--help")
		return found
	}
	shown, there := flags(text), flags(help.String())
	for f := range shown {
		if !there[f] {
			t.Errorf("there is no %s", f)
		}
	}
	for f := range there {
		if !shown[f] {
			t.Errorf("%s is not described", f)
		}
	}
	for _, c := range survey.Checks() {
		if !strings.Contains(text, "| `"+string(c)+"` |") {
			t.Errorf("the check %s is not described", c)
		}
	}
	for _, s := range survey.States() {
		if !strings.Contains(text, string(s)) {
			t.Errorf("the state %s is not described", s)
		}
	}
	gauges, err := os.ReadFile("../../policy/survey/testdata/series.prom")
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range regexp.MustCompile(`(?m)^# TYPE sekimori_survey(_\S+) gauge`).FindAllSubmatch(gauges, -1) {
		if !strings.Contains(text, string(m[1])) {
			t.Errorf("the series %s is not described", m[1])
		}
	}
}
