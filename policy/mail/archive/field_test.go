package archive

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// deflated compresses a text.
func deflated(t testing.TB, text string) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := flate.NewWriter(&b, flate.BestCompression)
	if err != nil {
		t.Fatal(err)
	}
	w.Write([]byte(text))
	w.Close()
	return b.Bytes()
}

// fieldXML is a field whose instruction is cut into runs.
func fieldXML(runs ...string) string {
	s := fieldMark("begin")
	for _, r := range runs {
		s += `<w:r><w:instrText xml:space="preserve">` + r + `</w:instrText></w:r>`
	}
	return s + fieldMark("separate") + `<w:r><w:t>result</w:t></w:r>` + fieldMark("end")
}

func fieldMark(kind string) string { return `<w:r><w:fldChar w:fldCharType="` + kind + `"/></w:r>` }

func TestFields(t *testing.T) {
	const hit = `DDEAUTO c:\x.exe "/k a"`
	begin, separate, end := fieldMark("begin"), fieldMark("separate"), fieldMark("end")
	instruction := func(s string) string { return "<w:instrText>" + s + "</w:instrText>" }
	nested := func(inner string) string {
		return begin + instruction(" "+inner+" ") + separate + "<w:t>no</w:t>" + end
	}
	for name, tt := range map[string]struct{ in, want string }{
		"auto":                     {fieldXML(` DDEAUTO c:\x.exe "/k a" `), hit},
		"on request":               {fieldXML(`dde excel "book" r1c1`), `dde excel "book" r1c1`},
		"nothing behind it":        {fieldXML(`DDE`), "DDE"},
		"in several runs":          {fieldXML(" D", "DEA", "UTO ", `c:\x.exe`, ` "/k`, ` a"`), hit},
		"references":               {fieldXML(`&#68;D&#x0045;AUTO c:\x.exe &quot;/k a&quot;`), hit},
		"references in letters":    {fieldXML("DDE &#x6A;&#X6b;&lt;&gt;&amp;&apos;&none;"), "DDE jk<>&'"},
		"a tag in a tag":           {"<w:x<" + fieldXML(hit)[1:], hit},
		"references with noughts":  {fieldXML("&#" + strings.Repeat("0", 300) + "68;DE x"), "DDE x"},
		"marked as text":           {fieldXML("<![CDATA[DDEAUTO]]>", ` c:\x.exe "/k a"`), hit},
		"another prefix":           {strings.ReplaceAll(fieldXML(hit), "w:", "word2006:"), hit},
		"no prefix":                {strings.ReplaceAll(fieldXML(hit), "w:", ""), hit},
		"single quotes":            {strings.ReplaceAll(fieldXML(hit), `Type="`, `Type = '`), ""}, // the other end is a double one: broken XML
		"simple":                   {`<w:fldSimple w:instr=" DDEAUTO c:\x.exe &quot;/k a&quot; "><w:r/></w:fldSimple>`, hit},
		"simple, other quotes":     {`<w:fldSimple a='>' w:dirty = "1"` + "\n" + `w:instr='DDEAUTO c:\x.exe "/k a"'/>`, hit},
		"without an end":           {begin + instruction(hit), hit},
		"without a result":         {begin + instruction(hit) + end, hit},
		"around a field":           {begin + instruction("DDEAUTO ") + nested("QUOTE 99 58 92 120") + instruction(".exe") + separate + end, `DDEAUTO c:\x.exe`},
		"keyword of numbers":       {begin + nested("QUOTE 68 68 69") + instruction(" x") + separate + end, "DDE x"},
		"inside of another":        {begin + instruction("IF 1 = 1 ") + nested(hit) + separate + end, hit},
		"in the result of a field": {begin + instruction("TOC") + separate + fieldXML(hit) + end, hit},
		"behind many open ones":    {strings.Repeat(begin, 3*maxFields) + instruction(hit) + separate, hit},
		"behind ends of nothing":   {strings.Repeat(end, 30) + fieldXML(hit), hit},
		"behind blanks":            {fieldXML(strings.Repeat(" \r\n", 500) + hit), hit},
		"in UTF-16":                {"\xff\xfe" + utf16Octets("<?xml?>"+fieldXML(hit)), hit},
		"in UTF-16, other order":   {"\x00" + utf16Octets(fieldXML(hit)), hit},
		"Excel":                    {`<externalLink xmlns="x"><ddeLink xmlns:r="y" ddeService="cmd" ddeTopic="/c calc"><ddeItems/></ddeLink></externalLink>`, "cmd|/c calc"},
		"Excel, other order":       {`<x:ddeLink ddeTopic='/c calc' ddeService='cmd'/>`, "cmd|/c calc"},
		"OpenDocument table":       {`<table:dde-link><office:dde-source office:dde-application="soffice" office:dde-topic="a.ods" office:dde-item="A1"/></table:dde-link>`, "soffice|a.ods"},
		"OpenDocument text":        {`<text:dde-connection-decl office:name="a" office:dde-application="cmd" office:dde-topic="/c" office:dde-item="x"/>`, "cmd|/c"},
		"Japanese":                 {fieldXML(`DDE プログラム 引数`), "DDE プログラム 引数"},
		"honest fields": {fieldXML(` TOC \o "1-3" \h \z \u `) + fieldXML(" PAGE ") + fieldXML(` HYPERLINK "https://example.jp/DDEAUTO" `) + fieldXML(" MERGEFIELD DDE ") +
			fieldXML(` LINK Excel.Sheet.12 "C:\\a.xlsx" "Sheet1!R1C1" `) + `<w:fldSimple w:instr=" PAGE "/>`, ""},
		"what a text says of it": {"<w:t>{ DDEAUTO c:\\x.exe }</w:t><w:t>DDE</w:t>" + fieldXML("PAGE"), ""},
		"a longer word":          {fieldXML("DDEAUTOMATIC x") + fieldXML("DDEX") + fieldXML("DDE_1") + fieldXML("ADDE x"), ""},
		"in a result":            {begin + instruction("PAGE") + separate + instruction(hit) + end, ""},
		"in a result of nothing": {begin + separate + instruction(hit) + end, ""},
		"deleted":                {begin + "<w:delInstrText>" + hit + "</w:delInstrText>" + separate + end, ""},
		"in a comment":           {"<!-- " + fieldXML(hit) + " - -- > -->" + fieldXML("PAGE"), ""},
		"no field at all":        {instruction(hit), ""},
		"empty element":          {begin + "<w:instrText/>" + hit + end, ""},
		"link to a file":         {`<externalBook r:id="rId1"/><oleLink progId="Word.Document"/>`, ""},
		"link without a program": {`<ddeLink ddeTopic="x"/>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, size := range []int{len(tt.in), 1, 2, 7} {
				s := &fieldScan{}
				for rest := tt.in; rest != ""; {
					n := min(size, len(rest))
					s.write([]byte(rest[:n]))
					rest = rest[n:]
				}
				s.end()
				if s.dde != tt.want {
					t.Fatalf("in pieces of %d: %q, want %q", size, s.dde, tt.want)
				}
			}
		})
	}
}

func TestFieldLimits(t *testing.T) {
	look := func(in string) string {
		s := &fieldScan{}
		s.write([]byte(in))
		s.end()
		return s.dde
	}
	for _, n := range []int{MaxField, MaxField + 1} {
		if got := look(fieldXML("DDE " + strings.Repeat("x", n-4))); len(got) != MaxField {
			t.Errorf("an instruction of %d: %d octets", n, len(got))
		}
		if got := look(`<ddeLink ddeService="` + strings.Repeat("x", n-1) + `" ddeTopic=""/>`); len(got) != MaxField {
			t.Errorf("a link of %d: %d octets", n, len(got))
		}
	}
	// the instruction goes on behind the fields inside of it, as far as they are remembered
	around := func(n int) string {
		inner := strings.Repeat(fieldMark("begin"), n) + strings.Repeat(fieldMark("end"), n)
		return fieldMark("begin") + "<w:instrText>D</w:instrText>" + inner + "<w:instrText>DE x</w:instrText>" + fieldMark("end")
	}
	if got := look(around(maxFields - 1)); got != "DDE x" {
		t.Errorf("%d around: %q", maxFields, got)
	}
	if got := look(around(maxFields)); got != "" {
		t.Errorf("%d around: %q", maxFields+1, got)
	}
	long := strings.Repeat("x", maxXMLName)
	if got := look("<" + long + "instrText><" + long + ":instrText>" + fieldXML("DDE")); got != "DDE" {
		t.Errorf("a long name: %q", got)
	}
}

// TestDocuments finds fields in the parts of files.
func TestDocuments(t *testing.T) {
	types := file{name: "[Content_Types].xml", text: "<Types/>", method: zip.Deflate}
	dde, link := fieldXML("DDEAUTO cmd"), `<ddeLink ddeService="cmd" ddeTopic="x"/>`
	part := func(name, text string) []file {
		return []file{types, {name: "word/styles.xml", text: "<x/>", method: zip.Deflate}, {name: name, text: text, method: zip.Deflate}}
	}
	for name, tt := range map[string]struct {
		files []file
		want  string
	}{
		"document":      {part("word/document.xml", dde), "DDEAUTO cmd"},
		"other number":  {part("word/document2.xml", dde), "DDEAUTO cmd"},
		"header":        {part("word/header1.xml", dde), "DDEAUTO cmd"},
		"footnotes":     {part("word/footnotes.xml", dde), "DDEAUTO cmd"},
		"comments":      {part("word/comments.xml", dde), "DDEAUTO cmd"},
		"other folder":  {part("a/b.xml", dde), "DDEAUTO cmd"},
		"backslash":     {part(`\word\document.xml`, dde), "DDEAUTO cmd"},
		"workbook":      {part("xl/externalLinks/externalLink1.xml", link), "cmd|x"},
		"OpenDocument":  {[]file{{name: "content.xml", text: `<office:dde-source office:dde-application="a" office:dde-topic="b"/>`, method: zip.Deflate}}, "a|b"},
		"styles":        {part("word/styles.xml", dde), ""},
		"theme":         {part("word/theme/theme1.xml", dde), ""},
		"sheet":         {part("xl/worksheets/sheet1.xml", link), ""},
		"slide":         {part("ppt/slides/slide1.xml", dde), ""},
		"no Office":     {[]file{{name: "a/b.xml", text: dde, method: zip.Deflate}}, ""},
		"first of them": {append(part("word/document.xml", dde), file{name: "word/footer1.xml", text: fieldXML("DDE b"), method: zip.Deflate}), "DDEAUTO cmd"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := list(t, Zip, zipped(t, false, tt.files...), DefaultLimits()).DDE; got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
	limits := DefaultLimits()
	text := strings.Repeat("<w:t>text</w:t>", 3000)
	limits.Document = 2 * len(text)
	two := func(a, b string) []byte {
		return zipped(t, false, types, file{name: "word/document.xml", text: a, method: zip.Deflate}, file{name: "word/footer.xml", text: b, method: zip.Deflate})
	}
	if l := list(t, Zip, two(text, text), limits); len(l.Stopped) > 0 {
		t.Errorf("at the limit %v", l.Stopped)
	}
	if l := list(t, Zip, two(text, text+" "), limits); !cmp.Equal(l.Stopped, []Limit{LimitDocument}) {
		t.Errorf("above %v", l.Stopped)
	}
	if l := list(t, Zip, two(text, dde+text), limits); l.DDE != "DDEAUTO cmd" {
		t.Errorf("before the limit: %q", l.DDE)
	}
	limits.Document, limits.Unpacked = 1<<20, 2*len(text)
	if l := list(t, Zip, two(text, text), limits); len(l.Stopped) > 0 {
		t.Errorf("of the message, at the limit %v", l.Stopped)
	}
	if l := list(t, Zip, two(text, text+" "), limits); !cmp.Equal(l.Stopped, []Limit{LimitDocument}) {
		t.Errorf("of the message, above %v", l.Stopped)
	}
	grown := func(n int) []byte { // stored blocks of nothing, and then a document
		return zipped(t, true, types, file{name: "word/document.xml", text: strings.Repeat("\x00\x00\x00\xff\xff", n) + string(deflated(t, dde)), method: zip.Deflate})
	}
	if l := New(Zip, DefaultLimits()); true {
		l.Write(grown(maxGrown / 5))
		if got := l.Listing(); got.DDE == "" || len(got.Stopped) > 0 {
			t.Errorf("grown to the limit: %q %v", got.DDE, got.Stopped)
		}
	}
	if l := New(Zip, DefaultLimits()); true {
		for b := grown((maxGrown + 2*partPiece) / 5); len(b) > 0; b = b[min(16, len(b)):] {
			l.Write(b[:min(16, len(b))])
		}
		if got := l.Listing(); got.DDE != "" || !cmp.Equal(got.Stopped, []Limit{LimitDocument}) {
			t.Errorf("grown above: %q %v", got.DDE, got.Stopped)
		}
	}
	// many parts of nothing take no more together than one
	many := []file{types}
	for i := range 50 {
		many = append(many, file{name: fmt.Sprint("word/document", i, ".xml"), text: strings.Repeat("\x00\x00\x00\xff\xff", 5000), method: zip.Deflate})
	}
	x := New(Zip, DefaultLimits())
	x.Write(zipped(t, true, many...))
	if z := x.reader.(*zipReader); z.grown < maxGrown || z.grown > maxGrown+25_000 || !cmp.Equal(z.x.l.Stopped, []Limit{LimitDocument}) {
		t.Errorf("many parts of nothing: %d octets, %v", z.grown, z.x.l.Stopped)
	}
	cut := zipped(t, false, types, file{name: "word/document.xml", text: dde + text, method: zip.Deflate})
	if l := list(t, Zip, cut[:len(cut)/2], DefaultLimits()); l.DDE != "DDEAUTO cmd" {
		t.Errorf("of a file that is cut: %q", l.DDE)
	}
}

// TestOldFields finds fields in the text of an old document.
func TestOldFields(t *testing.T) {
	for name, tt := range map[string]struct{ text, want string }{
		"auto":              {"text\x13 DDEAUTO c:\\\\x.exe \"/k\" \x14result\x15", `DDEAUTO c:\\x.exe "/k"`},
		"no blank":          {"\x13ddeauto cmd\x15", "ddeauto cmd"},
		"on request":        {"\x13 DDE cmd x\x15", "DDE cmd x"},
		"wide":              {utf16Octets("本文\x13 DDEAUTO cmd 引数\x14結果\x15"), "DDEAUTO cmd 引数"},
		"wide, on request":  {utf16Octets("\x13 dde cmd\x15"), "dde cmd"},
		"around a field":    {"\x13 DDEAUTO \x13 QUOTE 99 \x14c\x15 x\x14\x15", "DDEAUTO"},
		"Shift_JIS":         {"\x13 DDEAUTO \x8d\xe0\x96\xb1\x15", "DDEAUTO 財務"},
		"a text about it":   {"the field DDEAUTO cmd and { DDE cmd }", ""},
		"a text, wide":      {utf16Octets("{ DDEAUTO cmd }"), ""},
		"honest":            {"\x13 PAGE \x14DDEAUTO\x15\x13 MERGEFIELD DDE \x15\x13 HYPERLINK \"https://a.example/dde\" \x15", ""},
		"a longer word":     {"\x13 DDEAUTOMATIC\x15\x13 DDEX \x15", ""},
		"far from its mark": {"\x13" + strings.Repeat(" ", vbaBehind) + "DDEAUTO cmd\x15", ""},
	} {
		t.Run(name, func(t *testing.T) {
			for _, before := range []int{0, 1, 3000, 8000, 8191} {
				in := oleMark + strings.Repeat(".", before) + tt.text
				if got := list(t, OLE, []byte(in), DefaultLimits()).DDE; got != tt.want {
					t.Fatalf("behind %d octets: %q, want %q", before, got, tt.want)
				}
			}
		})
	}
}

func FuzzFields(f *testing.F) {
	f.Add([]byte(fieldXML(" DDE", "AUTO &#99;:\\x.exe")), 3)
	f.Add([]byte(`<ddeLink ddeService="cmd" ddeTopic='&lt;'/><!-- --><![CDATA[x]]>`), 1)
	f.Add([]byte(fieldMark("begin")+fieldMark("end")+`<fldSimple instr="DDE`), 2)
	f.Fuzz(func(t *testing.T, b []byte, size int) {
		size = max(1, size&0xff)
		x, y := &fieldScan{}, &fieldScan{}
		x.write(b)
		x.end()
		for rest := b; len(rest) > 0; {
			n := min(size, len(rest))
			y.write(rest[:n])
			rest = rest[n:]
		}
		y.end()
		if x.dde != y.dde || len(x.dde) > 3*MaxField {
			t.Fatalf("%q, in pieces %q", x.dde, y.dde)
		}
	})
}

func BenchmarkFields(b *testing.B) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, `<w:r w:rsidR="00%06X"><w:rPr><w:rFonts w:hint="eastAsia"/></w:rPr><w:t>本文%d</w:t></w:r>`, i, i)
	}
	plain := []byte(text.String())
	fields := []byte(strings.Repeat(fieldXML(" PAGEREF _Toc123456 ", `\h `), 1000))
	for name, in := range map[string][]byte{"plain": plain, "fields": fields} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(in)))
			s := &fieldScan{}
			for b.Loop() {
				s.begin()
				s.write(in)
			}
		})
	}
}
