package archive

import (
	"archive/tar"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"strings"
	"testing"
	"unicode/utf8"
)

// TestLongNames shows that the extension of a name that is as long as systems allow is seen in every format.
func TestLongNames(t *testing.T) {
	name := strings.Repeat("財", 250) + ".exe"
	sjis := strings.Repeat("\x8d\xe0", 400) + ".exe"
	rar5 := func() []byte { // its sizes take two octets
		body := "\x02\x00\x00\x64\x00\x00\x00" + string([]byte{byte(len(name)&0x7f | 0x80), byte(len(name) >> 7)}) + name
		size := string([]byte{byte(len(body)&0x7f | 0x80), byte(len(body) >> 7)})
		return []byte(rarNewMark + "\x00\x00\x00\x00" + size + body)
	}()
	seven := func() []byte {
		w := wide(name)
		size := binary.BigEndian.AppendUint16(nil, uint16(len(w)+1)|0x8000)
		size[1], size[0] = byte(len(w)+1), 0x80|byte((len(w)+1)>>8)
		return sevenZip("\x01\x05\x02\x11"+string(size)+"\x00"+w, "data")
	}()
	for f, in := range map[Format][]byte{
		Zip:      zipped(t, true, file{name: name, text: "x"}),
		Rar:      rar5,
		SevenZip: seven,
		Tar:      tarred(t, true, tarFile(name, 1, tar.FormatGNU)),
		LZH:      []byte(lzhEntry(2, lzhFile{fields: []string{"\x01" + sjis}})),
		Gzip:     bytes.Replace(gzipped(t, 6, gzip.Header{Name: "N"}, nil), []byte("N"), []byte(name), 1),
	} {
		l := list(t, f, in, DefaultLimits())
		if len(l.Entries) != 1 || !strings.HasSuffix(l.Entries[0].Name, "財.exe") || !utf8.ValidString(l.Entries[0].Name) || len(l.Entries[0].Name) > 3*MaxName/2 || len(l.Problems)+len(l.Stopped) > 0 {
			t.Errorf("%s: %+v", f, l)
		}
	}
}

func TestNameEnd(t *testing.T) {
	for in, want := range map[string]string{
		"a.exe":                              "a.exe",
		strings.Repeat("x", MaxName):         strings.Repeat("x", MaxName),
		"y" + strings.Repeat("x", MaxName):   strings.Repeat("x", MaxName),
		"財" + strings.Repeat("x", MaxName-1): strings.Repeat("x", MaxName-1),
		strings.Repeat("\x80", MaxName+9):    strings.Repeat("\x80", MaxName-utf8.UTFMax+1),
	} {
		if got := string(nameEnd([]byte(in))); got != want {
			t.Errorf("%d octets: %d", len(in), len(got))
		}
	}
}

// TestRecordsEnd shows that a reader that is mistaken about what it wants ends.
func TestRecordsEnd(t *testing.T) {
	s := records{want: 1}
	calls := 0
	s.write([]byte("ab"), func([]byte) int { calls++; return 0 })
	if !s.done || calls != 1 {
		t.Errorf("done %v after %d calls", s.done, calls)
	}
}
