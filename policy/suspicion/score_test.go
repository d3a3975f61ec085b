package suspicion

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"
)

// TestScores reads whole mails, targeted and honest, with facts as in the other fixtures, and holds what all indicators come to. A section is
// named after the level that is wanted, none, caution or warning, and what the mail is. Section scores has the sum and every hit; -update writes it.
func TestScores(t *testing.T) {
	files, err := filepath.Glob("testdata/score/*.txtar")
	if err != nil || len(files) == 0 {
		t.Fatal(files, err)
	}
	for _, path := range files {
		t.Run(strings.TrimSuffix(filepath.Base(path), ".txtar"), func(t *testing.T) { scores(t, path) })
	}
}

func scores(t *testing.T, path string) {
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{}
	var want, got string
	assessor := New(fixturePolicy())
	for _, f := range ar.Files {
		if m, ok := strings.CutSuffix(f.Name, ".facts"); ok {
			facts[m] = string(f.Data)
		}
		if f.Name == "scores" {
			want = string(f.Data)
		}
	}
	for _, f := range ar.Files {
		if strings.HasSuffix(f.Name, ".facts") || f.Name == "scores" {
			continue
		}
		in, p, err := input(string(ar.Comment)+"\n"+facts[f.Name], f.Data)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		a := assessor.Assess(in)
		score, _ := p.Suspicion.Assess(p, in.Message, &a)
		if !strings.HasPrefix(f.Name, string(score.Level)+"-") {
			t.Errorf("%s is %s with %s points: %v", f.Name, score.Level, score.Total, a.Hits)
		}
		got += fmt.Sprintf("%s: %s\n", f.Name, score.Total)
		for _, h := range a.Hits {
			got += fmt.Sprintf("\t%s:%s %s\n", h.Indicator, h.Points, h.Evidence)
		}
	}
	if got == want {
		return
	}
	if !*update {
		t.Errorf("found\n%swant\n%s", got, want)
		return
	}
	ar.Files = slices.DeleteFunc(ar.Files, func(f txtar.File) bool { return f.Name == "scores" })
	ar.Files = append(ar.Files, txtar.File{Name: "scores", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}
