package archive

import (
	"archive/zip"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
)

// BenchmarkOffice lists files of Office as a milter gets them. "no document" is a file in which nothing is expanded.
func BenchmarkOffice(b *testing.B) {
	types := file{name: "[Content_Types].xml", text: "<Types/>", method: zip.Deflate}
	g := rand.New(rand.NewPCG(9, 10))
	var text strings.Builder
	for text.Len() < 200_000 {
		fmt.Fprintf(&text, `<w:r w:rsidR="00%06X"><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t>本文%d</w:t></w:r>`, g.Uint32()>>8, g.IntN(1000))
	}
	picture := make([]byte, 100_000)
	for i := range picture {
		picture[i] = byte(g.Uint32())
	}
	plain := []file{types, {name: "word/document.xml", text: text.String(), method: zip.Deflate}, {name: "word/media/image1.png", text: string(picture)}}
	project := compound(stream{"VBA/", ""}, stream{"_VBA_PROJECT", vbaCache("a", "b", "c") + string(picture[:20_000])},
		stream{"Module1", string(picture[:5000]) + vbaCompressed(moduleHead+strings.Repeat("    x = x + Cells(x, 1).Value ' count\r\n", 500))})
	for _, bb := range []struct {
		name   string
		format Format
		in     []byte
	}{
		{"plain", Zip, zipped(b, false, plain...)},
		{"no document", Zip, zipped(b, false, types, file{name: "a/document", text: text.String(), method: zip.Deflate}, plain[2])},
		{"macros", Zip, zipped(b, false, append(plain, file{name: "word/vbaProject.bin", text: project, method: zip.Deflate})...)},
		{"old", OLE, []byte(compound(stream{"WordDocument", text.String()[:100_000]}, stream{"Data", string(picture)}))},
		{"old macros", OLE, []byte(project)},
		{"names of nothing", OLE, []byte(oleMark + strings.Repeat("document_", 20_000))},
		{"fields of nothing", OLE, []byte(oleMark + strings.Repeat("\x13ddeautox", 20_000))},
		{"modules of nothing", OLE, []byte(oleMark + strings.Repeat("\x01\x0c\xb0\x00Attribut\x00e", 10_000))},
	} {
		b.Run(bb.name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(bb.in)))
			for b.Loop() {
				x := New(bb.format, DefaultLimits())
				for rest := bb.in; len(rest) > 0; {
					n := min(4096, len(rest))
					x.Write(rest[:n])
					rest = rest[n:]
				}
				x.Listing()
			}
		})
	}
}
