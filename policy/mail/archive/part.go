package archive

import (
	"slices"
	"strings"

	"sekimori/policy/mail/inflate"
)

// partKind says what a part of an Office file is read for.
type partKind uint8

const (
	partOther    partKind = iota
	partProject           // a VBA project
	partDocument          // XML with fields or links
	partKinds    = iota
)

// officePart says what an entry of a zip file is read for, by its name. Typed says that the file is one of Office: there other names
// are allowed as well (ECMA-376-2, 6.2), and parts of XML whose usual names say that they hold neither fields nor links are left out.
func officePart(name string, typed bool) partKind {
	name = strings.TrimPrefix(strings.ToLower(strings.ReplaceAll(name, `\`, "/")), "/")
	folder, _, _ := strings.Cut(name, "/")
	base := name[strings.LastIndexByte(name, '/')+1:]
	switch {
	case base == "vbaproject.bin":
		return partProject
	case strings.HasSuffix(base, ".bin"):
		if typed && !strings.Contains(name, "/embeddings/") && !strings.Contains(name, "/activex/") && !strings.Contains(name, "printersettings") {
			return partProject
		}
		return partOther
	case !strings.HasSuffix(base, ".xml"):
		return partOther
	}
	switch folder {
	case "word":
		if withoutFields(strings.TrimRight(strings.TrimSuffix(base, ".xml"), "0123456789")) || strings.HasPrefix(name, "word/theme/") {
			return partOther
		}
		return partDocument
	case "xl":
		if strings.HasPrefix(name, "xl/externallinks/") {
			return partDocument
		}
		return partOther
	case "content.xml": // of OpenDocument
		return partDocument
	case "ppt", "docprops", "customxml", "_rels", "visio", "docmetadata":
		return partOther
	}
	if typed {
		return partDocument
	}
	return partOther
}

// withoutFields reports whether a part of a Word document has no fields, by the usual name.
func withoutFields(base string) bool {
	switch base {
	case "styles", "styleswitheffects", "settings", "websettings", "fonttable", "numbering", "people", "commentsextended", "commentsids",
		"commentsextensible", "vbadata", "keymapcustomizations", "customizations":
		return true
	}
	return false
}

// partStream is one part of an Office file that is read as it comes.
type partStream struct {
	kind   partKind
	from   int64 // place of the data
	want   int64 // octets of it; -1 where only the data says so
	had    int64
	out    int64 // octets that were handed on
	stored bool
	over   bool // a limit was reached
	to     consumer
}

// consumer takes octets as they come, and reports whether it wants more of them.
type consumer interface {
	write(p []byte) bool
}

const (
	// maxGrown is by how many octets parts may be longer as they are stored than what they expand to, all of a file together, before the
	// rest is not looked at. Writers let nothing grow by more than a few octets, and the expansion is up to 32 kB behind; but blocks of
	// nothing cost as much time as others.
	maxGrown = 48 << 10
	// partPiece is after how many octets that is looked at.
	partPiece = 4 << 10
)

// open begins with a part that is read as it comes.
func (z *zipReader) open(r *zipRecord) {
	kind := officePart(r.name, z.typed)
	if kind == partOther {
		return
	}
	if z.part.kind != partOther && z.part.had == z.part.want {
		z.closePart()
	}
	s := partStream{kind: kind, from: r.data, want: -1, stored: r.method == 0}
	known := r.flags&zipDescriptor == 0
	switch {
	case r.flags&zipEncrypted != 0, !s.stored && r.method != 8, known && r.packed == 0:
		return
	case z.part.kind != partOther, s.stored && !known, z.grown >= maxGrown: // one in another, or without an end
		z.x.stop(partStop(kind))
		return
	case known:
		s.want = int64(min(r.packed, 1<<62))
	}
	if kind == partProject {
		if z.project == nil {
			z.project = &projectScan{}
		}
		z.project.begin(z.x.limits.Project - z.sourceUsed)
		s.to = z.project
	} else {
		if z.fields == nil {
			z.fields = &fieldScan{}
		}
		z.fields.begin()
		s.to = z.fields
	}
	switch {
	case s.stored:
	case z.inflate == nil:
		z.inflate = inflate.New(z.takePart)
	default:
		z.inflate.Reset()
	}
	z.part = s
}

func partStop(k partKind) Limit {
	if k == partProject {
		return LimitProject
	}
	return LimitDocument
}

// feedPart hands on what b, which begins at z.base, holds of the part.
func (z *zipReader) feedPart(b []byte) {
	s := &z.part
	from := s.from + s.had - z.base
	if s.kind == partOther || from < 0 || from >= int64(len(b)) {
		return
	}
	p := b[from:]
	if s.want >= 0 {
		p = p[:min(int64(len(p)), s.want-s.had)]
	}
	more := true
	for len(p) > 0 && more { // in pieces that begin at the same places however p is cut
		n := min(len(p), partPiece-int(s.had%partPiece))
		s.had += int64(n)
		if s.stored {
			more = z.takePart(p[:n])
		} else {
			z.inflate.Write(p[:n])
			more = z.inflate.State() == inflate.Open
			if s.had%partPiece == 0 {
				z.x.unpacked += inflate.PackedCost * partPiece
				if more && (s.had > s.out+maxGrown-z.grown || z.x.unpacked > z.x.limits.Unpacked) {
					s.over, more = true, false
				}
			}
		}
		p = p[n:]
	}
	if !more {
		z.closePart()
	}
}

// takePart hands on octets of a part as far as the limit goes.
func (z *zipReader) takePart(p []byte) bool {
	s := &z.part
	limit := z.x.limits.Document
	if s.kind == partProject {
		limit = z.x.limits.Project
	}
	if room := limit - z.partUsed[s.kind]; len(p) > room {
		p, s.over = p[:room], true
	}
	if room := max(0, z.x.limits.Unpacked-z.x.unpacked); len(p) > room {
		p, s.over = p[:room], true
	}
	z.partUsed[s.kind] += len(p)
	z.x.unpacked += len(p)
	s.out += int64(len(p))
	return s.to.write(p) && !s.over
}

// closePart ends the part, and notes what was found in it.
func (z *zipReader) closePart() {
	if z.part.kind == partOther {
		return
	}
	if !z.part.stored {
		z.inflate.End()
	}
	s := z.part
	z.part = partStream{}
	if !s.stored {
		z.grown += max(0, s.had-s.out)
	}
	if s.over {
		z.x.stop(partStop(s.kind))
	}
	if s.kind == partDocument {
		z.fields.end()
		if z.x.l.DDE == "" {
			z.x.l.DDE = z.fields.dde
		}
		return
	}
	z.project.end()
	z.sourceUsed = z.x.limits.Project - max(0, z.project.left)
	z.x.macros(&z.project.vbaScan)
}

// projectScan is a vbaScan of a part that has to be a compound file.
type projectScan struct {
	vbaScan
	mark int // octets of the mark that were seen
}

const oleMark = "\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

func (p *projectScan) begin(left int) {
	p.vbaScan.begin(left)
	p.mark = 0
}

func (p *projectScan) write(b []byte) bool {
	for i := 0; i < len(b) && p.mark < len(oleMark); i++ {
		if b[i] != oleMark[p.mark] {
			return false
		}
		p.mark++
	}
	return p.vbaScan.write(b)
}

// macros notes what was found in a compound file. What is added to a file that has none of it is nothing.
func (x *Lister) macros(v *vbaScan) {
	for _, n := range v.names {
		if len(x.l.AutoExec) < MaxAutoExec && !slices.Contains(x.l.AutoExec, n) {
			x.l.AutoExec = append(x.l.AutoExec, n)
		}
	}
	if x.l.DDE == "" {
		x.l.DDE = v.dde
	}
	x.modules += v.whole
	x.unread = x.unread || v.broken > 0 || v.over
	if v.over {
		x.stop(LimitProject)
	}
	x.l.Macros = x.l.Macros || v.whole+v.broken > 0
}

// endMacros says whether macros could be looked into. A name in a file without macros is none of theirs.
func (x *Lister) endMacros() {
	if !x.l.Macros {
		x.l.AutoExec = nil
	}
	for _, s := range x.l.Stopped {
		x.unread = x.unread || s == LimitProject
	}
	x.l.MacrosUnread = x.l.Macros && len(x.l.AutoExec) == 0 && (x.unread || x.modules == 0)
}
