package policy

import "testing"

// TestPerson: the text stands hashed in stores and ledgers, and must stay what it is.
func TestPerson(t *testing.T) {
	for a, want := range map[Address]string{
		{Local: "hanako", Domain: "mof.example"}:        "hanako@mof.example",
		{Local: "Hanako.YAMADA", Domain: "mof.example"}: "hanako.yamada@mof.example",
		{Local: "Hanako+List+x", Domain: "mof.example"}: "hanako@mof.example",
		{Local: "+detail", Domain: "mof.example"}:       "@mof.example",
		{Local: "hanako-detail", Domain: "mof.example"}: "hanako-detail@mof.example",
		{Local: "a@b", Domain: "mof.example"}:           "a@b@mof.example",
		{Local: "hanako"}:                               "hanako@",
		{}:                                              "@",
	} {
		if got := a.Person(); got != want {
			t.Errorf("%+v is %q, wanted %q", a, got, want)
		}
	}
}
