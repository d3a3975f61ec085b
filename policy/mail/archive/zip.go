package archive

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf8"

	"sekimori/policy/mail"
	"sekimori/policy/mail/inflate"
)

// zipReader finds the records of a zip file (APPNOTE 6.3.10, 4.3) wherever they stand: readers differ on whether they
// follow the local headers or the central directory, and on where they look for the latter. What the records say is
// compared at the end.
type zipReader struct {
	x      *Lister
	base   int64  // place of carry
	carry  []byte // octets that may be the beginning of a record
	locals []zipRecord
	listed []zipRecord
	ends   []zipEnd
	last64 zipEnd
	parts  []relation
	size   int64

	part       partStream
	typed      bool // there was [Content_Types].xml: this is a file of Office
	inflate    *inflate.Inflater
	project    *projectScan
	fields     *fieldScan
	partUsed   [partKinds]int // octets that were handed on
	sourceUsed int            // octets that source was expanded to
	grown      int64          // octets by which parts were longer than what they expanded to

	partOctets  int // octets kept of parts
	localNames  int // octets kept of names
	listedNames int
}

// zipRecord is one local header, or one of the central directory.
type zipRecord struct {
	at      int64  // its place
	data    int64  // local: the place of the data
	local   int64  // directory: where the local header should be
	name    string // octets, cut at MaxName
	length  int    // of the whole name
	flags   uint16
	method  uint16
	packed  uint64
	size    uint64
	matched bool
}

// zipEnd is an end of a central directory.
type zipEnd struct {
	at, end   int64 // of the record, its comment included
	dir       int64 // where the directory ends
	size, off int64 // of the directory, as declared
	count     uint64
}

const (
	zipLocal     = "PK\x03\x04"
	zipDirectory = "PK\x01\x02"
	zipEndMark   = "PK\x05\x06"
	zip64EndMark = "PK\x06\x06"

	zipLocalSize     = 30
	zipDirectorySize = 46
	zipEndSize       = 22
	zip64EndSize     = 56
	zip64LocatorSize = 20 // stands between the two ends

	zipEncrypted  = 1 << 0
	zipDescriptor = 1 << 3 // sizes come after the data
	zipUTF8       = 1 << 11
	zipAES        = 99

	maxZipEnds = 8
)

func (z *zipReader) write(p []byte) {
	z.size += int64(len(p))
	if len(z.carry) == 0 {
		used := z.scan(p, false)
		z.base += int64(used)
		z.carry = append(z.carry, p[used:]...)
		return
	}
	z.carry = append(z.carry, p...)
	used := z.scan(z.carry, false)
	z.base += int64(used)
	z.carry = z.carry[:copy(z.carry, z.carry[used:])]
}

// scan reads the records in b, which begins at z.base, and returns how much of it is done with. Last says that nothing
// follows.
func (z *zipReader) scan(b []byte, last bool) int {
	z.capture(b)
	for i := 0; ; {
		n := bytes.Index(b[i:], []byte("PK"))
		if n < 0 {
			if len(b) > i && b[len(b)-1] == 'P' && !last {
				return len(b) - 1
			}
			return len(b)
		}
		i += n
		size, need := z.record(b[i:], z.base+int64(i))
		if need && !last {
			return i
		}
		if size > 0 {
			z.capture(b)
		}
		i += max(size, len("PK"))
	}
}

// record reads the record at the beginning of b, and returns its size, 0 when there is none. Need says that more
// octets are wanted first.
func (z *zipReader) record(b []byte, at int64) (size int, need bool) {
	if len(b) < 4 {
		return 0, len(b) == 2 || b[2] == zipLocal[2] || b[2] == zipDirectory[2] || b[2] == zipEndMark[2] || b[2] == zip64EndMark[2]
	}
	fixed := 0
	switch string(b[:4]) {
	case zipLocal:
		fixed = zipLocalSize
	case zipDirectory:
		fixed = zipDirectorySize
	case zipEndMark:
		fixed = zipEndSize
	case zip64EndMark:
		fixed = zip64EndSize
	default:
		return 0, false
	}
	if len(b) < fixed {
		return 0, true
	}
	var tail int
	switch fixed {
	case zipLocalSize:
		tail = int(binary.LittleEndian.Uint16(b[26:])) + int(binary.LittleEndian.Uint16(b[28:]))
	case zipDirectorySize:
		tail = int(binary.LittleEndian.Uint16(b[28:])) + int(binary.LittleEndian.Uint16(b[30:]))
	case zip64EndSize:
		z.directoryEnd64(b, at)
		return fixed, false
	default:
		z.directoryEnd(b, at)
		return fixed, false
	}
	if fixed+tail > z.x.limits.Record {
		z.x.stop(LimitRecord)
		return 0, false
	}
	if len(b) < fixed+tail {
		return 0, true
	}
	if fixed == zipLocalSize {
		z.localHeader(b[:fixed+tail], at)
	} else {
		z.directoryHeader(b[:fixed+tail], at)
	}
	return fixed + tail, false
}

func (z *zipReader) localHeader(b []byte, at int64) {
	if len(z.locals) >= z.x.limits.Entries {
		z.x.stop(LimitEntries)
		return
	}
	n := int(binary.LittleEndian.Uint16(b[26:]))
	if !z.x.room(&z.localNames, min(n, MaxName)) {
		return
	}
	r := zipRecord{
		at:     at,
		data:   at + int64(len(b)),
		flags:  binary.LittleEndian.Uint16(b[6:]),
		method: binary.LittleEndian.Uint16(b[8:]),
		packed: uint64(binary.LittleEndian.Uint32(b[18:])),
		size:   uint64(binary.LittleEndian.Uint32(b[22:])),
		name:   string(nameEnd(b[30 : 30+n])),
		length: n,
	}
	r.zip64(b[30+n:])
	z.locals = append(z.locals, r)
	switch {
	case strings.HasSuffix(r.name, ".rels"):
		z.relation(&r)
	case r.name == "[Content_Types].xml":
		z.typed = true
	default:
		z.open(&r)
	}
}

func (z *zipReader) directoryHeader(b []byte, at int64) {
	if len(z.listed) >= z.x.limits.Entries {
		z.x.stop(LimitEntries)
		return
	}
	n := int(binary.LittleEndian.Uint16(b[28:]))
	if !z.x.room(&z.listedNames, min(n, MaxName)) {
		return
	}
	r := zipRecord{
		at:     at,
		flags:  binary.LittleEndian.Uint16(b[8:]),
		method: binary.LittleEndian.Uint16(b[10:]),
		packed: uint64(binary.LittleEndian.Uint32(b[20:])),
		size:   uint64(binary.LittleEndian.Uint32(b[24:])),
		local:  int64(binary.LittleEndian.Uint32(b[42:])),
		name:   string(nameEnd(b[46 : 46+n])),
		length: n,
	}
	r.zip64(b[46+n:])
	z.listed = append(z.listed, r)
}

func (z *zipReader) directoryEnd(b []byte, at int64) {
	e := zipEnd{
		at:    at,
		end:   at + zipEndSize + int64(binary.LittleEndian.Uint16(b[20:])),
		dir:   at,
		count: uint64(binary.LittleEndian.Uint16(b[10:])),
		size:  int64(binary.LittleEndian.Uint32(b[12:])),
		off:   int64(binary.LittleEndian.Uint32(b[16:])),
	}
	if l := &z.last64; l.at > 0 && l.end+zip64LocatorSize == at {
		e.dir, e.count, e.size, e.off = l.dir, l.count, l.size, l.off
	}
	if len(z.ends) == maxZipEnds { // the last ones count
		z.ends = z.ends[:copy(z.ends, z.ends[1:])]
	}
	z.ends = append(z.ends, e)
}

// directoryEnd64 keeps the end of a directory in the ZIP64 format (APPNOTE, 4.3.14), for the other end that follows.
func (z *zipReader) directoryEnd64(b []byte, at int64) {
	size := binary.LittleEndian.Uint64(b[4:])
	z.last64 = zipEnd{
		at:    at,
		end:   at + 12 + int64(size&(1<<40-1)),
		dir:   at,
		count: binary.LittleEndian.Uint64(b[32:]),
		size:  int64(binary.LittleEndian.Uint64(b[40:])),
		off:   int64(binary.LittleEndian.Uint64(b[48:])),
	}
}

// zip64 takes the sizes that did not fit into 32 bits (APPNOTE, 4.5.3).
func (r *zipRecord) zip64(extra []byte) {
	for len(extra) >= 4 {
		id, n := binary.LittleEndian.Uint16(extra), int(binary.LittleEndian.Uint16(extra[2:]))
		extra = extra[4:]
		if n > len(extra) {
			return
		}
		f := extra[:n]
		extra = extra[n:]
		if id != 1 {
			continue
		}
		take := func(v *uint64) {
			if *v == 0xffffffff && len(f) >= 8 {
				*v, f = binary.LittleEndian.Uint64(f), f[8:]
			}
		}
		take(&r.size)
		take(&r.packed)
		local := uint64(r.local)
		take(&local)
		r.local = int64(local)
	}
}

// entry is the entry that a record describes. Names without the flag for UTF-8 are in the character set of the writer:
// in Japan that is Shift_JIS, where they are valid in it.
func (r *zipRecord) entry() Entry {
	name := r.name
	if r.flags&zipUTF8 == 0 || !utf8.ValidString(name) {
		name = mail.DecodeText("", []byte(name))
	}
	return Entry{
		Name:      name,
		Size:      r.size,
		Packed:    r.packed,
		Encrypted: r.flags&zipEncrypted != 0 || r.method == zipAES,
		Directory: strings.HasSuffix(name, "/"),
	}
}
