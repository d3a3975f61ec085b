package archive

import (
	"archive/zip"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// startsItself lists what a file is said to start.
func startsItself(l *Listing) string {
	s := strings.Join(l.AutoExec, " ")
	if l.MacrosUnread {
		s += " unread"
	}
	if !l.Macros {
		s += " no macros"
	}
	return strings.TrimSpace(s)
}

// TestSource reads one module.
func TestSource(t *testing.T) {
	lines := strings.Repeat("    x = x + Cells(x, 1).Value ' count\r\n", 150)
	for name, tt := range map[string]struct{ source, want string }{
		"nothing":                   {"", ""},
		"a button":                  {"Sub CommandButton1_Click()\r\nEnd Sub\r\n", ""},
		"open":                      {"Sub AutoOpen()\r\nEnd Sub\r\n", "AutoOpen"},
		"as VBA takes it":           {"private  SUB\tworkbook_OPEN ( )\r\nEND SUB\r\n", "Workbook_Open"},
		"function":                  {"Public Function Auto_Open() As Long\r\n", "Auto_Open"},
		"without a line end":        {"Sub AutoOpen", "AutoOpen"},
		"on the next line":          {"Sub _\r\n  Document_Open()\r\n", "Document_Open"},
		"behind a colon":            {"x = 1: Sub Document_Close()\r\n", "Document_Close"},
		"several":                   {"Sub AutoOpen()\nEnd Sub\nSub AutoOpen()\nEnd Sub\nSub Workbook_BeforeClose(Cancel As Boolean)\nEnd Sub", "AutoOpen Workbook_BeforeClose"},
		"a longer name":             {"Sub AutoOpenAll()\r\nSub MyAutoOpen()\r\n", ""},
		"called":                    {"Sub A()\r\n  AutoOpen\r\nEnd Sub\r\nAutoOpen\r\n", ""},
		"behind the end of another": {"End Sub\r\nAutoOpen\r\n", ""},
		"in a remark":               {"' Sub AutoOpen()\r\nRem Sub AutoOpen()\r\nx = 1 ' Sub AutoOpen()\r\n", ""},
		"behind a remark":           {"'\r\nSub AutoOpen()\r\n", "AutoOpen"},
		"behind an empty remark":    {"Rem\r\nSub AutoOpen()\r\n", "AutoOpen"},
		"rem is no remark there":    {"x = rem + 1: Sub AutoOpen()\r\n", "AutoOpen"},
		"in a text":                 {"s = \"Sub AutoOpen()\"\r\ns = \"a\"\" Sub AutoOpen()\"\r\n", ""},
		"behind a text":             {"s = \"it's\"\r\nSub AutoOpen()\r\n", "AutoOpen"},
		"an open text":              {"s = \"it's\r\nSub AutoOpen()\r\n", "AutoOpen"},
		"control that paints":       {"Private Sub InkPicture1_Painted(ByVal hDC As Long)\r\n", "InkPicture_Painted"},
		"control that is clicked":   {"Private Sub TextBox1_Change()\r\nPrivate Sub ListBox1_GotFocus()\r\n", ""},
		"in a later chunk":          {lines + "Sub AutoOpen()\r\n", "AutoOpen"},
		"across two chunks":         {strings.Repeat("x", 4096-len(moduleHead)-2) + "\nSub AutoOpen()\r\n", "AutoOpen"},
		"a full last chunk":         {strings.Repeat("\n", 4096-len(moduleHead)), ""},
		"in Japanese":               {"Sub \x8e\xa9\x93\xae\x95\x5c()\r\nEnd Sub\r\n", ""},
		"many": {"Sub AutoExec()\nSub AutoOpen()\nSub AutoNew()\nSub AutoClose()\nSub AutoExit()\nSub Document_Open()\nSub Document_New()\nSub Document_Close()\nSub Workbook_Open()\n",
			"AutoExec AutoOpen AutoNew AutoClose AutoExit Document_Open Document_New Document_Close"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := startsItself(list(t, OLE, []byte(projectFile(tt.source)), DefaultLimits())); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestProject looks into whole files.
func TestProject(t *testing.T) {
	harmless := moduleHead + "Sub Count()\r\nEnd Sub\r\n"
	auto := moduleHead + "Sub Document_Open()\r\nEnd Sub\r\n"
	module := func(source string) stream { return stream{"Module1", "cache" + vbaCompressed(source)} }
	vba := stream{"VBA/", ""}
	noise := make([]byte, 4096)
	g := rand.New(rand.NewPCG(5, 6))
	for i := range noise {
		noise[i] = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ,;.:"[g.IntN(66)]
	}
	uncompressed := "\x01\xff\x3f" + (moduleHead + "Sub AutoOpen()\r\n" + strings.Repeat("'", 4096))[:4096]
	for name, tt := range map[string]struct{ in, want string }{
		"no macros":                {compound(stream{"WordDocument", "text"}), "no macros"},
		"source":                   {compound(vba, module(auto)), "Document_Open"},
		"two modules":              {compound(vba, module(harmless), module(auto)), "Document_Open"},
		"harmless":                 {compound(vba, module(harmless)), ""},
		"cache, source is another": {compound(vba, stream{"_VBA_PROJECT", vbaCache("Word", "Document_Open")}, module(harmless)), "Document_Open"},
		"cache, other kind":        {compound(vba, stream{"_VBA_PROJECT", vbaCache("document_open")}), "Document_Open"},
		"cache with small letters": {compound(vba, stream{"_VBA_PROJECT", vbaCache("Word", "x", "AUTOOPEN")}), "AutoOpen"},
		"name of a module":         {compound(vba, stream{"PROJECTwm", "AutoExec\x00" + utf16Octets("AutoExec") + "\x00\x00\x00\x00"}, module(harmless)), "AutoExec"},
		"what a text says of it":   {compound(stream{"WordDocument", "the procedure AutoOpen, or Document_Open()" + utf16Octets(" and AutoOpen ")}, vba, module(harmless)), ""},
		"a name in a file without": {compound(stream{"WordDocument", vbaCache("Document_Open")}), "no macros"},
		"not compressed":           {compound(vba, stream{"Module1", uncompressed}), "AutoOpen"},
		"no source":                {compound(vba, stream{"_VBA_PROJECT", vbaCache("Word", "Excel")}), "unread"},
		"source that is cut":       {compound(vba, module(harmless), stream{"Module2", vbaCompressed(moduleHead + string(noise))[:2000] + "\xff\xff\xff\xff"}), "unread"},
		"copy from nowhere":        {compound(vba, stream{"Module2", "\x01\x0c\xb0\x00Attribut\x02e\xff\xff"}), "unread"},
		"no second chunk":          {compound(vba, stream{"Module2", vbaCompressed(moduleHead+strings.Repeat("\n", 4096-len(moduleHead))) + "\x01\x02"}), "unread"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := startsItself(list(t, OLE, []byte(tt.in), DefaultLimits())); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// utf16Octets is a text in UTF-16, the lower octet first.
func utf16Octets(s string) string { return strings.TrimSuffix(wide(s), "\x00\x00") }

// TestProjectInZip looks into projects inside a zip file.
func TestProjectInZip(t *testing.T) {
	types := file{name: "[Content_Types].xml", text: "<Types/>", method: zip.Deflate}
	auto, harmless := projectFile("Sub Workbook_Open()\r\nEnd Sub\r\n"), projectFile("Sub Count()\r\nEnd Sub\r\n")
	packed := func(s string) string { return string(deflated(t, s)) }
	rels := file{name: "xl/_rels/workbook.xml.rels", method: zip.Deflate,
		text: `<Relationships><Relationship Id="r1" Type="http://schemas.microsoft.com/office/2006/relationships/vbaProject" Target="data.dat"/></Relationships>`}
	for name, tt := range map[string]struct {
		raw   bool
		files []file
		want  string
	}{
		"sizes behind":           {false, []file{types, {name: "xl/vbaProject.bin", text: auto, method: zip.Deflate}}, "Workbook_Open"},
		"sizes in front":         {true, []file{types, {name: "xl/vbaProject.bin", text: packed(auto), method: zip.Deflate}}, "Workbook_Open"},
		"stored":                 {true, []file{types, {name: "xl/vbaProject.bin", text: auto}}, "Workbook_Open"},
		"stored without an end":  {false, []file{types, {name: "xl/vbaProject.bin", text: auto}}, "unread"},
		"harmless":               {false, []file{types, {name: "word/vbaProject.bin", text: harmless, method: zip.Deflate}}, ""},
		"two":                    {false, []file{types, {name: "word/vbaProject.bin", text: harmless, method: zip.Deflate}, {name: "word/VBAPROJECT.BIN", text: auto, method: zip.Deflate}}, "Workbook_Open"},
		"another name":           {false, []file{types, {name: "xl/macro1.bin", text: auto, method: zip.Deflate}}, "Workbook_Open"},
		"settings of a printer":  {false, []file{types, {name: "xl/printerSettings/printerSettings1.bin", text: auto, method: zip.Deflate}}, "no macros"},
		"other octets":           {false, []file{types, {name: "xl/data.bin", text: "data" + auto, method: zip.Deflate}}, "no macros"},
		"no compound file":       {false, []file{types, {name: "xl/vbaProject.bin", text: "data", method: zip.Deflate}}, "unread"},
		"empty":                  {false, []file{types, {name: "xl/vbaProject.bin"}}, "unread"},
		"encrypted":              {true, []file{types, {name: "xl/vbaProject.bin", text: packed(auto), method: zip.Deflate, flags: 1}}, "unread"},
		"a method nobody has":    {true, []file{types, {name: "xl/vbaProject.bin", text: packed(auto), method: 12}}, "unread"},
		"only the relation says": {false, []file{types, {name: "xl/data.dat", text: auto, method: zip.Deflate}, rels}, "unread"},
		"damaged":                {true, []file{types, {name: "xl/vbaProject.bin", text: packed(auto)[:40] + "\xff\xff\xff\xff", method: zip.Deflate}}, "unread"},
		"of a zip in a zip":      {true, []file{{name: "in.xlsm", text: string(zipped(t, true, types, file{name: "xl/vbaProject.bin", text: packed(auto), method: zip.Deflate}))}}, "Workbook_Open"},
	} {
		t.Run(name, func(t *testing.T) {
			if got := startsItself(list(t, Zip, zipped(t, tt.raw, tt.files...), DefaultLimits())); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

// TestProjectCuts lists a file in pieces of any size.
func TestProjectCuts(t *testing.T) {
	source := strings.Repeat("    x = x + 1 ' count\r\n", 1500) + "Sub Document_Open()\r\n"
	old := []byte(compound(stream{"WordDocument", strings.Repeat("text ", 3000) + "\x13 DDEAUTO c:\\\\x.exe \"a\"\x14"}, stream{"VBA/", ""},
		stream{"_VBA_PROJECT", strings.Repeat("x", 7000) + vbaCache("a", "Workbook_Open")}, stream{"Module1", vbaCompressed(moduleHead + source)}))
	document := strings.Repeat(`<w:r><w:t>text</w:t></w:r>`, 5000) + fieldXML("DDE", "AUTO c:\\x.exe")
	files := []file{{name: "[Content_Types].xml"}, {name: "word/document.xml", text: document, method: zip.Deflate}, {name: "word/vbaProject.bin", text: string(old), method: zip.Deflate}}
	for format, b := range map[Format][]byte{OLE: old, Zip: zipped(t, false, files...)} {
		x := New(format, DefaultLimits())
		x.Write(b)
		want := x.Listing()
		if len(want.AutoExec) != 2 || want.DDE == "" {
			t.Fatalf("%s: %v %q", format, want.AutoExec, want.DDE)
		}
		g := rand.New(rand.NewPCG(7, 8))
		for range 60 {
			y := New(format, DefaultLimits())
			most := 1 << g.IntN(16)
			for rest := b; len(rest) > 0; {
				n := min(1+g.IntN(most), len(rest))
				y.Write(rest[:n])
				rest = rest[n:]
			}
			if diff := cmp.Diff(want, y.Listing()); diff != "" {
				t.Fatalf("%s, pieces of up to %d: %s", format, most, diff)
			}
		}
	}
}

// TestProjectLimits takes each limit at its value and one above.
func TestProjectLimits(t *testing.T) {
	types := file{name: "[Content_Types].xml"}
	source := "Sub Workbook_Open()\r\n"
	text := projectFile(source)
	zipFile := zipped(t, false, types, file{name: "xl/vbaProject.bin", text: text, method: zip.Deflate})
	stored := zipped(t, true, types, file{name: "xl/vbaProject.bin", text: text})
	for _, tt := range []struct {
		name   string
		in     []byte
		format Format
		at     int
	}{
		{"expanded", zipFile, Zip, len(text)},
		{"stored", stored, Zip, len(text)},
		{"source", []byte(projectFile("Sub Count()\r\n")), OLE, len(moduleHead + "Sub Count()\r\n")},
	} {
		limits := DefaultLimits()
		limits.Project = tt.at
		if l := list(t, tt.format, tt.in, limits); len(l.Stopped) > 0 || l.MacrosUnread {
			t.Errorf("%s at the limit: %v, %s", tt.name, l.Stopped, startsItself(l))
		}
		limits.Project--
		if l := list(t, tt.format, tt.in, limits); !cmp.Equal(l.Stopped, []Limit{LimitProject}) {
			t.Errorf("%s above: %v, %s", tt.name, l.Stopped, startsItself(l))
		}
	}
	two := zipped(t, false, types, file{name: "xl/vbaProject.bin", text: text, method: zip.Deflate}, file{name: "xl/b/vbaProject.bin", text: text, method: zip.Deflate})
	limits := DefaultLimits()
	limits.Project = 2 * len(text)
	if l := list(t, Zip, two, limits); len(l.Stopped) > 0 {
		t.Errorf("two at the limit: %v", l.Stopped)
	}
	limits.Project--
	if l := list(t, Zip, two, limits); !cmp.Equal(l.Stopped, []Limit{LimitProject}) {
		t.Errorf("two above: %v", l.Stopped)
	}
	for n, want := range map[int]string{maxProcedure: "", len("Document_DocumentOpened"): "Document_DocumentOpened", maxProcedure + 1: ""} {
		name := (want + strings.Repeat("x", n))[:n]
		if got := startsItself(list(t, OLE, []byte(projectFile("Sub "+name+"()\r\n", "a", name)), DefaultLimits())); got != want {
			t.Errorf("a name of %d: %q", n, got)
		}
	}
}

// TestProjectBomb shows that what is expanded is bounded.
func TestProjectBomb(t *testing.T) {
	types := file{name: "[Content_Types].xml"}
	limits := DefaultLimits()
	huge := oleMark + strings.Repeat(vbaCompressed(moduleHead+strings.Repeat(" ", 300_000)), 2000)
	x := New(Zip, limits)
	b := zipped(t, false, types, file{name: "word/vbaProject.bin", text: huge, method: zip.Deflate}, file{name: "word/document.xml", text: strings.Repeat("<w:instrText>", 1<<20), method: zip.Deflate})
	x.Write(b)
	z := x.reader.(*zipReader)
	l := x.Listing()
	if !cmp.Equal(l.Stopped, []Limit{LimitProject, LimitDocument}) || z.partUsed[partProject] > limits.Project || z.partUsed[partDocument] > limits.Document || z.sourceUsed > limits.Project+vbaChunk {
		t.Errorf("%v: %v octets, source of %d", l.Stopped, z.partUsed, z.sourceUsed)
	}
	// blocks that come to nothing
	empty := strings.Repeat("\x00\x00\x00\xff\xff", 1<<20)
	x = New(Zip, limits)
	x.Write(zipped(t, true, types, file{name: "word/document.xml", text: empty, method: zip.Deflate}))
	if l := x.Listing(); !cmp.Equal(l.Stopped, []Limit{LimitDocument}) {
		t.Errorf("blocks of nothing: %v", l.Stopped)
	}
}
