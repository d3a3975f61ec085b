package suspicion

import (
	"os"
	"slices"
	"strings"
	"testing"

	"golang.org/x/tools/txtar"

	"sekimori/policy"
)

// TestHonestLinks reads whole honest mails, facts beside them as in the other fixtures. What little is found in them stands in the
// section hits; -update writes it, and whoever does asks himself why.
func TestHonestLinks(t *testing.T) {
	const path = "testdata/honest/links.txtar"
	ar, err := txtar.ParseFile(path)
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]string{}
	var want, got string
	for _, f := range ar.Files {
		if m, ok := strings.CutSuffix(f.Name, ".facts"); ok {
			facts[m] = string(f.Data)
		}
		if f.Name == "hits" {
			want = string(f.Data)
		}
	}
	for _, f := range ar.Files {
		if strings.HasSuffix(f.Name, ".facts") || f.Name == "hits" {
			continue
		}
		in, p, err := input(facts[f.Name], f.Data)
		if err != nil {
			t.Fatalf("%s: %v", f.Name, err)
		}
		sum := policy.Points(0)
		for _, h := range only(New(p), links(), words()).Assess(in).Hits {
			got += f.Name + ": " + h.Indicator + ":" + h.Points.String() + " " + h.Evidence + "\n"
			sum += h.Points
		}
		if sum > 20 {
			t.Errorf("%s: %s points", f.Name, sum)
		}
	}
	if got == want {
		return
	}
	if !*update {
		t.Errorf("found\n%swant\n%s", got, want)
		return
	}
	ar.Files = slices.DeleteFunc(ar.Files, func(f txtar.File) bool { return f.Name == "hits" })
	ar.Files = append(ar.Files, txtar.File{Name: "hits", Data: []byte(got)})
	if err := os.WriteFile(path, txtar.Format(ar), 0o644); err != nil {
		t.Fatal(err)
	}
}
