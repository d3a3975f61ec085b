package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

// walkHeading begins the part of docs/drill.md whose commands are run here, one block after the other in one shell.
const walkHeading = "\n## A drill to try\n"

// TestDrillWalk does what the page tells a newcomer to do, and gets what the page shows.
func TestDrillWalk(t *testing.T) {
	for _, program := range []string{"sh", "openssl"} {
		if _, err := exec.LookPath(program); err != nil {
			if os.Getenv("CI") != "" {
				t.Fatal(err)
			}
			t.Skip(err)
		}
	}
	_, text, found := strings.Cut(page(t, "docs/drill.md"), walkHeading)
	if !found {
		t.Fatalf("docs/drill.md has no part %q", walkHeading)
	}
	text, _, _ = strings.Cut(text, "\n## ")
	dir := t.TempDir()
	scratch := filepath.Join(dir, "try")
	here := func(s string) string { return strings.ReplaceAll(s, "/tmp/sekimori-drill", scratch) }

	script, n := "set -eu\n", 0
	for _, b := range regexp.MustCompile("(?s)```sh\n(.*?)```").FindAllStringSubmatch(text, -1) {
		n++
		script += here(b[1])
	}
	shown := regexp.MustCompile("(?s)```text\n(.*?)```").FindAllStringSubmatch(text, -1)
	if n < 4 || len(shown) < 3 {
		t.Fatalf("%d blocks of commands, %d of what they print", n, len(shown))
	}
	run := "cd repo\nexec sh walk.sh\ncp stdout out\n"
	if err := os.WriteFile(filepath.Join(dir, "walk.txtar"), []byte(run), 0o600); err != nil {
		t.Fatal(err)
	}
	var printed string
	testscript.Run(t, testscript.Params{
		Files:               []string{filepath.Join(dir, "walk.txtar")},
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			repo := filepath.Join(e.WorkDir, "repo")
			for _, name := range []string{"sekimori.toml", "sample.eml", "dns.zone", "events1.csv", "events2.csv"} {
				to := filepath.Join(repo, "contrib/examples/drill", name)
				if err := os.MkdirAll(filepath.Dir(to), 0o700); err != nil {
					return err
				}
				if err := os.WriteFile(to, []byte(here(page(t, "contrib/examples/drill/"+name))), 0o600); err != nil {
					return err
				}
			}
			e.Defer(func() {
				out, _ := os.ReadFile(filepath.Join(repo, "out"))
				printed = string(out)
			})
			return os.WriteFile(filepath.Join(repo, "walk.sh"), []byte(script), 0o600)
		},
	})
	t.Cleanup(func() {
		for _, b := range shown {
			for part := range strings.SplitSeq(here(b[1]), "…\n") { // what is left out
				if !strings.Contains(printed, part) {
					t.Errorf("the page shows\n%s\nand the commands print\n%s", part, printed)
				}
			}
		}
	})
}
