package policyfile

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"sekimori/policy"
)

// examples is the directory of policies that administrators start from.
const examples = "../../contrib/examples"

// beside reads the files of an example, and makes up the keys, which an example cannot hold.
type beside struct{}

func (beside) ReadFile(name string, most int64) ([]byte, error) {
	data, err := os.ReadFile(name)
	if int64(len(data)) > most {
		err = fmt.Errorf("larger than %d octets", most)
	}
	return data, err
}

func (beside) ReadSecret(string, int64) ([]byte, error) { return []byte(strings.Repeat("k", 32)), nil }

// TestExamples reads every policy of contrib/examples with its files: nothing is wrong, and nothing is odd.
func TestExamples(t *testing.T) {
	n := 0
	err := filepath.WalkDir(examples, func(name string, d os.DirEntry, err error) error {
		if err != nil || filepath.Ext(name) != ".toml" {
			return err
		}
		n++
		data, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		at := time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC)
		if strings.Contains(name, "/drill/") { // its windows are those of 2011
			at = time.Date(2011, 11, 22, 0, 0, 0, 0, time.UTC)
		}
		if _, problems := ReadAt(name, data, at, beside{}); len(problems) > 0 {
			t.Errorf("%s", problems)
		}
		return nil
	})
	if err != nil || n < 2 {
		t.Errorf("%d examples, %v", n, err)
	}
}

// The policy of the ministry has every rule, each enforcing.
func TestMinistryHasEveryRule(t *testing.T) {
	name := examples + "/ministry/sekimori.toml"
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	p, problems := ReadAt(name, data, time.Time{}, beside{})
	if p == nil {
		t.Fatalf("%s", problems)
	}
	for rule, mode := range map[policy.Rule]policy.Mode{policy.RuleSpoof: p.Spoof.Mode, policy.RuleSuspicion: p.Suspicion.Mode,
		policy.RuleBulletin: p.Bulletins[0].Mode, policy.RuleAutoReply: p.AutoReply.Mode, policy.RuleReplyGuard: p.ReplyGuard.Mode} {
		if mode != policy.ModeEnforce {
			t.Errorf("%s: %s", rule, mode)
		}
	}
	if len(p.Drills) != 1 || len(p.Drills[0].Rounds) != 2 || p.Drills[0].Rounds[1].Mode != policy.DrillExempt {
		t.Errorf("drills: %+v", p.Drills)
	}
	if l := p.Suspicion.Lists; len(l.People) != 3 || l.People[2].Addresses == nil {
		t.Errorf("people: %+v", l.People)
	}
	if len(p.Bulletins[0].Indicators) != 5 {
		t.Errorf("indicators: %+v", p.Bulletins[0].Indicators)
	}
	for section := range schema() {
		if !strings.Contains(string(data), "\n"+header(section)+"\n") && section != "limits" && section != "suspicion.caps" && section != "suspicion.limits" &&
			section != "suspicion.weights" {
			t.Errorf("%s is not there", header(section))
		}
	}
}
