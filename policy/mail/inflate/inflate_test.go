package inflate

import (
	"bytes"
	"compress/flate"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"strings"
	"testing"
	"time"
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
	far := append(append(bytes.Clone(noise[:32<<10]), noise[:300]...), noise[1:300]...)
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
			for _, size := range []int{0, 1, 7, 1000} {
				if size < 8 && size > 0 && len(b) > 5000 {
					continue // which takes long
				}
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

// TestReset expands one stream after another in the same memory; a match does not reach into the one before.
func TestReset(t *testing.T) {
	var out []byte
	z := New(func(p []byte) bool {
		out = append(out, p...)
		return true
	})
	before := []byte("\x63\x00\x42\x00") // an octet, and then a match of three that begins two octets back
	for name, text := range texts() {
		out = out[:0]
		b := packed(t, 6, text)
		if z.Write(b); z.State() != Ended || !bytes.Equal(out, text) {
			t.Errorf("%s: state %d, %d of %d octets", name, z.State(), len(out), len(text))
		}
		if want := int64(StreamCost + len(text) + PackedCost*len(b)); z.Spent() != want {
			t.Errorf("%s: %d spent, want %d", name, z.Spent(), want)
		}
		z.Reset()
		if z.Write(before); z.State() != Broken {
			t.Errorf("behind %s: state %d, %q", name, z.State(), out)
		}
		z.Reset()
		out = out[:0]
		z.Write(b[:len(b)/2]) // and is left there
		z.Reset()
	}
}

// TestEnd hands on what a stream expands to that was cut.
func TestEnd(t *testing.T) {
	b := packed(t, 6, []byte(strings.Repeat("関守は関を守る。", 100)))
	var out []byte
	z := New(func(p []byte) bool {
		out = append(out, p...)
		return true
	})
	z.Write(b[:len(b)-3])
	if z.State() != Open {
		t.Errorf("state %d before the end", z.State())
	}
	z.End()
	z.End()
	if z.State() != Broken || !strings.HasPrefix(string(out), "関守は関を守る。") || z.Write(b) != 0 {
		t.Errorf("state %d, %q", z.State(), out)
	}
	z = New(nil)
	if z.End(); z.State() != Broken {
		t.Errorf("of nothing: state %d", z.State())
	}
}

// TestRefused shows that nothing is done once nothing is wanted.
func TestRefused(t *testing.T) {
	b := packed(t, 9, bytes.Repeat([]byte("a"), 10<<20))
	calls := 0
	z := New(func([]byte) bool { calls++; return false })
	for rest := b; len(rest) > 0; rest = rest[min(100, len(rest)):] {
		z.Write(rest[:min(100, len(rest))])
	}
	if z.State() != Refused || calls != 1 || z.Spent() > 64<<10 {
		t.Errorf("state %d, %d calls, %d spent", z.State(), calls, z.Spent())
	}
}

// TestLeft shows that a coroutine ends with the Inflater, wherever the stream was left, although what takes the octets knows the Inflater.
func TestLeft(t *testing.T) {
	before := runtime.NumGoroutine()
	b := packed(t, 6, []byte("the barrier is kept"))
	for i := range 200 {
		var z *Inflater
		z = New(func([]byte) bool { return z.State() == Open })
		z.Write(b[:i%len(b)+1])
	}
	for range 100 {
		if runtime.GC(); runtime.NumGoroutine() <= before {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Errorf("%d goroutines, there were %d", runtime.NumGoroutine(), before)
}

// TestClose shows that nothing is left when an Inflater is closed, wherever the stream was left, and that it can be used again.
func TestClose(t *testing.T) {
	before := runtime.NumGoroutine()
	b := packed(t, 6, []byte("the barrier is kept"))
	var out []byte
	z := New(func(p []byte) bool {
		out = append(out, p...)
		return true
	})
	z.Close()
	for n := range len(b) + 1 {
		z.Reset()
		z.Write(b[:n])
		z.Close()
		if z.Close(); runtime.NumGoroutine() != before || z.Write(b) != 0 {
			t.Fatalf("%d goroutines behind %d octets, there were %d; state %d", runtime.NumGoroutine(), n, before, z.State())
		}
	}
	if z.State() != Ended || string(out) != "the barrier is kept" {
		t.Errorf("state %d, %q", z.State(), out)
	}
}

// FuzzInflater cuts a stream into pieces, and holds it against compress/flate that has all of it.
func FuzzInflater(f *testing.F) {
	for _, text := range texts() {
		for _, level := range []int{0, 6, flate.HuffmanOnly} {
			f.Add(packed(f, level, text[:min(len(text), 500)]), 3)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		const most = 1 << 20
		in := bytes.NewReader(b)
		want, err := io.ReadAll(io.LimitReader(flate.NewReader(in), most))
		if len(want) == most {
			return
		}
		got, used, z := expand(b, size&0xff)
		open := z.State() == Open
		z.End()
		if err == nil && (z.State() != Ended || used != len(b)-in.Len()) || err != nil && z.State() != Broken || open != (err == io.ErrUnexpectedEOF) {
			t.Fatalf("state %d, used %d of %d; compress/flate: %v", z.State(), used, len(b)-in.Len(), err)
		}
		if err == nil && !bytes.Equal(got, want) {
			t.Fatalf("%d octets, want %d", len(got), len(want))
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
