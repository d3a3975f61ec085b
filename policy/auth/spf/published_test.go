package spf

import "testing"

func TestPublished(t *testing.T) {
	for _, tt := range []struct {
		record string
		want   Published
		terms  int
	}{
		{"v=spf1", Published{}, 0},
		{"v=spf1 -all", Published{All: Fail}, 1},
		{"v=spf1 all", Published{Anyone: true, All: Pass}, 1},
		{"v=spf1 ip4:192.0.2.0/24 ip4:192.0.2.128/25 ~all", Published{IPv4: 256, All: SoftFail}, 3},
		{"v=spf1 -ip4:192.0.2.0/25 ip4:192.0.2.0/24 ?all", Published{IPv4: 128, All: Neutral}, 3},
		{"v=spf1 -all ip4:192.0.2.0/24", Published{All: Fail}, 1},
		{"v=spf1 ip4:0.0.0.0/0", Published{IPv4: 1 << 32, Anyone: true}, 1},
		{"v=spf1 ip4:0.0.0.0/1 ip4:128.0.0.0/1 a/1 -all", Published{IPv4: 1 << 32, All: Fail}, 4},
		{"v=spf1 ip6:2000::/3 -all", Published{Anyone: true, All: Fail}, 2},
		{"v=spf1 ip6:2000::/4 -all", Published{All: Fail}, 2},
		{"v=spf1 a -all", Published{All: Fail}, 2},
		{"v=spf1 a/24 mx/16 -all", Published{IPv4: 256 + 65536, All: Fail}, 3},
		{"v=spf1 -mx/16 -all", Published{All: Fail}, 2},
		{"v=spf1 a/0 -all", Published{IPv4: 1 << 32, Anyone: true, All: Fail}, 2},
		{"v=spf1 mx//3 -all", Published{Anyone: true, All: Fail}, 2},
		{"v=spf1 exists:example.com -all", Published{Anyone: true, All: Fail}, 2},
		{"v=spf1 exists:%{i}.example.com -all", Published{All: Fail}, 2},
		{"v=spf1 -exists:example.com -all", Published{All: Fail}, 2},
	} {
		r, mistakes := Read(tt.record)
		if len(mistakes) > 0 {
			t.Fatalf("%s: %v", tt.record, mistakes)
		}
		if got := r.Published(); got != tt.want {
			t.Errorf("%s: %+v, want %+v", tt.record, got, tt.want)
		}
		if got := len(r.Effective()); got != tt.terms {
			t.Errorf("%s: %d effective terms, want %d", tt.record, got, tt.terms)
		}
	}
}
