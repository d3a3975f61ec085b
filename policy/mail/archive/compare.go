package archive

import (
	"sort"
	"strings"
)

func (z *zipReader) end() {
	if len(z.carry) > 0 {
		z.scan(z.carry, true)
	}
	z.closePart()
	if z.inflate != nil {
		z.inflate.Close()
	}
	z.compare()
	z.office()
	z.relations()
	z.x.endMacros()
}

// compare holds the local headers against the central directory, and lists what either has. A header inside the data
// of an entry is that of an archive in the archive, and not ours.
func (z *zipReader) compare() {
	e, shift, ok := z.directory()
	if !ok {
		z.x.problem(ProblemDirectory)
		z.listLocals()
		return
	}
	begin := e.dir - e.size
	if e.end < z.size {
		z.x.problem(ProblemSuffix)
	} else if e.end > z.size {
		z.x.problem(ProblemTruncated)
	}
	if shift != 0 {
		z.x.problem(ProblemPrefix)
	}
	first := begin
	names := make(map[string]bool, len(z.listed))
	var inside []span
	count := uint64(0)
	for i := range z.listed {
		r := &z.listed[i]
		if r.at < begin || r.at >= e.dir {
			continue
		}
		count++
		if names[r.name] {
			z.x.problem(ProblemDuplicate)
		}
		names[r.name] = true
		z.x.add(r.entry())
		l := z.localAt(r.local + shift)
		if l == nil {
			z.x.problem(ProblemMissing)
			continue
		}
		l.matched = true
		z.sameEntry(r, l)
		first = min(first, l.at)
		if end := l.data + int64(r.packed); r.packed <= uint64(z.size) && end <= z.size {
			inside = append(inside, span{l.data, end})
		}
	}
	if count != e.count && len(z.x.l.Stopped) == 0 {
		z.x.problem(ProblemDirectory)
	}
	if first > 0 && shift == 0 {
		z.x.problem(ProblemPrefix)
	}
	z.unlisted(inside, begin)
}

// span is a range of octets.
type span struct{ from, to int64 }

// unlisted adds what only a reader of the local headers sees, and finds directories besides ours.
func (z *zipReader) unlisted(inside []span, begin int64) {
	sort.Slice(inside, func(i, j int) bool { return inside[i].from < inside[j].from })
	for i := 1; i < len(inside); i++ { // so that the last that begins before a place reaches farthest
		inside[i].to = max(inside[i].to, inside[i-1].to)
	}
	within := func(at int64) bool {
		i := sort.Search(len(inside), func(i int) bool { return inside[i].from > at })
		return i > 0 && at < inside[i-1].to
	}
	for i := range z.locals {
		if l := &z.locals[i]; !l.matched && l.at < begin && !within(l.at) {
			z.x.problem(ProblemHidden)
			z.x.add(l.entry())
		}
	}
	for i := range z.ends[:len(z.ends)-1] {
		if e := &z.ends[i]; e.at < begin && !within(e.at) {
			z.x.problem(ProblemDirectories)
		}
	}
}

// directory finds the end of the central directory that readers look for: the last one in front of whose place there
// is a directory. Shift is by how much places are off, because something stands before the archive.
func (z *zipReader) directory() (e zipEnd, shift int64, ok bool) {
	for i := len(z.ends) - 1; i >= 0; i-- {
		e := z.ends[i]
		begin := e.dir - e.size
		if e.size < 0 || begin < 0 || e.count > 0 && !z.listedAt(begin) {
			continue
		}
		if i < len(z.ends)-1 {
			z.x.problem(ProblemDirectories)
		}
		z.ends = z.ends[:i+1]
		return e, begin - e.off, true
	}
	return zipEnd{}, 0, false
}

func (z *zipReader) listedAt(at int64) bool {
	i := sort.Search(len(z.listed), func(i int) bool { return z.listed[i].at >= at })
	return i < len(z.listed) && z.listed[i].at == at
}

func (z *zipReader) localAt(at int64) *zipRecord {
	i := sort.Search(len(z.locals), func(i int) bool { return z.locals[i].at >= at })
	if i < len(z.locals) && z.locals[i].at == at {
		return &z.locals[i]
	}
	return nil
}

// sameEntry compares a record of the directory with the local header.
func (z *zipReader) sameEntry(r, l *zipRecord) {
	if r.name != l.name || r.length != l.length {
		z.x.problem(ProblemName)
		z.x.add(l.entry())
	}
	sizes := l.flags&zipDescriptor != 0 || r.packed == l.packed && r.size == l.size
	if !sizes || r.method != l.method || (r.flags^l.flags)&zipEncrypted != 0 {
		z.x.problem(ProblemSize)
		z.x.l.Encrypted = z.x.l.Encrypted || l.entry().Encrypted
	}
}

// listLocals lists the local headers of a file without a directory.
func (z *zipReader) listLocals() {
	var end int64
	for i := range z.locals {
		l := &z.locals[i]
		if l.at < end {
			continue
		}
		z.x.add(l.entry())
		if l.flags&zipDescriptor == 0 && l.packed <= uint64(z.size) {
			end = l.data + int64(l.packed)
		}
	}
	for i := range z.listed {
		z.x.add(z.listed[i].entry())
	}
}

// office says what the archive is used for.
func (z *zipReader) office() {
	l := &z.x.l
	for i := range l.Entries {
		name := strings.ToLower(l.Entries[i].Name)
		switch base := name[strings.LastIndexByte(name, '/')+1:]; {
		case name == "[content_types].xml":
			l.Content = ContentOOXML
		case name == "meta-inf/manifest.mf":
			l.Content = ContentJar
		case name == "content.xml" || name == "meta-inf/manifest.xml":
			if l.Content == ContentOther {
				l.Content = ContentODF
			}
		case base == "vbaproject.bin", strings.HasPrefix(name, "basic/") && strings.HasSuffix(name, ".xml"):
			l.Macros = true
		case strings.HasPrefix(name, "xl/macrosheets/"):
			l.MacroSheet = true
		case strings.Contains(name, "/embeddings/") && base != "":
			l.Embedded = true
		}
	}
}
