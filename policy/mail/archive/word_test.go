package archive

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestWords finds every beginning at every place, in either case, and nothing else.
func TestWords(t *testing.T) {
	for _, p := range vbaWords.prefixes {
		for _, word := range []string{p, strings.ToUpper(p)} {
			for at := range 20 {
				b := []byte(strings.Repeat("a", at) + word)
				if got := vbaWords.next(b, 0); got != at {
					t.Errorf("%q at %d: %d", word, at, got)
				}
				if got := vbaWords.next(b[:len(b)-1], 0); got != -1 {
					t.Errorf("%q at %d, without its end: %d", word, at, got)
				}
				if got := vbaWords.next(b, at+1); got != -1 {
					t.Errorf("%q at %d, behind it: %d", word, at, got)
				}
			}
		}
	}
	g := rand.New(rand.NewPCG(13, 14))
	for range 300 {
		b := make([]byte, 500)
		for i := range b {
			b[i] = "autoexecpnewlsdcmkbri_\x00\x13 "[g.IntN(25)]
		}
		for range 5 {
			copy(b[g.IntN(490):], vbaWords.prefixes[g.IntN(len(vbaWords.prefixes))])
		}
		at := -1
		for {
			want := -1
			for i := at + 1; i+wordPrefix <= len(b) && want < 0; i++ {
				if vbaWords.begins(b[i : i+wordPrefix]) {
					want = i
				}
			}
			if got := vbaWords.next(b, at+1); got != want {
				t.Fatalf("%q from %d: %d, want %d", b, at+1, got, want)
			}
			if at = want; at < 0 {
				break
			}
		}
	}
}
