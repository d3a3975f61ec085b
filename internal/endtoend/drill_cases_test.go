//go:build linux && endtoend

package endtoend

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// drillCases are what no version may get wrong about drills, and the tests that hold it. TestDrill and TestDrillKilled see most
// of it together; the others take it apart.
var drillCases = []struct {
	must  string
	tests []string // file, then the test in it; a script is a test itself
}{
	{"a visit before the mail was sent is a machine's and no person's", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/drill/imports/judge_test.go TestMachines"}},
	{"two openings, two clicks and a form are one person who opened and one who typed", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/drill/imports/judge_test.go TestPersonCountsOnce"}},
	{"what was typed stands in no file, log or metric", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/drill/imports/reject_test.go TestNothingTyped",
		"cmd/sekimori/webhook_test.go TestWebhookKeepsNothingTyped", "cmd/sekimori/testdata/script/drill_import.txtar"}},
	{"the same events give the same totals by webhook, API and file", []string{
		"internal/endtoend/drill_test.go TestDrill", "cmd/sekimori/webhook_test.go TestWebhookAndAPI"}},
	{"what several gateways are told by the webhook counts once, and what one of them acknowledged is counted although it was killed", []string{
		"internal/endtoend/drill_webhooks_test.go TestDrillWebhooks", "cmd/sekimori/drill_import_mark_test.go TestTwoWebhooks"}},
	{"what was acknowledged is counted after kill -9; what is torn is told or left out, never counted wrongly", []string{
		"internal/endtoend/drill_killed_test.go TestDrillKilled", "cmd/sekimori/testdata/script/drill_gateway.txtar",
		"internal/store/bookfile_test.go TestBookKilled", "internal/store/bookfile_test.go TestBookDamaged"}},
	{"no token, a forged one, the right one from a wrong address, an expired one, one out of its window: not exempt, each with its reason", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/drill/recognise_test.go TestRecognise", "policy/examine/drill_recognise_test.go TestDrillRecognition"}},
	{"twelve bodies give 10.1 % (1.1–23.8) and 3.1 % (0.4–6.1)", []string{
		"policy/drill/report_test.go TestPublishedNumbers"}},
	{"a number of two persons is printed nowhere, and cannot be derived", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/drill/report_test.go TestSmallNumbersAreInNoReport",
		"policy/drill/report_test.go TestSmallNumbersThatStandAlone", "metrics/drill_hidden_test.go TestDrillGaugesAlone",
		"policy/drill/suppress_test.go TestHiddenCannotBeDerived"}},
	{"an automatic reply to the drill is stopped and counted, a report of delivery is neither", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/examine/drill_answer_test.go TestDrillAnswers"}},
	{"a report counts once: attached, quoted, read or unread", []string{
		"internal/endtoend/drill_test.go TestDrill", "policy/examine/drill_report_test.go TestDrillReports",
		"policy/drill/imports/report_test.go TestReportsCountOnce"}},
	{"'=ministry-a of a spreadsheet is =ministry-a", []string{
		"policy/drill/imports/source_test.go TestOrganisationFromAnotherFile", "policy/drill/counts_test.go TestReadCounts"}},
	{"a SERVFAIL of the survey is not \"no\"", []string{
		"policy/survey/measure_test.go TestUnknownEverywhere", "policy/survey/report_test.go TestSeries"}},
}

// The tests are where the table says.
func TestDrillCases(t *testing.T) {
	for _, c := range drillCases {
		for _, where := range c.tests {
			file, name, _ := strings.Cut(where, " ")
			text, err := os.ReadFile("../../" + file)
			if err != nil {
				t.Errorf("%s: %v", c.must, err)
			} else if name != "" && !regexp.MustCompile(`(?m)^func `+name+`\(t \*testing\.T\)`).Match(text) {
				t.Errorf("%s: there is no %s in %s", c.must, name, file)
			}
		}
	}
}
