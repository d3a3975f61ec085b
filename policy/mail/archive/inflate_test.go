package archive

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
)

// kept keeps what it is given.
type kept struct{ bytes.Buffer }

func (k *kept) write(p []byte) bool {
	k.Write(p)
	return true
}

func deflated(t testing.TB, level int, text []byte) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, level)
	if err != nil {
		t.Fatal(err)
	}
	for rest := text; len(rest) > 0; { // several blocks
		n := min(len(rest), 100_000)
		w.Write(rest[:n])
		rest = rest[n:]
		w.Flush()
	}
	w.Close()
	return b.Bytes()
}

// samples are texts of several kinds, from nothing to more than two windows.
func samples() map[string][]byte {
	g := rand.New(rand.NewPCG(1, 2))
	noise := make([]byte, 200_000)
	for i := range noise {
		noise[i] = byte(g.UintN(256))
	}
	letters := make([]byte, 150_000)
	for i := range letters {
		letters[i] = "aaaaaaaabbbbccde\n"[g.IntN(17)]
	}
	return map[string][]byte{
		"empty": nil, "one": []byte("x"), "short": []byte("hello, hello, hello"), "noise": noise, "letters": letters,
		"zeros": make([]byte, 300_000),
		"xml":   []byte(strings.Repeat(`<w:r><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t>本文`+"\x00"+`</w:t></w:r>`, 3000) + string(noise[:40_000]) + strings.Repeat("end", 50_000)),
	}
}

// inflateIn expands in pieces whose sizes next gives.
func inflateIn(b []byte, most int, next func() int) (*inflater, []byte) {
	var k kept
	f := &inflater{}
	f.begin(&k, most)
	for rest := b; len(rest) > 0; {
		n := min(next(), len(rest))
		f.write(rest[:n])
		rest = rest[n:]
	}
	return f, k.Bytes()
}

func TestInflate(t *testing.T) {
	g := rand.New(rand.NewPCG(3, 4))
	for name, text := range samples() {
		for _, level := range []int{flate.HuffmanOnly, 0, 1, 6, 9} {
			t.Run(fmt.Sprint(name, level), func(t *testing.T) {
				b := append(deflated(t, level, text), "what follows"...)
				for _, next := range []func() int{func() int { return len(b) }, func() int { return 1 }, func() int { return 1 + g.IntN(5000) }} {
					f, got := inflateIn(b, 1<<30, next)
					if !bytes.Equal(got, text) || !f.done() || f.bad || f.over {
						t.Fatalf("%d octets, want %d; done %v, bad %v, over %v", len(got), len(text), f.done(), f.bad, f.over)
					}
				}
			})
		}
	}
}

func TestInflateLimit(t *testing.T) {
	text := samples()["xml"][:90_000]
	b := deflated(t, 6, text)
	b = b[:len(b)-10] // without the blocks of nothing at the end
	all := func() int { return len(b) }
	if f, got := inflateIn(b, len(text), all); f.over || !bytes.Equal(got, text) {
		t.Errorf("at the limit: %d octets, over %v", len(got), f.over)
	}
	if f, got := inflateIn(b, len(text)-1, all); !f.over || !f.done() || len(got) != len(text)-1 {
		t.Errorf("above: %d octets, over %v", len(got), f.over)
	}
	empty := bytes.Repeat([]byte{0x00, 0x00, 0x00, 0xff, 0xff}, 100) // stored blocks of nothing; the last is paid for when the next begins
	if f, _ := inflateIn(empty, 99*blockCost, func() int { return 7 }); f.over {
		t.Error("blocks at the limit")
	}
	if f, _ := inflateIn(empty, 99*blockCost-1, func() int { return 7 }); !f.over {
		t.Error("blocks above")
	}
	bomb := deflated(t, 9, make([]byte, 50<<20))
	if f, got := inflateIn(bomb, 1<<20, func() int { return 65535 }); !f.over || len(got) > 1<<20 || len(got) < 1<<19 {
		t.Errorf("bomb: %d", len(got))
	}
}

func TestInflateDamaged(t *testing.T) {
	for name, in := range map[string]string{
		"block of no kind":               "\x07",
		"stored length":                  "\x01\x01\x00\x00\x00a",
		"too many literals":              "\xfd\xff\xff",
		"codes oversubscribed":           "\x05\x00\xff\xff\xff\xff\xff\xff\xff\xff\xff",
		"copy from before the beginning": string([]byte{0x03 | 0x00, 0x02, 0, 0, 0, 0, 0, 0, 0, 0}),
	} {
		if f, got := inflateIn([]byte(in), 1000, func() int { return 1 }); !f.bad || !f.done() || len(got) > 0 {
			t.Errorf("%s: bad %v, done %v, %d octets", name, f.bad, f.done(), len(got))
		}
	}
	text := samples()["letters"]
	b := deflated(t, 6, text)
	if _, got := inflateIn(b[:len(b)/2], 1<<30, func() int { return 100 }); len(got) < len(text)/3 || !bytes.HasPrefix(text, got) {
		t.Errorf("cut: %d octets of %d", len(got), len(text))
	}
}

func FuzzInflate(f *testing.F) {
	for _, text := range samples() {
		f.Add(deflated(f, 6, text[:min(len(text), 500)]), 3)
	}
	f.Add([]byte("\x05\x00\xff\xff\xff\xff"), 1)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		const most = 1 << 20
		size = max(1, size&0xff)
		x, one := inflateIn(b, most, func() int { return len(b) })
		y, two := inflateIn(b, most, func() int { return size })
		if !bytes.Equal(one, two) || x.over != y.over || x.bad != y.bad {
			t.Fatalf("in pieces: %d and %d octets, over %v %v, bad %v %v", len(one), len(two), x.over, y.over, x.bad, y.bad)
		}
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(bytes.NewReader(b)), most))
		if err == nil && !x.over && !bytes.Equal(one, want) {
			t.Fatalf("%d octets, want %d", len(one), len(want))
		}
	})
}

func BenchmarkInflate(b *testing.B) {
	for _, name := range []string{"xml", "letters", "noise"} {
		text := samples()[name]
		packed := deflated(b, 6, text)
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			f := &inflater{}
			for b.Loop() {
				f.begin(discard{}, 1<<30)
				f.write(packed)
			}
		})
		b.Run(name+"/library", func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(text)))
			r := flate.NewReader(nil)
			for b.Loop() {
				r.(flate.Resetter).Reset(bytes.NewReader(packed), nil)
				io.Copy(io.Discard, r)
			}
		})
	}
}

type discard struct{}

func (discard) write([]byte) bool { return true }
