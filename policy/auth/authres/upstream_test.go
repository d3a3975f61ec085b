package authres

import (
	"strings"
	"testing"

	"github.com/emersion/go-msgauth/authres"
)

// TestUpstream holds the differences from go-msgauth v0.7.0 in reading that docs/upstream.md lists: fields that a reader
// of RFC 8601 takes for those of mx.example.
func TestUpstream(t *testing.T) {
	for name, tt := range map[string]struct {
		value, id string // id as the library reads it; "" for an error
	}{
		"plain":               {" mx.example; spf=pass", "mx.example"},
		"version":             {" mx.example 1; spf=pass", "mx.example"},
		"comment behind":      {" mx.example (c); spf=pass", ""},
		"comment before":      {" (c) mx.example; spf=pass", ""},
		"quoted":              {` "mx.example"; spf=pass`, `"mx.example"`},
		"comment in no blank": {" mx.example(c); spf=pass", "mx.example(c)"},
	} {
		if !Claims(tt.value, []string{"mx.example"}) {
			t.Errorf("%s: not ours", name)
		}
		if id, _, _ := authres.Parse(strings.TrimSpace(tt.value)); id != tt.id {
			t.Errorf("%s: the library reads the id %q, want %q", name, id, tt.id)
		}
	}
}

// TestUpstreamFormat shows what the library drops.
func TestUpstreamFormat(t *testing.T) {
	for want, r := range map[string]authres.Result{
		"mx.example; auth=pass smtp.auth=a": &authres.AuthResult{Value: "pass", Reason: "lost", Auth: "a"},
		"mx.example; =pass ":                &authres.ARCResult{Value: "pass"},
	} {
		if got := authres.Format("mx.example", []authres.Result{r}); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
