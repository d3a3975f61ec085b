package mime

import (
	"archive/zip"
	"bytes"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sekimori/policy/mail"
)

// plainMail is a mail of about that many octets of text.
func plainMail(size int) string {
	return crlf("From: a@example.jp", "Content-Type: text/plain; charset=utf-8", "",
		strings.Repeat("本文です。 see https://example.jp/ for more of it\r\n", size/50))
}

// htmlMail is a mail in two forms, with markup as newsletters have it.
func htmlMail(size int) string {
	row := `<tr><td style="font-family: sans-serif; color: #333" class="x"><a href="https://news.example.jp/%d?u=1">Read more about it</a> and some text between the tags</td></tr>` + "\r\n"
	var b strings.Builder
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, row, i)
	}
	return crlf("From: a@example.jp", `Content-Type: multipart/alternative; boundary="b"`, "", "--b",
		"Content-Type: text/plain; charset=utf-8", "", "short", "--b",
		"Content-Type: text/html; charset=utf-8", "", "<html><body><table>", b.String()+"</table></body></html>", "--b--")
}

// attachedMail is a mail with an attachment of about that many octets, encoded, that begins as mark.
func attachedMail(size int, mark string) string {
	data := noise(size * 3 / 4)
	copy(data, mark)
	return withFile(data)
}

func noise(size int) []byte {
	data := make([]byte, size)
	g := rand.NewChaCha8([32]byte{1})
	g.Read(data)
	return data
}

// zipMail has a zip file of about that many octets with one entry.
func zipMail(b *testing.B, size int) string {
	var buf bytes.Buffer
	w := zip.NewWriter(&buf)
	f, err := w.Create("a.bin")
	if err != nil {
		b.Fatal(err)
	}
	f.Write(noise(size * 3 / 4))
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	return withFile(buf.Bytes())
}

func withFile(data []byte) string {
	return crlf("From: a@example.jp", `Content-Type: multipart/mixed; boundary="b"`, "", "--b",
		"Content-Type: text/plain; charset=utf-8", "", "see the file", "--b",
		"Content-Type: application/pdf; name=a.pdf", "Content-Transfer-Encoding: base64", "", wrap(data), "--b--")
}

// pdfFile is a PDF file of about that many octets, a quarter of them objects that are no streams: plain, or in object streams.
func pdfFile(size int, streams bool) string {
	var b strings.Builder
	b.WriteString(pdfHead)
	picture := string(noise(32 << 10))
	for i := 0; b.Len() < size; i++ {
		fmt.Fprintf(&b, "%d 0 obj\n<</Type/XObject/Filter/DCTDecode/Length %d>>stream\n%s\nendstream\nendobj\n", i, len(picture), picture)
		var objects strings.Builder
		for from := b.Len(); streams && objects.Len() < 64<<10 || !streams && b.Len()-from < len(picture)/3; {
			n := 1000*i + objects.Len()
			w := &b
			if streams {
				w = &objects
			}
			fmt.Fprintf(w, "%d 0 obj\n<</Type/StructElem/S/Span/P %d 0 R/K[%d %d]/Pg %d 0 R/Lang(ja-JP)/ActualText<%x>>>\nendobj\n", n, n*7, n%19, n%23, n%101, n*n)
		}
		if streams {
			b.WriteString(objectStream(flateOnly, objects.String()))
		}
	}
	return b.String()
}

func BenchmarkReader(b *testing.B) {
	for _, bb := range []struct{ name, message string }{
		{"text/2k", plainMail(2000)},
		{"html/30k", htmlMail(30000)},
		{"pdf/300k", attachedMail(300000, "%PDF-1.4\n")},
		{"zip/300k", zipMail(b, 300000)},
		{"ole/300k", attachedMail(300000, "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
		{"pdf/1M plain objects", withFile([]byte(pdfFile(1<<20, false)))},
		{"pdf/1M object streams", withFile([]byte(pdfFile(1<<20, true)))},
		{"tnef/300k", withFile([]byte(tnef(rendData, attribute(attachTitle, "a.dat"), attribute(attachData, string(noise(200000))))))},
		{"pdf/10M", attachedMail(10<<20, "%PDF-1.4\n")},
	} {
		b.Run(bb.name, func(b *testing.B) {
			h, body, err := mail.Split([]byte(bb.message))
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			b.SetBytes(int64(len(body)))
			for b.Loop() {
				r := New(h, DefaultLimits())
				for rest := body; len(rest) > 0; {
					n := min(65535, len(rest)) // as a milter gets it
					r.Write(rest[:n])
					rest = rest[n:]
				}
				if c := r.Content(); len(c.Stopped) > 0 {
					b.Fatal(c.Stopped)
				}
			}
		})
	}
}
