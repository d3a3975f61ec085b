package mail

import (
	"testing"

	"sekimori/policy"
)

func TestOrganisation(t *testing.T) {
	for d, want := range map[policy.Domain]policy.Domain{
		"":                      "",
		"mof.go.jp":             "mof.go.jp",
		"mail.kantou.mof.go.jp": "mof.go.jp",
		"go.jp":                 "go.jp",
		"jp":                    "jp",
		"a.example.co.jp":       "example.co.jp",
		"x.y.example.com":       "example.com",
		"city.chiyoda.tokyo.jp": "city.chiyoda.tokyo.jp",
		"host.nowhere.test":     "nowhere.test",
	} {
		if got := Organisation(d); got != want {
			t.Errorf("%s: %s, want %s", d, got, want)
		}
	}
}
