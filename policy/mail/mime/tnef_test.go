package mime

import (
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
)

// tnef is a file of those attributes.
func tnef(attributes ...string) string {
	return "\x78\x9f\x3e\x22\x01\x00" + strings.Join(attributes, "")
}

// attribute is one of them, with its checksum.
func attribute(name uint32, value string) string {
	level := byte(2)
	if name == oemCodepage {
		level = 1
	}
	b := binary.LittleEndian.AppendUint32([]byte{level}, name)
	b = append(binary.LittleEndian.AppendUint32(b, uint32(len(value))), value...)
	sum := uint16(0)
	for i := range len(value) {
		sum += uint16(value[i])
	}
	return string(binary.LittleEndian.AppendUint16(b, sum))
}

func little(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }

// wide is a text in UTF-16 with a NUL at its end.
func wide(s string) string {
	var b []byte
	for _, u := range utf16.Encode([]rune(s + "\x00")) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// property is a property with one value of a length of its own.
func property(id, kind uint16, value string) string {
	head := little(uint32(id)<<16 | uint32(kind))
	return head + little(1) + little(uint32(len(value))) + value + strings.Repeat("\x00", -len(value)&3)
}

// properties is an attAttachment of them.
func properties(p ...string) string {
	return attribute(attachment, little(uint32(len(p)))+strings.Join(p, ""))
}

// others are properties that are passed over: a number, a truth, a time, one with a name and one with a number in place of it, and
// several values.
var others = []string{
	little(0x37050003) + little(1), little(0x7ffe000b) + "\x01\x00\x00\x00", little(0x30070040) + "12345678",
	little(0x8001001e) + "set.set.set.set." + little(1) + little(6) + wide("ab") + "\x00\x00" + little(1) + little(2) + "x\x00\x00\x00",
	little(0x80020048) + "set.set.set.set." + little(0) + little(7) + "guidguidguidguid",
	little(0x37061002) + little(3) + "1..." + "2..." + "3...", little(0x3709101f) + little(2) + little(4) + wide("a") + little(6) + wide("bc") + "\x00\x00",
}

var rendData = attribute(attachRendData, "\x01\x00\xff\xff\xff\xff\x10\x00\x10\x00\x00\x00\x00\x00")

// winmail is a message with such a file.
func winmail(file string) string {
	return mixed("Content-Type: application/ms-tnef; name=winmail.dat\r\nContent-Transfer-Encoding: base64\r\n\r\n" + wrap([]byte(file)))
}

// shown says of each part behind the file how deep it is, what it is, which names it has, and what is odd about it.
func shown(c *Content) (all []string) {
	for _, p := range c.Parts[2:] {
		s := strings.Repeat(">", p.Depth-2) + string(p.Kind)
		for _, n := range p.Names {
			s += " " + n.Text
		}
		if !p.Hashed {
			s += " ?"
		}
		all = append(all, s)
	}
	return all
}

func TestTNEF(t *testing.T) {
	const program = "MZ\x90\x00\x03"
	page932 := attribute(oemCodepage, little(932)+little(0))
	inner := tnef(rendData, attribute(attachTitle, "b.exe\x00"), attribute(attachData, program))
	title, data := attribute(attachTitle, "a.pdf\x00"), attribute(attachData, "%PDF-1.4 x")
	long := func(s string) string {
		return properties(append(others, property(propLongName, typeUnicode, wide(s)))...)
	}
	for _, tt := range []struct {
		name, in string
		want     []string
	}{
		{"cut in its key", tnef()[:5], nil},
		{"only the signature and key", tnef(), nil},
		{"a message", tnef(page932, attribute(0x00028000, "text")), nil},
		{"text in HTML", tnef(attribute(messageProps, little(3)+property(0x1000, typeUnicode, wide("x"))+property(propHTML, typeBinary, "<p>x")+property(0x1009, typeBinary, "rtf")), rendData, title, data), []string{"html", "pdf a.pdf"}},
		{"an attachment's properties of the message", tnef(rendData, data, attribute(messageProps, little(1)+property(propLongName, typeString8, "a.exe")), rendData, title), []string{"pdf", "empty a.pdf"}},
		{"an attachment", tnef(rendData, title, data), []string{"pdf a.pdf"}},
		{"names behind the data", tnef(rendData, data, title), []string{"pdf a.pdf"}},
		{"two", tnef(rendData, title, data, rendData, attribute(attachTitle, "b.exe\x00"), attribute(attachData, program)), []string{"pdf a.pdf", "pe b.exe"}},
		{"without a beginning", tnef(title, data), []string{"pdf a.pdf"}},
		{"only a name", tnef(rendData, attribute(attachTitle, "a.exe\x00")), []string{"empty a.exe"}},
		{"Shift_JIS", tnef(page932, rendData, attribute(attachTitle, "\x8e\x91\x97\xbf.pdf\x00"), data), []string{"pdf 資料.pdf"}},
		{"long name", tnef(rendData, data, title, long("資料.pdf")), []string{"pdf a.pdf 資料.pdf"}},
		{"long name of octets", tnef(rendData, data, properties(property(propLongName, typeString8, "long name.exe\x00"))), []string{"pdf long name.exe"}},
		{"the same name", tnef(rendData, data, title, long("a.pdf")), []string{"pdf a.pdf"}},
		{"form for DOS", tnef(rendData, data, attribute(attachTitle, "LONGNA~1.HTM\x00"), long("long name.html")), []string{"pdf long name.html"}},
		{"form for DOS behind it", tnef(rendData, data, properties(property(propLongName, typeUnicode, wide("long name.html")), property(propFilename, typeString8, "LONGNA~1.HTM\x00"))), []string{"pdf long name.html"}},
		{"no form for DOS", tnef(rendData, data, attribute(attachTitle, "LONGNA~1.EXE\x00"), long("long name.pdf")), []string{"pdf LONGNA~1.EXE long name.pdf"}},
		{"too long for DOS", tnef(rendData, data, attribute(attachTitle, "LONGNAM~1.HTM\x00"), long("long name.html")), []string{"pdf LONGNAM~1.HTM long name.html"}},
		{"override", tnef(rendData, data, long("a\u202efdp.exe")), []string{"pdf a\u202efdp.exe"}},
		{"data among the properties", tnef(rendData, properties(append(others, property(propData, typeBinary, program), property(propLongName, typeUnicode, wide("a.dat")))...)), []string{"pe a.dat"}},
		{"data twice", tnef(rendData, title, data, properties(property(propData, typeBinary, program), property(propLongName, typeUnicode, wide("b.pdf")))), []string{"pdf a.pdf", "pe a.pdf b.pdf"}},
		{"a message in it", tnef(rendData, properties(property(propData, typeObject, strings.Repeat("i", objectHead)+inner), property(propLongName, typeUnicode, wide("m")))), []string{"tnef m", ">pe b.exe"}},
		{"a file in it", tnef(rendData, attribute(attachData, inner)), []string{"tnef", ">pe b.exe"}},
		{"an object that is none", tnef(rendData, properties(property(propData, typeObject, "i"))), []string{"empty"}},
		{"wrong checksum", strings.Replace(tnef(rendData, title, data), "a.pdf\x00", "b.pdf\x00", 1), []string{"pdf b.pdf"}},
		{"unknown type", tnef(rendData, properties(little(0x10000099)+"more", property(propLongName, typeUnicode, wide("b.pdf"))), data), []string{"pdf"}},
		{"attributes of other types", tnef(attribute(0x00009002, ""), attribute(0x00028010, "a.pdf"), attribute(0x1800f, "%PDF-1.4 x")), []string{"pdf a.pdf"}},
		{"unknown attribute", tnef(rendData, attribute(0x12345678, "x"), title, data), []string{"pdf a.pdf"}},
		{"data that end early", tnef(rendData, title, data)[:len(tnef(rendData, title))+tnefHeadSize+8], []string{"pdf a.pdf ?"}},
		{"length beyond the end", tnef(rendData, title, "\x02"+little(attachData)+"\xff\xff\xff\xff"+program), []string{"pe a.pdf ?"}},
		{"no count of properties", tnef(rendData, attribute(attachment, little(0)+property(propLongName, typeUnicode, wide("b"))), data), []string{"pdf b"}},
		{"count of properties", tnef(rendData, attribute(attachment, "\xff\xff\xff\xff"+property(propLongName, typeUnicode, wide("b"))), data), []string{"pdf b"}},
		{"count of values", tnef(rendData, attribute(attachment, little(1)+little(propLongName<<16|typeUnicode)+"\xff\xff\xff\xff"+little(4)+wide("b")), data), []string{"pdf b"}},
		{"length of a value", tnef(rendData, attribute(attachment, little(1)+little(propLongName<<16|typeUnicode)+little(1)+"\xff\xff\xff\xff"+wide("b")), data), []string{"pdf b"}},
		{"count of fixed values", tnef(rendData, attribute(attachment, little(1)+little(0x37061014)+"\xff\xff\xff\xff"+"12345678"), data, title), []string{"pdf a.pdf"}},
		{"length of a property's name", tnef(rendData, attribute(attachment, little(1)+little(0x80011014)+"guidguidguidguid"+little(1)+"\xff\xff\xff\xff"), data, title), []string{"pdf a.pdf"}},
		{"no properties", tnef(rendData, attribute(attachment, ""), data, title), []string{"pdf a.pdf"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			m := winmail(tt.in)
			c := read(t, m, DefaultLimits())
			if diff := cmp.Diff(tt.want, shown(c)); diff != "" {
				t.Error(diff)
			}
			if c.Parts[1].Kind != KindTNEF || c.Parts[1].Size != int64(len(tt.in)) || c.Decoded != c.Parts[1].Size || len(c.Stopped) > 0 {
				t.Errorf("%+v, %d octets, stopped %v", c.Parts[1], c.Decoded, c.Stopped)
			}
			samePieces(t, m, c)
		})
	}
}

// TestTNEFParts looks at what is known of an attachment.
func TestTNEFParts(t *testing.T) {
	file := string(zipped(t, "資料/a.exe"))
	c := read(t, winmail(tnef(rendData, attribute(attachTitle, "a.zip\x00"), attribute(attachData, file))), DefaultLimits())
	p := c.Parts[2]
	if p.Parent != 1 || p.Disposition != DispositionAttachment || p.Kind != KindZip || p.SHA256 != sha256.Sum256([]byte(file)) || p.Size != int64(len(file)) {
		t.Errorf("%+v", p)
	}
	if p.Archive == nil || len(p.Archive.Entries) != 1 || p.Archive.Entries[0].Name != "資料/a.exe" {
		t.Errorf("%+v", p.Archive)
	}
	if want := (Name{"a.zip", NameTNEF, SpellingPlain}); len(p.Names) != 1 || p.Names[0] != want {
		t.Errorf("%+v", p.Names)
	}
	c = read(t, winmail(tnef(attribute(messageProps, little(1)+property(propHTML, typeBinary, `<a href="https://a.test/">x</a>`)))), DefaultLimits())
	if len(c.Links) != 1 || c.Links[0].Target != "https://a.test/" || c.Parts[2].Type != "text/html" || c.Parts[2].Text != "x" {
		t.Errorf("%+v", c.Links)
	}
	c = read(t, winmail(tnef(rendData, attribute(attachData, pdfHead+objectStream(flateOnly, scripted)))), DefaultLimits())
	if !slices.Contains(c.Parts[2].Active, ActivePDFJavaScript) {
		t.Errorf("%v", c.Parts[2].Active)
	}
}

// TestTNEFLimits takes each limit at its value and one above.
func TestTNEFLimits(t *testing.T) {
	one := rendData + attribute(attachTitle, "a.exe\x00") + attribute(attachData, "MZ\x90\x00")
	files := func(n int) string { return winmail(tnef(strings.Repeat(one, n))) }
	deep := func(n int) string {
		s := tnef(one)
		for range n {
			s = tnef(rendData, attribute(attachData, s))
		}
		return winmail(s)
	}
	named := func(s string) string { return winmail(tnef(rendData, attribute(attachTitle, s))) }
	short := func(long string) string {
		return winmail(tnef(rendData, attribute(attachTitle, "LONGNA~1.HTM"), properties(property(propLongName, typeString8, long))))
	}
	twice := func(n int) string {
		return winmail(tnef(rendData, attribute(attachTitle, "abc"), strings.Repeat(attribute(attachData, "x"), n)))
	}
	with := func(set func(*Limits)) Limits {
		l := DefaultLimits()
		set(&l)
		return l
	}
	for _, tt := range []struct {
		limit     Limit
		limits    Limits
		at, above string
		parts     int // above
	}{
		{LimitParts, with(func(l *Limits) { l.Parts = 5 }), files(3), files(4), 5},
		{LimitDepth, with(func(l *Limits) { l.Depth = 4 }), deep(2), deep(3), 5},
		{LimitNames, with(func(l *Limits) { l.Names = len("winmail.dat") + 3 }), named("abc"), named("abcd"), 3},
		{LimitNames, with(func(l *Limits) { l.Names = len("winmail.dat") + len("LONGNA~1.html") }), short("LONGNA~1.html"), short("LONGNA~12.html"), 3},
		{LimitNames, with(func(l *Limits) { l.Names = len("winmail.dat") + 2*len("abc") }), twice(2), twice(3), 5},
		{LimitDecoded, with(func(l *Limits) { l.Decoded = int64(len(tnef(one, one))) }), files(2), files(3), 5},
		{LimitArchives, with(func(l *Limits) { l.Archives = 1 }), winmail(tnef(rendData, attribute(attachData, "PK\x03\x04\x00"))),
			winmail(tnef(rendData, attribute(attachData, "PK\x03\x04\x00"), rendData, attribute(attachData, "PK\x03\x04\x00"))), 4},
	} {
		if c := read(t, tt.at, tt.limits); len(c.Stopped) > 0 {
			t.Errorf("%s, at the limit: %v", tt.limit, c.Stopped)
		}
		c := read(t, tt.above, tt.limits)
		if !slices.Equal(c.Stopped, []Limit{tt.limit}) || len(c.Parts) != tt.parts && tt.limit != LimitDecoded {
			t.Errorf("%s, above: %v, %d parts", tt.limit, c.Stopped, len(c.Parts))
		}
	}
	for more := range 2 {
		text := strings.Repeat("x", MaxName+more)
		for i, in := range []string{attribute(attachTitle, text), properties(property(propLongName, typeString8, text)), properties(property(propLongName, typeUnicode, wide(text)))} {
			c := read(t, winmail(tnef(rendData, in, attribute(attachData, "MZ\x90\x00"))), DefaultLimits())
			if p := c.Parts[2]; len(p.Names[0].Text) != MaxName || p.Kind != KindPE {
				t.Errorf("%d: a name of %d octets, %s", i, len(p.Names[0].Text), p.Kind)
			}
		}
		var names []string
		for i := range MaxNames + more {
			names = append(names, property(propLongName, typeString8, fmt.Sprint(i)))
		}
		if c := read(t, winmail(tnef(rendData, properties(names...))), DefaultLimits()); len(c.Parts[2].Names) != MaxNames {
			t.Errorf("%d names", len(c.Parts[2].Names))
		}
	}
}

// FuzzTNEF reads any octets as the rest of such a file, in pieces, which must make no difference, and within small limits.
func FuzzTNEF(f *testing.F) {
	one := rendData + attribute(oemCodepage, little(932)) + attribute(attachTitle, "\x8e\x91~1.EXE") + attribute(attachData, "MZ\x90\x00")
	for _, s := range []string{
		one, one + properties(append(others, property(propLongName, typeUnicode, wide("資料.exe")), property(propData, typeBinary, "MZ"))...),
		rendData + properties(property(propData, typeObject, strings.Repeat("i", objectHead)+tnef(one))), one[:len(one)-7],
	} {
		f.Add([]byte(s), 3)
	}
	limits := Limits{Body: 4000, Depth: 4, Parts: 10, PartHeader: 200, Decoded: 3000, Text: 500, HTML: 500, Links: 5, Archives: 2, Names: 100, Objects: 1000, Hash: true}
	f.Fuzz(func(t *testing.T, in []byte, size int) {
		in = append([]byte(tnef()), in...)
		x, y := New(typed("application/ms-tnef"), limits), New(typed("application/ms-tnef"), limits)
		x.Write(in)
		for size, rest := 1+size&0xff, in; len(rest) > 0; {
			n := min(size, len(rest))
			y.Write(rest[:n])
			rest = rest[n:]
		}
		c := x.Content()
		if x.full {
			y.content.Octets = c.Octets
		}
		if diff := cmp.Diff(c, y.Content()); diff != "" {
			t.Fatal(diff)
		}
		names := 0
		for i, p := range c.Parts {
			if p.Parent >= i || p.Depth > limits.Depth+1 || p.Size > int64(len(in)) {
				t.Fatalf("part %d in %d at depth %d, %d octets", i, p.Parent, p.Depth, p.Size)
			}
			for _, n := range p.Names {
				names += len(n.Text)
			}
		}
		if len(c.Parts) > limits.Parts || names > limits.Names {
			t.Fatalf("%d parts, %d octets of names", len(c.Parts), names)
		}
	})
}
