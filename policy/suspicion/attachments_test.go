package suspicion

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/archive"
	"sekimori/policy/mail/mime"
)

// filed is a message with one part that was read so.
func filed(a *Assessor, p mime.Part) *reading {
	p.Parent = 0
	c := &mime.Content{Parts: []mime.Part{{Parent: -1, Type: "multipart/mixed", Container: true}, p}}
	return &reading{Assessor: a, in: Input{Message: &policy.Message{}, Facts: &policy.Facts{}, Content: c}}
}

func TestExtension(t *testing.T) {
	for in, want := range map[string]string{
		"a.exe": "exe", "a.EXE": "exe", "a.pdf.exe": "exe", "a.exe. .": "exe", "a.exe\u3000": "exe", "a.exe\x00.pdf": "exe", "a.\u200bexe": "exe",
		"a": "", "": "", ".": "", "...": "", ".profile": "profile", "a." + strings.Repeat("x", maxExtension): strings.Repeat("x", maxExtension),
		"a." + strings.Repeat("x", maxExtension+1): "", "資料.ｐｄｆ": "ｐｄｆ",
	} {
		if got := extension(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func TestShippedExtensions(t *testing.T) {
	l := New(fixturePolicy()).lists.extensions
	seen := map[string]bool{}
	for e, class := range l {
		if !slices.Contains(FileClasses(), class) || len(e) > maxExtension || e != strings.ToLower(e) {
			t.Errorf("%q is %q", e, class)
		}
		seen[class] = true
	}
	if len(seen) != len(FileClasses()) {
		t.Errorf("classes %v", seen)
	}
	for _, harmless := range []string{"pdf", "docx", "xlsx", "txt", "jpg", "png", "csv", "p7s", "ics", "eml", "dat", "xml", "json", "log", "cer"} {
		if l[harmless] != "" {
			t.Errorf("%s is %s", harmless, l[harmless])
		}
	}
}

// TestFileLimits takes each number of these indicators at its value and one above.
func TestFileLimits(t *testing.T) {
	a := New(fixturePolicy())
	zip := func(l archive.Listing, size int64) *reading {
		l.Format = archive.Zip
		return filed(a, mime.Part{Type: "application/zip", Kind: mime.KindZip, Archive: &l, Size: size})
	}
	levels := func(n int) *reading {
		r := filed(a, mime.Part{})
		r.in.Content.Parts = []mime.Part{{Parent: -1, Type: "multipart/mixed", Container: true}}
		for i := range n {
			r.in.Content.Parts = append(r.in.Content.Parts, mime.Part{Parent: i, Type: "multipart/mixed", Container: true})
		}
		return r
	}
	outside := func(before, behind int64) *reading {
		r := filed(a, mime.Part{Type: "text/plain"})
		r.in.Content.Preamble, r.in.Content.Epilogue = before, behind
		return r
	}
	named := func(name string) *reading {
		return filed(a, mime.Part{Type: "application/pdf", Kind: mime.KindPDF, Names: []mime.Name{{Text: name}}})
	}
	for _, tt := range []struct {
		indicator string
		at, above *reading
	}{
		{"archive_bomb", zip(archive.Listing{Size: bombSize}, bombSize), zip(archive.Listing{Size: bombSize + 1}, bombSize)},
		{"archive_bomb", zip(archive.Listing{Size: bombLeast}, 1), zip(archive.Listing{Size: bombLeast + bombRatio}, bombLeast/bombRatio)},
		{"archive_bomb", zip(archive.Listing{Size: 2 * bombLeast}, 2*bombLeast/bombRatio), zip(archive.Listing{Size: 2 * bombLeast}, 2*bombLeast/bombRatio-1)},
		{"archive_bomb", zip(archive.Listing{Stopped: []archive.Limit{archive.LimitRecord}}, 1), zip(archive.Listing{Stopped: []archive.Limit{archive.LimitNames}}, 1)},
		{"mime_ambiguous", levels(maxLevels), levels(maxLevels + 1)},
		{"mime_ambiguous", outside(maxOutside, maxOutside), outside(maxOutside+1, 0)},
		{"mime_ambiguous", outside(0, maxOutside), outside(0, maxOutside+1)},
		{"attach_name_deceptive", named("a" + strings.Repeat(" ", minGap-1) + ".pdf"), named("a" + strings.Repeat(" ", minGap) + ".pdf")},
	} {
		for i, r := range []*reading{tt.at, tt.above} {
			at := slices.IndexFunc(r.indicators, func(ind Indicator) bool { return ind.Name == tt.indicator })
			if what, ok := r.indicators[at].find(r); ok != (i == 1) {
				t.Errorf("%s: case %d: %v %s", tt.indicator, i, ok, what)
			}
		}
	}
}

func TestRemoteHost(t *testing.T) {
	for in, want := range map[string]string{
		"http://a.test/t.dotm": "a.test", "HTTPS://u:p@A.Test:8443/x": "a.test", `\\a.test\share`: "a.test", `\\a.test@SSL@443\share`: "a.test", "//a.test/x": "a.test",
		"file://a.test/x": "a.test", `file:///\\a.test\x`: "a.test", "mhtml:http://a.test/x!y": "a.test", "http://203.0.113.1/x": "203.0.113.1", "ftp://a.test": "a.test",
		`\\server\share`: "", "file:///C:/x": "", `C:\x`: "", "template.dotx": "", "": "", "http:": "", "mailto:a@b.test": "", `file:///\\server\x`: "", "http://localhost/x": "",
	} {
		if got := remoteHost(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

// TestNothingAttached asks every indicator about a message whose body was not read.
func TestNothingAttached(t *testing.T) {
	r := &reading{Assessor: New(fixturePolicy()), in: Input{Message: &policy.Message{}, Facts: &policy.Facts{}}}
	for _, ind := range attachments() {
		if what, ok := ind.find(r); ok {
			t.Errorf("%s: %s", ind.Name, what)
		}
	}
}

// FuzzFiles asks every indicator about foreign names, entries and texts.
func FuzzFiles(f *testing.F) {
	f.Add("a.pdf     .exe", "b\u202efdp.scr", "=cmd|'/C x'!A0", `\\a.test@SSL\x`)
	f.Add("\x00", "/", "\norganizer;x:mailto:a@b\r\n .test", "file:///\\\\")
	f.Add("a.csv", "a\u3164.js", "|!|!=", "http://@")
	a := New(fixturePolicy())
	f.Fuzz(func(t *testing.T, name, entry, text, target string) {
		r := filed(a, mime.Part{Type: "text/calendar", Kind: mime.KindOOXML, Names: []mime.Name{{Text: name}, {Text: entry}}, Text: text,
			Archive: &archive.Listing{Format: archive.Zip, Encrypted: true, Entries: []archive.Entry{{Name: entry}},
				External: []archive.External{{Type: "frame", Target: target}}}})
		r.in.Facts.Authors = []policy.Author{{Address: policy.Address{Local: "a", Domain: "a.example"}}}
		for _, ind := range attachments() {
			ind.find(r)
		}
		if s := shortName(name); utf8.ValidString(name) && !utf8.ValidString(s) {
			t.Errorf("%q", s)
		}
	})
}

// BenchmarkAttachments asks about a mail with a document, and about one with an archive of a hundred.
func BenchmarkAttachments(b *testing.B) {
	for _, entries := range []int{0, 100} {
		b.Run(fmt.Sprintf("%d entries", entries), func(b *testing.B) {
			l := &archive.Listing{Format: archive.Zip}
			for i := range entries {
				l.Entries = append(l.Entries, archive.Entry{Name: fmt.Sprintf("資料/%d/議事録.docx", i)})
			}
			a, all := New(fixturePolicy()), attachments()
			in := filed(a, mime.Part{Type: "application/zip", Kind: mime.KindZip, Names: []mime.Name{{Text: "資料.zip"}}, Archive: l, Size: 1000}).in
			in.Facts.Authors = mail.Authors(policy.Header{{Name: "From", Value: " a@sender.example"}}, 10).Authors
			b.ReportAllocs()
			for b.Loop() {
				r := &reading{Assessor: a, in: in}
				for i := range all {
					all[i].find(r)
				}
			}
		})
	}
}

// TestCompressed is about the one file in a compressed file, which has the name of that, whatever may be written inside.
func TestCompressed(t *testing.T) {
	a := New(fixturePolicy())
	for _, tt := range []struct {
		name  string
		kind  mime.Kind
		inner mime.Kind
		list  *archive.Listing
		want  string
	}{
		{"a.exe.gz", mime.KindGzip, mime.KindPE, &archive.Listing{Format: archive.Gzip, Entries: []archive.Entry{{Name: "b.scr"}}}, "a.exe b.scr"},
		{"a.exe.gz", mime.KindGzip, "", &archive.Listing{Format: archive.Gzip, Entries: []archive.Entry{{Name: "b.scr"}}}, "b.scr"}, // a tar file
		{"a.exe.bz2", mime.KindBzip2, "", nil, "a.exe"},
		{"a.exe.xz", mime.KindXz, "", nil, "a.exe"},
		{"a.tar.zst", mime.KindZstd, "", nil, ""},
		{"a.exe.bz2", mime.KindText, "", nil, ""},
		{"a.exe", mime.KindXz, "", nil, ""},
		{".xz", mime.KindXz, "", nil, ""},
	} {
		r := filed(a, mime.Part{Type: "application/octet-stream", Names: []mime.Name{{Text: tt.name}}, Kind: tt.kind, Inner: tt.inner, Archive: tt.list})
		var got []string
		for _, n := range r.entries(&r.attached()[0]) {
			got = append(got, n.text)
		}
		if s := strings.Join(got, " "); s != tt.want {
			t.Errorf("%s, %s: %q, want %q", tt.name, tt.kind, s, tt.want)
		}
	}
}

// TestCompressedCut shows that a size is not believed that stands at an end which may not have come.
func TestCompressedCut(t *testing.T) {
	r := filed(New(fixturePolicy()), mime.Part{Type: "application/gzip", Kind: mime.KindGzip, Inner: mime.KindText, Size: 1000,
		Archive: &archive.Listing{Format: archive.Gzip, Size: bombSize + 1}})
	if _, ok := r.bomb(); !ok {
		t.Error("it is not found")
	}
	r.in.Content.Stopped = []mime.Limit{mime.LimitDecoded}
	if what, ok := r.bomb(); ok {
		t.Errorf("found %s in what was cut", what)
	}
}
