package suspicion

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"sekimori/policy"
)

// document is the page whose end is the table of indicators.
const document = "../../docs/indicators.md"

// TestDocument holds the page to the indicators; -update writes the end of it.
func TestDocument(t *testing.T) {
	page, err := os.ReadFile(document)
	if err != nil {
		t.Fatal(err)
	}
	const heading = "## The indicators\n\n"
	prose, got, ok := strings.Cut(string(page), heading)
	if !ok {
		t.Fatalf("%s has no heading %q", document, heading)
	}
	want := tables()
	if got == want {
		return
	}
	if !*update {
		t.Errorf("%s does not list the indicators as they are; -update writes them", document)
		return
	}
	if err := os.WriteFile(document, []byte(prose+heading+want), 0o644); err != nil {
		t.Fatal(err)
	}
}

// tables writes a table of each family.
func tables() string {
	titles := map[policy.Family]string{
		policy.FamilyIdentity: "Who it says it is from", policy.FamilyLink: "Where links lead", policy.FamilyAttachment: "What is attached",
		policy.FamilyText: "What the text says", policy.FamilyMeta: "The rest of the header", policy.FamilyContact: "First contact",
		policy.FamilyTrust: "What speaks for the sender",
	}
	var b strings.Builder
	for n, family := range policy.Families() {
		if n > 0 {
			b.WriteString("\n")
		}
		fmt.Fprintf(&b, "### %s (`%s`)\n\n| name | weight | found when | source |\n|---|---|---|---|\n", titles[family], family)
		for _, i := range Indicators() {
			if i.Family != family {
				continue
			}
			found := strings.TrimSuffix(i.Definition, ".")
			if i.Replaces != "" {
				found += "; replaces `" + i.Replaces + "`"
			}
			fmt.Fprintf(&b, "| `%s` | %s | %s | %s |\n", i.Name, i.Points, found, i.Source)
		}
	}
	return b.String()
}
