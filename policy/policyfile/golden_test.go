package policyfile

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestMistakes reads each testdata/*.txtar: a policy.toml with a mistake, and the words in which it is told.
func TestMistakes(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatalf("no golden files: %v", err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txtar"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			a := txtar.Parse(data)
			input := unescape(part1(t, a, "policy.toml"))
			p, problems := ReadAt("policy.toml", input, time.Date(2026, 11, 22, 0, 0, 0, 0, time.UTC), archive{a})
			if (p == nil) != problems.Failed() {
				t.Errorf("policy %v, failed %v", p, problems.Failed())
			}
			if len(problems) == 0 {
				t.Error("nothing was told")
			}
			got := []byte(problems.String())
			if *update {
				a.Files = slices.DeleteFunc(a.Files, func(f txtar.File) bool { return f.Name == "problems" })
				a.Files = append(a.Files, txtar.File{Name: "problems", Data: got})
				if err := os.WriteFile(file, txtar.Format(a), 0o666); err != nil {
					t.Fatal(err)
				}
				return
			}
			if want := part1(t, a, "problems"); !bytes.Equal(got, want) {
				t.Errorf("told:\n%s\nwanted:\n%s", got, want)
			}
			if s := string(got); strings.Contains(s, "policy.Cell") || strings.Contains(s, "netip.") || strings.Contains(s, "[]") && !strings.Contains(string(input), "[]") {
				t.Errorf("a message names a type of the program:\n%s", s)
			}
		})
	}
}

// archive is a policy's directory: the other files of a txtar. A secret that everyone may read is named so.
type archive struct{ *txtar.Archive }

func (a archive) ReadFile(name string, most int64) ([]byte, error) {
	for _, f := range a.Files {
		if f.Name == name && f.Name != "problems" {
			if int64(len(f.Data)) > most {
				return nil, fmt.Errorf("larger than %d octets", most)
			}
			return unescape(f.Data), nil
		}
	}
	return nil, errors.New("no such file")
}

func (a archive) ReadSecret(name string, most int64) ([]byte, error) {
	if strings.Contains(name, "everyone") {
		return nil, errors.New("everyone may read it: chmod o-rwx it")
	}
	return a.ReadFile(name, most)
}

func part1(t *testing.T, a *txtar.Archive, name string) []byte {
	t.Helper()
	for _, f := range a.Files {
		if f.Name == name {
			return f.Data
		}
	}
	t.Fatalf("no %s in the archive", name)
	return nil
}

// unescape puts octets that a text file cannot hold into an input: {BOM}, {CP932}, {UTF16}, {NUL}, {CR}.
func unescape(b []byte) []byte {
	r := strings.NewReplacer("{BOM}", "\ufeff", "{CP932}", "\x8a\xa4", "{UTF16}", "\xff\xfe", "{NUL}", "\x00", "{CR}", "\r")
	return []byte(r.Replace(string(b)))
}
