package main

import (
	"strings"
	"testing"

	"sekimori/policy"
)

// What lowers a score is said, and what keeps it from being lowered.
func TestCapped(t *testing.T) {
	trust := func(points ...policy.Points) (hits []policy.Hit) {
		for _, p := range points {
			hits = append(hits, policy.Hit{Family: policy.FamilyTrust, Points: p})
		}
		return hits
	}
	s := policy.DefaultSuspicion()
	for _, tt := range []struct {
		points policy.Points
		hits   []policy.Hit
		want   string
	}{
		{-40, trust(-40), ""},
		{-50, trust(-40, -30), "of -7: the cap is 5"},
		{-10, trust(-40), "of -4: a dangerous file"},
		{0, trust(-40, -30), "of -7: a dangerous file"},
	} {
		got := explanation{}.capped(&s, policy.FamilyTrust, tt.points, tt.hits)
		if !strings.Contains(got, tt.want) || tt.want == "" && got != "" {
			t.Errorf("%s of %v: %q, want %q", tt.points, tt.hits, got, tt.want)
		}
	}
}
