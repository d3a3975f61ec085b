package main

import (
	"bytes"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/tools/txtar"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/suspicion"
)

// What differs from run to run, and from host to host.
var (
	duration = regexp.MustCompile(`\b[0-9]+\.[0-9] ms\b`)
	host     = regexp.MustCompile(`(Authentication-Results:) \S+;`)
)

// TestExplanation compares what explain prints with testdata/explain/*.txtar. Each holds the arguments, the zone, the
// message, a policy where it is not the built-in one, and the output, which -update rewrites.
func TestExplanation(t *testing.T) {
	files, err := filepath.Glob("testdata/explain/*.txtar")
	if err != nil || len(files) < 5 {
		t.Fatalf("%d golden files, %v", len(files), err)
	}
	for _, file := range files {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			got := explain(t, a)
			if *update {
				last := len(a.Files) - 1
				if a.Files[last].Name != "want" {
					t.Fatal("the last file is not the one that is wanted")
				}
				a.Files[last].Data = got
				if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			if diff := cmp.Diff(string(a.Files[len(a.Files)-1].Data), string(got)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// explain runs the subcommand in a directory with the files of a.
func explain(t *testing.T, a *txtar.Archive) []byte {
	t.Helper()
	dir := t.TempDir()
	args := []string{"explain", "--dns", filepath.Join(dir, "dns.zone"), filepath.Join(dir, "mail.eml")}
	for _, f := range a.Files {
		switch f.Name {
		case "args":
			args = append(args, strings.Fields(string(f.Data))...)
			continue
		case "policy.toml":
			args = append(args, "--config", filepath.Join(dir, f.Name))
		}
		if err := os.WriteFile(filepath.Join(dir, f.Name), f.Data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	var out, errs bytes.Buffer
	if code := sekimori(args, streams{strings.NewReader(""), &out, &errs}); code != 0 {
		t.Fatalf("exit status %d: %s", code, &errs)
	}
	return host.ReplaceAll(duration.ReplaceAll(out.Bytes(), []byte("0.0 ms")), []byte("$1 mx.gw.test;"))
}

// Every finding has words, and no word of the program stands in for them.
func TestMeanings(t *testing.T) {
	seen := make(map[string]string)
	all := slices.Concat(policy.SpoofFindings(), policy.AutoReplyFindings(), policy.ReplyGuardFindings(), policy.BulletinFindings(),
		suspicion.Names(), []string{policy.FindingIncomplete, policy.FindingDrillRecognised})
	for _, r := range drill.Reasons() {
		all = append(all, "drill_"+string(r))
	}
	slices.Sort(all) // unexamined is a finding of each rule, and means the same
	for _, name := range slices.Compact(all) {
		m := meaning(name)
		if m == name {
			t.Errorf("%s has no words", name)
		}
		for _, c := range policy.Claims() {
			for _, cell := range policy.Cells(c) {
				if m == name || strings.HasSuffix(m, ": "+string(cell)) {
					t.Errorf("%s has no words: %s", name, m)
				}
			}
		}
		if other := seen[m]; other != "" {
			t.Errorf("%s and %s are both: %s", name, other, m)
		}
		seen[m] = name
	}
}

// Without --verbose the canonicalised header is counted, not shown.
func TestHiddenLines(t *testing.T) {
	steps := []policy.Step{{Text: "a"}, {Text: "b", Detail: true}, {Text: "c", Detail: true}, {Text: "d"}, {Text: "e", Detail: true}}
	var short, whole bytes.Buffer
	explanation{w: &short}.steps(steps)
	explanation{w: &whole, verbose: true}.steps(steps)
	if want := []string{"a", "(2 more with --verbose)", "d", "(1 more with --verbose)"}; !slices.Equal(lines(&short), want) {
		t.Errorf("%q", lines(&short))
	}
	if want := []string{"a", "b", "c", "d", "e"}; !slices.Equal(lines(&whole), want) {
		t.Errorf("%q", lines(&whole))
	}
}

func lines(b *bytes.Buffer) []string {
	var out []string
	for line := range strings.Lines(b.String()) {
		out = append(out, strings.TrimSpace(line))
	}
	return out
}
