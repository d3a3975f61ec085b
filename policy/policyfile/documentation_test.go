package policyfile

import (
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
)

// manual returns docs/configuration.md by section: the text under each "## [name]" or "## [[name]]".
func manual(t *testing.T) (whole string, sections map[string]string) {
	data, err := os.ReadFile("../../docs/configuration.md")
	if err != nil {
		t.Fatal(err)
	}
	sections = make(map[string]string)
	for _, s := range strings.Split(string(data), "\n## ")[1:] {
		head, body, _ := strings.Cut(s, "\n")
		sections[strings.Trim(head, "[]")] = body
	}
	return string(data), sections
}

func TestExamplesInTheManualCanBeRead(t *testing.T) {
	whole, _ := manual(t)
	blocks := strings.Split(whole, "```toml\n")[1:]
	if len(blocks) < 5 {
		t.Fatalf("%d examples", len(blocks))
	}
	for _, b := range blocks {
		b, _, _ = strings.Cut(b, "```")
		if _, problems := Read("example", []byte(b)); problems.Failed() {
			t.Errorf("%s", problems)
		}
	}
}

func TestManualNamesEveryKey(t *testing.T) {
	_, sections := manual(t)
	for section, keys := range schema() {
		if sections[section] == "" {
			t.Errorf("no section %s", header(section))
		}
		if section == "suspicion.weights" {
			continue // docs/indicators.md has the indicators
		}
		for _, k := range keys {
			if section == "spoof.override" && strings.Contains(k, ".") {
				continue // one row stands for them all
			}
			if !strings.Contains(sections[section], "\n| `"+k+"` |") {
				t.Errorf("%s has no row for %s", header(section), k)
			}
		}
	}
	if len(sections) != len(schema()) {
		t.Errorf("%d sections, wanted %d", len(sections), len(schema()))
	}
}

// TestManualStatesTheDefaults reads every default of the manual as if it were written, which must change nothing.
func TestManualStatesTheDefaults(t *testing.T) {
	_, sections := manual(t)
	row := regexp.MustCompile("(?m)^\\| `([a-z_.]+)` \\| `([^`]*)` \\|")
	var file strings.Builder
	n := 0
	for section, text := range sections {
		if repeated(section) {
			continue
		}
		file.WriteString("[" + section + "]\n")
		for _, m := range row.FindAllStringSubmatch(text, -1) {
			file.WriteString(m[1] + " = " + m[2] + "\n")
			n++
		}
	}
	total := 0
	for section, keys := range schema() {
		if !repeated(section) && section != "suspicion.weights" {
			total += len(keys)
		}
	}
	if n != total-1 { // public_suffixes depends on spoof.protected
		t.Errorf("%d defaults, wanted %d", n, total-1)
	}
	if d := cmp.Diff(must(t, "[spoof]\n[suspicion]\n[auto_reply]\n[reply_guard]\n"), must(t, file.String()), comparable, cmpopts.EquateEmpty()); d != "" {
		t.Errorf("a default is not that of the manual: %s", d)
	}
}
