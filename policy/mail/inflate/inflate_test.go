package inflate

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// packed compresses with the standard library.
func packed(t testing.TB, level int, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	w.Write(text)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// expand writes in pieces of a size, 0 for one piece, and returns what came and how many octets were taken.
func expand(b []byte, size int) (out []byte, used int, z *Inflater) {
	z = New(func(p []byte) bool {
		out = append(out, p...)
		return true
	})
	for z.State() == Open && used < len(b) {
		n := len(b) - used
		if size > 0 {
			n = min(n, size)
		}
		used += z.Write(b[used : used+n])
	}
	return out, used, z
}

// texts are of different kinds, so that all kinds of blocks and codes occur.
func texts() map[string][]byte {
	r := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(r.Uint32())
	}
	skewed := make([]byte, 300_000) // so that codes become long
	for i := range skewed {
		skewed[i] = byte(min(r.ExpFloat64()*8, 255))
	}
	far := append(append(bytes.Clone(noise[:windowSize]), noise[:300]...), noise[1:300]...)
	return map[string][]byte{
		"nothing": nil, "one": []byte("a"), "short": []byte("関守は関を守る。関守は関を守る。"), "noise": noise, "skewed": skewed, "far": far,
		"one letter": bytes.Repeat([]byte("a"), 1<<20), "words": []byte(strings.Repeat("the barrier is kept, and the keeper sleeps; ", 5000)),
		"mixed": append(append(append([]byte{}, noise[:50_000]...), bytes.Repeat([]byte("ab"), 90_000)...), skewed[:40_000]...),
	}
}

func TestInflater(t *testing.T) {
	for name, text := range texts() {
		for _, level := range []int{0, 1, 6, 9, flate.HuffmanOnly} {
			b := packed(t, level, text)
			for _, size := range []int{0, 1, 2, 7, 8, 9, 1000} {
				out, used, z := expand(append(bytes.Clone(b), "what follows"...), size)
				if z.State() != Ended || used != len(b) || !bytes.Equal(out, text) {
					t.Errorf("%s, level %d, pieces of %d: state %d, %d of %d octets, %d of %d expanded", name, level, size, z.State(), used, len(b), len(out), len(text))
				}
			}
			if len(b) > 1 {
				if _, _, z := expand(b[:len(b)-1], 0); z.State() != Open {
					t.Errorf("%s, level %d, cut: %d", name, level, z.State())
				}
			}
		}
	}
}

// bitString writes bits as RFC 1951 packs them; blanks are passed over.
// TestReset expands one stream after another in the same memory; a match does not reach into the one before.
func TestReset(t *testing.T) {
	var out []byte
	z := New(func(p []byte) bool {
		out = append(out, p...)
		return true
	})
	for name, text := range texts() {
		out = out[:0]
		if z.Write(packed(t, 6, text)); z.State() != Ended || !bytes.Equal(out, text) {
			t.Errorf("%s: state %d, %d of %d octets", name, z.State(), len(out), len(text))
		}
		z.Reset()
		if z.Write(bitString("1 10 0000001 00001")); z.State() != Broken || z.Spent() != tableCost {
			t.Errorf("behind %s: state %d, spent %d", name, z.State(), z.Spent())
		}
		z.Reset()
	}
}

func bitString(s string) []byte {
	var b []byte
	n := 0
	for _, c := range s {
		if c == ' ' {
			continue
		}
		if n%8 == 0 {
			b = append(b, 0)
		}
		if c == '1' {
			b[n/8] |= 1 << (n % 8)
		}
		n++
	}
	return append(b, make([]byte, 12)...)
}

func TestBroken(t *testing.T) {
	for name, b := range map[string][]byte{
		"a block of the fourth kind":      bitString("1 11"),
		"stored, other complement":        {0x01, 5, 0, 5, 0},
		"a distance before the beginning": bitString("1 10 00110000 0000001 00001"), // "\0", then 3 octets from 2 back
		"a distance that stands for none": bitString("1 10 00110000 0000001 11110"),
		"a length that stands for none":   bitString("1 10 00110000 11000110 00000"),
		"287 literals":                    bitString("1 01 01111 00000 0000"),
		"31 distances":                    bitString("1 01 00000 01111 0000"),
		"too many codes of lengths":       bitString("1 01 00000 00000 0000 100 100 100 100"),
		"a repetition of nothing":         bitString("1 01 00000 00000 0000 100 100 000 000 0 00"),
	} {
		for _, size := range []int{0, 1} {
			if out, _, z := expand(append(bytes.Clone(b), make([]byte, 20)...), size); z.State() != Broken {
				t.Errorf("%s: state %d, %q", name, z.State(), out)
			}
			if _, err := io.ReadAll(flate.NewReader(bytes.NewReader(append(bytes.Clone(b), make([]byte, 20)...)))); err == nil {
				t.Errorf("%s: the standard library reads it", name)
			}
		}
	}
}

// TestRefused shows that nothing is done once nothing is wanted.
func TestRefused(t *testing.T) {
	b := packed(t, 9, bytes.Repeat([]byte("a"), 10<<20))
	calls := 0
	z := New(func(p []byte) bool { calls++; return false })
	for rest := b; len(rest) > 0; rest = rest[min(100, len(rest)):] {
		z.Write(rest[:min(100, len(rest))])
	}
	if z.State() != Refused || calls != 1 || z.Spent() > 3*windowSize {
		t.Errorf("state %d, %d calls, %d spent", z.State(), calls, z.Spent())
	}
}

// TestSpent shows that tables without data are counted.
func TestSpent(t *testing.T) {
	var b bytes.Buffer
	w, _ := flate.NewWriter(&b, 9)
	for range 1000 {
		w.Write([]byte("a"))
		w.Flush()
	}
	w.Close()
	if _, _, z := expand(b.Bytes(), 0); z.State() != Ended || z.Spent() < 1000*tableCost {
		t.Errorf("state %d, %d spent", z.State(), z.Spent())
	}
}

// FuzzInflater holds it against the standard library: what that expands is expanded alike.
func FuzzInflater(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{0, 6, flate.HuffmanOnly} {
			b := packed(f, level, text[:min(len(text), 500)])
			f.Add(b, 3)
		}
	}
	f.Add(bitString("1 01 00000 00000 0000 100 100 000 000 0 00"), 1)
	f.Add(append([]byte("\x04\xc0\x81\x00\x00\x00\x00\x00\x90X\xff\""), strings.Repeat("0", 64)...), 65) // a code without an end of the block
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		const most = 1 << 20
		in := bytes.NewReader(b)
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(in), most))
		if len(want) == most {
			return
		}
		whole, used, z := expand(b, 0)
		pieces, used2, y := expand(b, size&0xff)
		if !bytes.Equal(whole, pieces) || z.State() != y.State() || z.State() == Ended && used != used2 || z.Spent() != y.Spent() {
			t.Fatalf("%d and %d octets, states %d and %d, used %d and %d", len(whole), len(pieces), z.State(), y.State(), used, used2)
		}
		if err == nil && (z.State() != Ended || !bytes.Equal(whole, want) || used != len(b)-in.Len()) {
			t.Fatalf("state %d, used %d of %d, %d octets, want %d", z.State(), used, len(b)-in.Len(), len(whole), len(want))
		}
		if err != nil && !bytes.HasPrefix(whole, want) {
			t.Fatalf("%d octets do not begin as the %d of the standard library", len(whole), len(want))
		}
	})
}

func BenchmarkInflater(b *testing.B) {
	all := texts()
	for _, name := range []string{"mixed", "words", "skewed", "one letter"} {
		in := packed(b, 6, all[name])
		b.Run(name, func(b *testing.B) {
			b.SetBytes(int64(len(all[name])))
			b.ReportAllocs()
			for b.Loop() {
				New(func([]byte) bool { return true }).Write(in)
			}
		})
		b.Run(fmt.Sprint(name, ", standard library"), func(b *testing.B) {
			b.SetBytes(int64(len(all[name])))
			b.ReportAllocs()
			for b.Loop() {
				io.Copy(io.Discard, flate.NewReader(bytes.NewReader(in)))
			}
		})
	}
}
