package archive

import (
	"encoding/binary"
	"unicode/utf16"
)

// oleReader reads the directory of a compound file (MS-CFB, 2.6). The sectors of a directory can stand anywhere, and to
// follow them the whole file would have to be held; but each entry is 128 octets at a multiple of 128. So every such
// piece of the file that has the form of an entry is taken for one. What that finds beyond the directory are entries
// that were deleted, or lie in a file that is embedded, and both are worth seeing.
//
// What starts by itself is looked for in the same octets.
type oleReader struct {
	x     *Lister
	piece []byte
	scan  *vbaScan
}

const oleEntrySize = 128

func (o *oleReader) write(p []byte) {
	if o.scan == nil {
		o.scan = &vbaScan{}
		o.scan.begin(o.x.limits.Project)
	}
	o.scan.write(p)
	if len(o.piece) > 0 {
		n := min(len(p), oleEntrySize-len(o.piece))
		o.piece = append(o.piece, p[:n]...)
		p = p[n:]
		if len(o.piece) < oleEntrySize {
			return
		}
		o.entry(o.piece)
		o.piece = o.piece[:0]
	}
	for ; len(p) >= oleEntrySize; p = p[oleEntrySize:] {
		o.entry(p[:oleEntrySize])
	}
	o.piece = append(o.piece, p...)
}

func (o *oleReader) end() {
	if o.scan == nil {
		return
	}
	o.scan.end()
	o.x.macros(o.scan)
	o.x.endMacros()
}

// entry reads one piece as an entry (MS-CFB, 2.6.1): a name in UTF-16 with its length, a type, a colour.
func (o *oleReader) entry(b []byte) {
	size := int(binary.LittleEndian.Uint16(b[64:]))
	kind := b[66]
	if size < 4 || size > 64 || size%2 != 0 || b[67] > 1 || kind != 1 && kind != 2 && kind != 5 {
		return
	}
	if b[size-2] != 0 || b[size-1] != 0 {
		return
	}
	units := make([]uint16, 0, 31)
	for i := 0; i < size-2; i += 2 {
		u := binary.LittleEndian.Uint16(b[i:])
		if u == 0 {
			return
		}
		units = append(units, u)
	}
	name := string(utf16.Decode(units))
	o.x.add(Entry{Name: name, Size: uint64(binary.LittleEndian.Uint32(b[120:])), Directory: kind != 2})
	o.means(name, b[80:96], kind)
}

// means says what an entry tells about the file.
func (o *oleReader) means(name string, class []byte, kind byte) {
	l := &o.x.l
	switch name {
	case "VBA", "_VBA_PROJECT", "_VBA_PROJECT_CUR", "Macros", "PROJECTwm":
		l.Macros = true
	case "EncryptedPackage":
		l.EncryptedOffice, l.Encrypted = true, true
	case "\x01Ole10Native", "ObjectPool", "Package":
		l.Embedded = true
	case "WordDocument", "Workbook", "Book", "PowerPoint Document", "VisioDocument":
		if l.Content == ContentOther {
			l.Content = ContentOffice
		}
	case "__properties_version1.0", "__nameid_version1.0":
		l.Content = ContentMessage
	}
	const installer = "\x84\x10\x0c\x00\x00\x00\x00\x00\xc0\x00\x00\x00\x00\x00\x00\x46"
	if kind == 5 && string(class) == installer {
		l.Content = ContentInstaller
	}
}
