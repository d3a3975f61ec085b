package dmarc

import (
	"fmt"
	"net"
	"testing"

	"github.com/emersion/go-msgauth/dmarc"
)

// TestUpstream holds each difference from go-msgauth v0.7.0 that docs/upstream.md lists, so that the page says what is so.
func TestUpstream(t *testing.T) {
	for name, tt := range map[string]struct {
		txt     string
		ours    string // the record as it is read; "" for none
		library string // p= as the library reads it; "" for an error
	}{
		"value in another case":    {"v=DMARC1; p=Reject", "v=DMARC1; p=reject", ""},
		"name in another case":     {"v=DMARC1; P=reject", "v=DMARC1; p=reject", ""},
		"mistake in adkim":         {"v=DMARC1; p=reject; adkim=strict", "v=DMARC1; p=reject", ""},
		"mistake in pct":           {"v=DMARC1; p=reject; pct=x", "v=DMARC1; p=reject", ""},
		"mistake in ri":            {"v=DMARC1; p=reject; ri=x", "v=DMARC1; p=reject", ""},
		"tag without equals sign":  {"v=DMARC1; p=reject; foo", "v=DMARC1; p=reject", ""},
		"p missing with rua":       {"v=DMARC1; rua=mailto:a@b.example", "v=DMARC1 (p is missing, usable: true)", ""},
		"v is not first":           {"p=reject; v=DMARC1", "", "reject"},
		"p twice":                  {"v=DMARC1; p=none; p=reject", "v=DMARC1 (p is not valid, usable: false)", "reject"},
		"tags of RFC 9989 dropped": {"v=DMARC1; p=reject; np=none; psd=n; t=y", "v=DMARC1; p=reject; np=none; psd=n; t=y", "reject"},
	} {
		ours := ""
		if r, ok := Parse(tt.txt); ok {
			ours = r.String()
		}
		if ours != tt.ours {
			t.Errorf("%s: %q, want %q", name, ours, tt.ours)
		}
		library := ""
		if r, err := dmarc.Parse(tt.txt); err == nil {
			library = string(r.Policy)
		}
		if library != tt.library {
			t.Errorf("%s: the library reads %q, want %q", name, library, tt.library)
		}
	}
}

// TestUpstreamLookup shows what the library makes of several records, and of a failure that another error wraps.
func TestUpstreamLookup(t *testing.T) {
	r, err := dmarc.LookupWithOptions("example.com", &dmarc.LookupOptions{LookupTXT: func(string) ([]string, error) {
		return []string{"v=DMARC1; p=none", "v=DMARC1; p=reject"}, nil
	}})
	if err != nil || r.Policy != dmarc.PolicyNone {
		t.Errorf("two records: %v, %v", r, err)
	}
	_, err = dmarc.LookupWithOptions("example.com", &dmarc.LookupOptions{LookupTXT: func(string) ([]string, error) {
		return nil, fmt.Errorf("asking: %w", &net.DNSError{IsTemporary: true})
	}})
	if err == nil || dmarc.IsTempFail(err) {
		t.Errorf("a wrapped failure counts as temporary: %v", err)
	}
}
