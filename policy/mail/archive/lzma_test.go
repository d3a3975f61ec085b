package archive

import (
	"encoding/base64"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// Two files that 7-Zip 16.02 wrote, with a password and without, each with a directory that is compressed.
const (
	sevenZipLocked = "N3q8ryccAARgD28RmAAAAAAAAAAiAAAAAAAAAN1SR91U6IUCCEvZ49mpW2gwwuobAACBMweuD87ysgwHsMPa919FiphISvZdw0Lliufo9RjMZXiQ8IkNEtNjX8mQbvkF4ypQJFnyIoGDQP9iyPzmSlRWp2dcmR6wMM4RearFGk9agtnqmRWr4Y7SkK/So2Qk0+9kFhyfvat6sQm1eEQB/aNhsMpo/3tnARh6lO78zqesSJ4rlAAAABcGEAEJgIgABwsBAAEjAwEBBV0AEAAADICyCgEjG3F4AAA="
	sevenZipOpen   = "N3q8ryccAATK5aVOeAAAAAAAAAAhAAAAAAAAACxTyQgBAAViCmEKYwoAAACBMweuD85vVl76Dfokg9wXd2LyF6CojWC1I69Pktf52DnfxXjepcztlzaN9uX+8pd+n7k9g22QitqYxVyuaKjsCwJUQVnVJourgoTdk9ccsTU15i2IO8LLVD2N1Hivid9sxuCGDI3pOOuwAAAXBgoBCW4ABwsBAAEjAwEBBV0AEAAADICiCgHA0tH6AAA="
)

func decoded(t testing.TB, s string) []byte {
	t.Helper()
	b, err := base64.StdEncoding.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func TestSevenZipPackedDirectory(t *testing.T) {
	for s, encrypted := range map[string]bool{sevenZipLocked: true, sevenZipOpen: false} {
		l := list(t, SevenZip, decoded(t, s), DefaultLimits())
		if got := names(l); got != "見積書.exe 見積書2.exe b.txt" && got != "b.txt 見積書.exe 見積書2.exe" && got != "b.txt 見積書2.exe 見積書.exe" {
			t.Errorf("names %q", got)
		}
		if l.Encrypted != encrypted || l.HeaderEncrypted || len(l.Problems) > 0 {
			t.Errorf("encrypted %v, %v, %v", l.Encrypted, l.HeaderEncrypted, l.Problems)
		}
	}
}

// TestSevenZipPackedLimits takes the limits of a compressed directory at their values and one below what is needed.
func TestSevenZipPackedLimits(t *testing.T) {
	b := decoded(t, sevenZipOpen)
	r := sevenZipReader{x: New(SevenZip, DefaultLimits())}
	r.write(b)
	text, ok := r.unpack()
	if !ok {
		t.Fatal("not unpacked")
	}
	f := sevenZipFields{b: r.next[2:]}
	back := len(r.tail) - int(f.number())
	for _, tt := range []struct {
		name string
		set  func(l *Limits, less int)
	}{
		{"expanded", func(l *Limits, less int) { l.Expanded = len(text) - less }},
		{"packed", func(l *Limits, less int) { l.Packed = back - less }},
	} {
		limits := DefaultLimits()
		tt.set(&limits, 0)
		if l := list(t, SevenZip, b, limits); len(l.Problems) > 0 || len(l.Entries) != 3 {
			t.Errorf("%s at the limit: %v", tt.name, l.Problems)
		}
		tt.set(&limits, 1)
		if l := list(t, SevenZip, b, limits); !cmp.Equal(l.Problems, []Problem{ProblemPacked}) {
			t.Errorf("%s above: %v", tt.name, l.Problems)
		}
	}
}

// TestSevenZipDamaged changes each octet.
func TestSevenZipDamaged(t *testing.T) {
	b := decoded(t, sevenZipLocked)
	for i := range b {
		for _, v := range []byte{0, 0xff, b[i] ^ 1} {
			old := b[i]
			b[i] = v
			x := New(SevenZip, DefaultLimits())
			x.Write(b)
			x.Listing()
			b[i] = old
		}
	}
}

func FuzzLZMA(f *testing.F) {
	r := sevenZipReader{x: New(SevenZip, DefaultLimits())}
	r.write(decoded(f, sevenZipOpen))
	f.Add([]byte{0x5d, 0, 0, 1, 0}, r.tail, 200)
	f.Add([]byte{0, 0, 0, 0, 0}, []byte{0, 0, 0, 0, 0, 1}, 5)
	f.Fuzz(func(t *testing.T, props, packed []byte, size int) {
		size &= 0xffff
		out, ok := unpackLZMA(props, packed, size)
		if len(out) > size || ok && len(out) != size {
			t.Fatalf("%d octets for %d", len(out), size)
		}
	})
}
