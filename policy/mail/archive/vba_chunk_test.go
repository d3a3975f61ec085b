package archive

import (
	"math/rand/v2"
	"strings"
	"testing"
)

// TestProjectPlaces has what is looked for at every place around the end of a buffer.
func TestProjectPlaces(t *testing.T) {
	cache := vbaCache("a", "Workbook_Open")
	module := "cache" + vbaCompressed("Attribute VB_Name = \"a\"\r\nSub AutoOpen()\r\n")
	field := "\x13      DDEAUTO cmd\x15"
	for at := vbaBuffer - vbaAhead - 60; at < vbaBuffer+20; at++ {
		for _, tt := range []struct{ what, name, dde string }{{cache[len(cache)-30:], "Workbook_Open", ""}, {module, "AutoOpen", ""}, {field, "", "DDEAUTO cmd"}} {
			v := &vbaScan{}
			v.begin(1 << 20)
			v.write([]byte(strings.Repeat(".", at) + tt.what + strings.Repeat("\x00", 600)))
			v.end()
			if got := strings.Join(v.names, " "); got != tt.name || v.dde != tt.dde || v.broken > 0 {
				t.Fatalf("%q at %d: %q, %q, %d broken", tt.what, at, got, v.dde, v.broken)
			}
		}
	}
}

// TestChunk expands single chunks (MS-OVBA, 2.4.1.3).
func TestChunk(t *testing.T) {
	for name, tt := range map[string]struct {
		in, want string
		ok       bool
	}{
		"letters":                        {"\x00abc", "abc", true},
		"copy":                           {"\x08abc\x00\x20", "abcabc", true},
		"copy that overlaps itself":      {"\x02a\x05\x00", "aaaaaaaaa", true},
		"copy from before the beginning": {"\x02a\x00\x10", "a", false},
		"copy of nothing":                {"\x01\x00\x00", "", false},
		"half a copy":                    {"\x02a\x00", "a", false},
		"flags alone":                    {"\x00", "", true},
		"too long":                       {"\x02a\xff\x0f", "a", false},
	} {
		var out [vbaChunk]byte
		n, ok := expandChunk(&out, []byte(tt.in))
		if got := string(out[:n]); got != tt.want || ok != tt.ok {
			t.Errorf("%s: %q, %v", name, got, ok)
		}
	}
	g := rand.New(rand.NewPCG(11, 12))
	for range 20 {
		text := make([]byte, g.IntN(3*vbaChunk))
		for i := range text {
			text[i] = "Sub EndIfThen \r\nabcdefgh"[g.IntN(1+g.IntN(24))]
		}
		packed := vbaCompressed(string(text))
		var got strings.Builder
		for rest := packed[1:]; len(rest) > 2; {
			size := int(rest[0]) | int(rest[1])<<8
			var out [vbaChunk]byte
			n, ok := expandChunk(&out, []byte(rest[2:size&0xfff+3]))
			if !ok {
				t.Fatal("a chunk of our own")
			}
			got.Write(out[:n])
			rest = rest[size&0xfff+3:]
		}
		if got.String() != string(text) {
			t.Fatalf("%d octets, want %d", got.Len(), len(text))
		}
	}
}

func FuzzProject(f *testing.F) {
	f.Add([]byte(oleMark+vbaCache("a", "Workbook_Open")+vbaCompressed("Attribute VB_Name = \"a\"\r\nSub AutoOpen()\r\n")+strings.Repeat("\x00", 20)), 100)
	f.Add([]byte("\x01\x0c\xb0\x00Attribut\x02e\xff\xff\x08AutoOpen"), 1)
	f.Add([]byte("\x13 DDE a\x14\x13\x00 \x00D\x00D\x00E\x00A\x00U\x00T\x00O\x00 \x00\x15\x00"), 3)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		fuzzOne(t, OLE, b, size)
		var out [vbaChunk]byte
		if n, _ := expandChunk(&out, b); n > vbaChunk {
			t.Fatal(n)
		}
	})
}
