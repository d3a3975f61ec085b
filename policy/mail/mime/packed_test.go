package mime

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"strings"
	"testing"

	"sekimori/policy/mail/archive"
)

// gzipped writes a gzip file.
func gzipped(name string, data []byte) []byte {
	var buf bytes.Buffer
	z, _ := gzip.NewWriterLevel(&buf, gzip.BestCompression)
	z.Name = name
	z.Write(data)
	z.Close()
	return buf.Bytes()
}

// tarred is a tar file of files with so many octets each.
func tarred(size int, names ...string) []byte {
	var buf bytes.Buffer
	z := tar.NewWriter(&buf)
	for _, n := range names {
		z.WriteHeader(&tar.Header{Name: n, Size: int64(size), Format: tar.FormatUSTAR})
		z.Write(make([]byte, size))
	}
	z.Close()
	return buf.Bytes()
}

// oldTar is a tar file of the seventh edition, which has no mark.
func oldTar(name string) []byte {
	b := make([]byte, 512)
	copy(b, name)
	copy(b[148:], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	copy(b[148:], []byte{'0' + byte(sum>>9&7), '0' + byte(sum>>6&7), '0' + byte(sum>>3&7), '0' + byte(sum&7), 0})
	return b
}

// TestPackedKinds is about what packed files are taken for, and what is in them.
func TestPackedKinds(t *testing.T) {
	program := append([]byte("MZ\x90\x00\x03"), make([]byte, 600)...)
	lzh := "\x1b\x00-lh0-\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x20\x00\x05a.exe\x00\x00"
	cab := "MSCF" + strings.Repeat("\x00", 12) + "\x24\x00\x00\x00" + strings.Repeat("\x00", 8) + "\x01" + strings.Repeat("\x00", 23) + "b.exe\x00"
	for _, tt := range []struct {
		name  string
		in    []byte
		kind  Kind
		inner Kind
		list  archive.Format
		entry string // of the first entry, "" for none
	}{
		{"tar", tarred(10, "a.exe"), KindTar, "", archive.Tar, "a.exe"},
		{"tar that begins like a program", tarred(10, "MZ.txt"), KindTar, "", archive.Tar, "MZ.txt"},
		{"tar that begins like an image", tarred(10, "BM.txt"), KindTar, "", archive.Tar, "BM.txt"},
		{"old tar", oldTar("a.exe"), KindTar, "", archive.Tar, "a.exe"},
		{"tar in gzip", gzipped("a.tar", tarred(10, "a.exe")), KindGzip, "", archive.Gzip, "a.exe"},
		{"program in gzip", gzipped("", program), KindGzip, KindPE, archive.Gzip, ""},
		{"text in gzip", gzipped("a.log", []byte("a log\n")), KindGzip, KindText, archive.Gzip, "a.log"},
		{"nothing in gzip", gzipped("a.log", nil), KindGzip, "", archive.Gzip, "a.log"},
		{"LZH", []byte(lzh), KindLZH, "", archive.LZH, "a.exe"},
		{"cabinet", []byte(cab), KindCab, "", archive.Cab, "b.exe"},
		{"bzip2", []byte("BZh91AY&SY\x00"), KindBzip2, "", "", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := mixed("Content-Transfer-Encoding: base64\r\n\r\n" + wrap(tt.in))
			c := read(t, m, DefaultLimits())
			p := &c.Parts[1]
			if p.Kind != tt.kind || p.Inner != tt.inner || (p.Archive != nil) != (tt.list != "") || len(c.Stopped) > 0 {
				t.Fatalf("%s, inside %q, %+v, %v", p.Kind, p.Inner, p.Archive, c.Stopped)
			}
			if p.Archive != nil && (p.Archive.Format != tt.list || len(p.Archive.Entries) != 1 || p.Archive.Entries[0].Name != tt.entry || p.Archive.Head != nil) {
				t.Errorf("%+v", p.Archive)
			}
			samePieces(t, m, c)
		})
	}
}

// TestUnpackedLimit takes the limit at its value and one below what two files need, which share it.
func TestUnpackedLimit(t *testing.T) {
	inner := tarred(100_000, "a", "b")
	part := "Content-Transfer-Encoding: base64\r\n\r\n" + wrap(gzipped("", inner))
	m := mixed(part, part, "Content-Transfer-Encoding: base64\r\n\r\n"+wrap(gzipped("", []byte("MZ\x90\x00"))))
	const second = 512 + 100_352 + 512 // behind the header of b
	for _, tt := range []struct {
		limit   int
		stopped bool
		entries int // of the second file
	}{{2 * len(inner), false, 2}, {2*len(inner) - 1, true, 2}, {len(inner) + second, true, 2}, {len(inner) + second - 1, true, 1}, {len(inner), true, 0}} {
		l := DefaultLimits()
		l.Unpacked = tt.limit
		c := read(t, m, l)
		if (len(c.Stopped) > 0) != tt.stopped || len(c.Parts[1].Archive.Entries) != 2 || len(c.Parts[2].Archive.Entries) != tt.entries || c.Parts[3].Inner != KindPE {
			t.Errorf("%d octets: %v, %d and %d entries, %q", tt.limit, c.Stopped, len(c.Parts[1].Archive.Entries), len(c.Parts[2].Archive.Entries), c.Parts[3].Inner)
		}
	}
}

// stored is DEFLATE data of one block that is not compressed, and not the last.
func stored(b []byte) []byte {
	n := len(b)
	return append([]byte{0, byte(n), byte(n >> 8), ^byte(n), ^byte(n >> 8)}, b...)
}

// tableBlocks is DEFLATE data of so many blocks, each with a table of its own for 16 octets: the most work for what comes of it.
func tableBlocks(n int) []byte {
	var one []byte
	put := func(v, bits int) {
		for i := range bits {
			one = append(one, byte(v>>i&1))
		}
	}
	put(0b100, 3)   // not the last, with a table
	put(0, 10)      // 257 literals, 1 distance
	put(18-4, 4)    // of the code of lengths 18 lengths follow, of which those of 18 and 1 are one bit
	put(1<<6, 17*3) // 18 is the third
	put(1, 3)       // 1 is the last
	put(0, 1)       // the first literal has a code of one bit
	put(1, 1)       // 138 have none
	put(138-11, 7)  //
	put(1, 1)       // 117 have none
	put(117-11, 7)  //
	put(0, 2)       // the end and the distance have one of one bit
	put(0, 16)      // 16 times the first literal
	put(1, 1)       // the end
	var all []byte
	for range 8 {
		all = append(all, one...)
	}
	b := make([]byte, len(all)/8)
	for i, v := range all {
		b[i/8] |= v << (i % 8)
	}
	return bytes.Repeat(b, n/8)
}

// packedEntry is a zip file with one entry of DEFLATE data.
func packedEntry(name string, data []byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	w, err := z.CreateRaw(&zip.FileHeader{Name: name, Method: zip.Deflate, CompressedSize64: uint64(len(data)), UncompressedSize64: uint64(len(data))})
	if err == nil {
		_, err = w.Write(data)
	}
	if err != nil || z.Close() != nil {
		panic("a zip file in memory")
	}
	return b.Bytes()
}
