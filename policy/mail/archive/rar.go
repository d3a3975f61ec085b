package archive

import (
	"bytes"
	"encoding/binary"
	"strings"

	"sekimori/policy/mail"
)

// rarReader follows the block headers of a rar file, of versions 1.5 to 4 or of version 5, and passes over the data
// between them.
type rarReader struct {
	x     *Lister
	buf   []byte
	skip  uint64
	state rarState
}

type rarState uint8

const (
	rarMark rarState = iota
	rarOld           // blocks of versions 1.5 to 4
	rarNew           // blocks of version 5
	rarDone
)

const (
	rarOldMark = "Rar!\x1a\x07\x00"
	rarNewMark = "Rar!\x1a\x07\x01\x00"
)

func (r *rarReader) write(p []byte) {
	for len(p) > 0 && r.state != rarDone {
		if r.skip > 0 {
			n := min(uint64(len(p)), r.skip)
			r.skip -= n
			p = p[n:]
			continue
		}
		n := min(len(p), max(1, r.x.limits.Record+16-len(r.buf)))
		r.buf = append(r.buf, p[:n]...)
		p = p[n:]
		r.blocks()
	}
}

// blocks reads the blocks that are whole.
func (r *rarReader) blocks() {
	at := 0
	for r.state != rarDone {
		b := r.buf[at:]
		if r.skip > 0 {
			n := min(uint64(len(b)), r.skip)
			r.skip -= n
			at += int(n)
			if r.skip > 0 || n == 0 {
				break
			}
			continue
		}
		n := 0
		switch r.state {
		case rarMark:
			n = r.mark(b)
		case rarOld:
			n = r.oldBlock(b)
		case rarNew:
			n = r.newBlock(b)
		case rarDone:
		}
		if n == 0 {
			break
		}
		at += n
	}
	r.buf = r.buf[:copy(r.buf, r.buf[at:])]
}

func (r *rarReader) mark(b []byte) int {
	switch {
	case bytes.HasPrefix(b, []byte(rarOldMark)):
		r.state = rarOld
		return len(rarOldMark)
	case bytes.HasPrefix(b, []byte(rarNewMark)):
		r.state = rarNew
		return len(rarNewMark)
	case len(b) >= len(rarNewMark):
		r.broken()
	}
	return 0
}

func (r *rarReader) broken() {
	r.x.problem(ProblemHeader)
	r.state = rarDone
}

func (r *rarReader) end() {
	switch {
	case r.state == rarMark:
		r.x.problem(ProblemHeader)
	case r.state != rarDone && (r.skip > 0 || len(r.buf) > 0):
		r.x.problem(ProblemTruncated)
	}
}

// oldBlock reads a block header of versions 1.5 to 4, and returns its size, 0 when more is wanted.
func (r *rarReader) oldBlock(b []byte) int {
	const least = 7
	const main, file, last = 0x73, 0x74, 0x7b
	const added, encrypted, large, headersEncrypted = 0x8000, 0x0004, 0x0100, 0x0080
	if len(b) < least {
		return 0
	}
	kind, flags, size := b[2], binary.LittleEndian.Uint16(b[3:]), int(binary.LittleEndian.Uint16(b[5:]))
	switch {
	case size < least:
		r.broken()
		return 0
	case size > r.x.limits.Record:
		r.x.stop(LimitRecord)
		r.state = rarDone
		return 0
	case len(b) < size:
		return 0
	}
	b = b[:size]
	switch {
	case kind == last:
		r.state = rarDone
		return 0
	case kind == main && flags&headersEncrypted != 0:
		r.hidden()
		return 0
	case kind == file || flags&added != 0:
		if size < least+4 {
			r.broken()
			return 0
		}
		r.skip = uint64(binary.LittleEndian.Uint32(b[7:]))
	}
	if kind == file {
		const fixed = 32
		if size < fixed {
			r.broken()
			return 0
		}
		e := Entry{Packed: r.skip, Size: uint64(binary.LittleEndian.Uint32(b[11:])), Encrypted: flags&encrypted != 0, Directory: flags&0xe0 == 0xe0}
		n, at := int(binary.LittleEndian.Uint16(b[26:])), fixed
		if flags&large != 0 && size >= fixed+8 {
			e.Packed |= uint64(binary.LittleEndian.Uint32(b[32:])) << 32
			e.Size |= uint64(binary.LittleEndian.Uint32(b[36:])) << 32
			r.skip = e.Packed
			at += 8
		}
		e.Name = oldRarName(b[min(at, size):min(at+n, size)])
		r.x.add(e)
	}
	return size
}

// oldRarName takes the name in front of a NUL, behind which the same name stands packed.
func oldRarName(b []byte) string {
	b, _, _ = bytes.Cut(b, []byte{0})
	return rarPath(mail.DecodeText("", nameEnd(b)))
}

func rarPath(s string) string { return strings.ReplaceAll(s, "\\", "/") }

// hidden notes that names cannot be read.
func (r *rarReader) hidden() {
	r.x.l.Encrypted, r.x.l.HeaderEncrypted = true, true
	r.state = rarDone
}

// newBlock reads a block header of version 5.
func (r *rarReader) newBlock(b []byte) int {
	const file, encryption, last = 2, 4, 5
	const hasExtra, hasData = 1, 2
	f := fields{b: b}
	f.skip(4) // check sum
	size := f.number()
	if f.short {
		if len(b) > 4+10 {
			r.broken()
		}
		return 0
	}
	whole := uint64(len(b)-len(f.b)) + size
	switch {
	case size == 0:
		r.broken()
		return 0
	case size > uint64(r.x.limits.Record):
		r.x.stop(LimitRecord)
		r.state = rarDone
		return 0
	case uint64(len(b)) < whole:
		return 0
	}
	f.b = f.b[:size]
	kind, flags := f.number(), f.number()
	var extra, data uint64
	if flags&hasExtra != 0 {
		extra = f.number()
	}
	if flags&hasData != 0 {
		data = f.number()
	}
	switch {
	case f.short:
		r.broken()
		return 0
	case kind == last:
		r.state = rarDone
		return 0
	case kind == encryption:
		r.hidden()
		return 0
	case kind == file:
		r.newFile(f, extra, data)
	}
	r.skip = data
	return int(whole)
}

func (r *rarReader) newFile(f fields, extra, data uint64) {
	flags := f.number()
	e := Entry{Packed: data, Size: f.number(), Directory: flags&1 != 0}
	f.number() // attributes
	if flags&2 != 0 {
		f.skip(4)
	}
	if flags&4 != 0 {
		f.skip(4)
	}
	f.number() // compression
	f.number() // system
	n := f.number()
	if f.short || n > uint64(len(f.b)) {
		r.x.problem(ProblemHeader)
		return
	}
	e.Name = mail.DecodeText("utf-8", nameEnd(f.b[:n]))
	f.b = f.b[n:]
	if extra > 0 && extra <= uint64(len(f.b)) {
		f.b = f.b[uint64(len(f.b))-extra:]
		e.Encrypted = encryptedExtra(f)
	}
	r.x.add(e)
}

// encryptedExtra looks for the record of a file's encryption among its extra records.
func encryptedExtra(f fields) bool {
	for len(f.b) > 0 && !f.short {
		size := f.number()
		if f.short || size > uint64(len(f.b)) {
			return false
		}
		one := fields{b: f.b[:size]}
		if one.number() == 1 && !one.short {
			return true
		}
		f.b = f.b[size:]
	}
	return false
}

// fields reads numbers of variable length.
type fields struct {
	b     []byte
	short bool
}

func (f *fields) skip(n int) {
	if n > len(f.b) {
		f.short, f.b = true, nil
		return
	}
	f.b = f.b[n:]
}

// number reads seven bits an octet, the lowest first.
func (f *fields) number() uint64 {
	var v uint64
	for i := range f.b {
		if i == 10 {
			break
		}
		v |= uint64(f.b[i]&0x7f) << (7 * i)
		if f.b[i]&0x80 == 0 {
			f.b = f.b[i+1:]
			return v
		}
	}
	f.short, f.b = true, nil
	return 0
}
