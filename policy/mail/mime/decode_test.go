package mime

import (
	"bytes"
	"encoding/base64"
	"io"
	"math/rand/v2"
	"mime/quotedprintable"
	"strings"
	"testing"
)

// undo decodes in pieces of that size.
func undo(e Encoding, s string, size int) (string, bool) {
	var d decoder
	d.begin(e)
	var out []byte
	for rest := []byte(s); len(rest) > 0; {
		p := rest[:min(size, len(rest))]
		rest = rest[len(p):]
		for len(p) > 0 {
			var got []byte
			got, p = d.next(p)
			out = append(out, got...)
		}
	}
	return string(append(out, d.flush()...)), d.bad
}

func TestDecode(t *testing.T) {
	for _, tt := range []struct {
		name     string
		encoding Encoding
		in, want string
		bad      bool
	}{
		{"base64", EncodingBase64, "aGVsbG8gd29ybGQ=", "hello world", false},
		{"lines", EncodingBase64, "aGVs\r\nbG8g\n d29y\tbGQ=\r\n", "hello world", false},
		{"cut inside a group", EncodingBase64, "aGVsb", "hel", false},
		{"without padding", EncodingBase64, "aGVsbG8", "hello", false},
		{"octets between", EncodingBase64, "aG!Vs-bG8=", "hello", true},
		{"two texts", EncodingBase64, "aGk=aGk=", "hihi", true},
		{"padding after one digit", EncodingBase64, "a===", "", true},
		{"quoted", EncodingQuotedPrintable, "a=3Db=20=e8=B2=A1", "a=b 財", false},
		{"soft breaks", EncodingQuotedPrintable, "a=\r\nb=\nc= \t\r\nd", "abcd", false},
		{"equals", EncodingQuotedPrintable, "a=b c==3D=", "a=b c==", true},
		{"half a digit", EncodingQuotedPrintable, "=4\r\n", "=4\r\n", true},
		{"hidden soft break", EncodingQuotedPrintable, "=" + strings.Repeat(" ", 200) + "x", "=" + strings.Repeat(" ", 200) + "x", true},
		{"eight bit", Encoding8Bit, "=3D\xff", "=3D\xff", false},
	} {
		for _, size := range []int{1, 2, 3, 5, 1000} {
			got, bad := undo(tt.encoding, tt.in, size)
			if got != tt.want || bad != tt.bad {
				t.Errorf("%s in pieces of %d: %q, %v; want %q, %v", tt.name, size, got, bad, tt.want, tt.bad)
			}
		}
	}
}

// TestDecodeLikeTheStandardLibrary holds what is well formed against it.
func TestDecodeLikeTheStandardLibrary(t *testing.T) {
	g := rand.New(rand.NewPCG(1, 2))
	for range 200 {
		data := make([]byte, g.IntN(30000))
		for i := range data {
			data[i] = byte(g.Uint32())
		}
		size := 1 + g.IntN(20000)
		if got, bad := undo(EncodingBase64, wrap(data), size); got != string(data) || bad {
			t.Fatalf("base64 of %d in pieces of %d", len(data), size)
		}
		var b bytes.Buffer
		w := quotedprintable.NewWriter(&b)
		w.Binary = true
		w.Write(data[:min(len(data), 3000)])
		w.Close()
		if got, bad := undo(EncodingQuotedPrintable, b.String(), size); got != string(data[:min(len(data), 3000)]) || bad {
			t.Fatalf("quoted-printable of %d in pieces of %d", len(data), size)
		}
	}
}

func FuzzDecode(f *testing.F) {
	f.Add("aGVs\r\nbG8g=", 1, true)
	f.Add("a=3D= \r\n=4", 2, false)
	f.Fuzz(func(t *testing.T, s string, size int, base bool) {
		e := EncodingQuotedPrintable
		if base {
			e = EncodingBase64
		}
		got, bad := undo(e, s, 1+size&0xff)
		whole, alsoBad := undo(e, s, len(s)+1)
		if got != whole || bad != alsoBad || len(got) > len(s) {
			t.Fatalf("%q, %v and %q, %v", got, bad, whole, alsoBad)
		}
		if base {
			if want, err := base64.StdEncoding.DecodeString(s); err == nil && got != string(want) {
				t.Fatalf("%q, want %q", got, want)
			}
		} else if want, err := io.ReadAll(quotedprintable.NewReader(strings.NewReader(s))); err == nil && !bad && strings.TrimSpace(string(want)) == string(want) {
			if squeeze(got) != squeeze(string(want)) { // blanks at the ends of lines are told apart
				t.Skip()
			}
		}
	})
}

func squeeze(s string) string { return strings.Join(strings.Fields(s), "") }
