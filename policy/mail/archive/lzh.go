package archive

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"sekimori/policy/mail"
)

// lzhReader follows the headers of an LZH file, of levels 0 to 3, and passes over the data between them.
//
// Programs were always lenient with this format, and headers whose sizes lie have kept filters from looking inside. So a wrong check
// sum changes nothing but that it is told; and behind a header that cannot be followed, whatever has the form of one is listed,
// wherever it stands.
type lzhReader struct {
	x     *Lister
	in    records
	loose bool
	tried int // headers, once it is loose
}

const (
	lzhLeast  = 22  // octets by which a header is known, and how long it is
	lzhFields = 100 // extension headers of one header that are read; honest ones have about ten

	lzhMaxName = 4 * MaxName // octets of a name, and of its directory, that are decoded
)

func (r *lzhReader) write(p []byte) {
	if r.in.want == 0 {
		r.in.want = 1
	}
	r.in.write(p, r.read)
}

func (r *lzhReader) end() {
	if r.in.open() && !r.loose {
		r.x.problem(ProblemTruncated)
	}
}

// read reads the header at the beginning of b.
func (r *lzhReader) read(b []byte) int {
	if r.loose {
		if n := lzhMark(b); n > 0 {
			r.in.want = lzhLeast
			return n
		}
	} else if b[0] == 0 { // the end
		r.in.done = true
		return 0
	}
	if len(b) < lzhLeast {
		r.in.want = lzhLeast
		return 0
	}
	if lzhMark(b) != 0 {
		r.broken()
		return 1
	}
	h := lzhHeader{b: b, limit: max(lzhLeast, r.x.limits.Record)}
	if h.read(); h.need > len(b) {
		r.in.want = h.need
		return 0
	}
	r.in.want = 1
	h.list(r.x)
	if h.sum {
		r.x.problem(ProblemHeader)
	}
	switch {
	case h.over:
		r.x.stop(LimitRecord)
	case h.bad:
		r.broken()
	}
	if r.loose {
		if r.tried++; r.tried > r.x.limits.Entries {
			r.x.stop(LimitEntries)
			r.in.done = true
		}
		r.in.want = lzhLeast
		return lzhLeast - 1 // what follows may be another one
	}
	used := min(h.size, h.need) // the rest was not wanted
	r.in.skip = min(h.skip, 1<<62) + uint64(h.size-used)
	return used
}

func (r *lzhReader) broken() {
	r.x.problem(ProblemHeader)
	r.loose, r.in.want = true, lzhLeast
}

// lzhMark returns how many octets stand before what may be a header; 0 where b begins with one.
func lzhMark(b []byte) int {
	const before, after, level = 2, 4, 20 // octets before "-l", to the second "-", and to the level
	for at := before; ; at++ {
		n := bytes.Index(b[min(at, len(b)):], []byte("-l"))
		if n < 0 {
			return max(0, len(b)-lzhLeast+1)
		}
		at += n
		if from := at - before; from+lzhLeast > len(b) || b[at+after] == '-' && b[from+level] <= 3 {
			return from
		}
	}
}

// list lists the entry. Where it has two names that differ, readers differ on which of them they use.
func (h *lzhHeader) list(x *Lister) {
	e := Entry{Name: h.text(), Size: h.original, Packed: h.packed, Directory: string(h.b[2:7]) == "-lhd-"}
	wide := wideName(h.above) + wideName(h.wide)
	if e.Name == "" {
		e.Name, wide = wide, ""
	}
	x.add(e)
	if wide == "" || wide == e.Name {
		return
	}
	if !strings.EqualFold(ending(wide), ending(e.Name)) {
		x.problem(ProblemName)
	}
	x.add(Entry{Name: wide, Directory: e.Directory})
}

// ending is what stands behind the last full stop.
func ending(name string) string { return name[strings.LastIndexByte(name, '.')+1:] }

// text returns the name as its writer's system means it. In Japan that is Shift_JIS, but on Unix.
func (h *lzhHeader) text() string {
	charset := "shift_jis"
	switch {
	case h.utf8:
		charset = "utf-8"
	case h.system == 'U':
		charset = ""
	}
	const separator = "\xff"
	dir := h.dir
	if len(dir) > 0 && !bytes.HasSuffix(dir, []byte(separator)) {
		dir = append(bytes.Clone(dir), separator...)
	}
	raw := bytes.ReplaceAll(append(bytes.Clone(dir), h.name...), []byte(separator), []byte("/"))
	text := mail.DecodeText(charset, raw) // before it is cut, because what begins in the middle of Shift_JIS is other letters
	return strings.ReplaceAll(string(nameEnd([]byte(text))), "\\", "/")
}

// wideName returns a name in UTF-16, in which 0xffff stands between directories.
func wideName(b []byte) string {
	units := make([]uint16, 0, MaxName/2)
	for ; len(b) >= 2; b = b[2:] {
		u := binary.LittleEndian.Uint16(b)
		if u == 0xffff || u == '\\' {
			u = '/'
		}
		units = append(units, u)
	}
	return string(utf16.Decode(units))
}
