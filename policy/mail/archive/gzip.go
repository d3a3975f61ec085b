package archive

import (
	"bytes"
	"encoding/binary"

	"sekimori/policy/mail"
	"sekimori/policy/mail/inflate"
)

// gzipReader reads the header of a gzip file (RFC 1952), and expands as much as shows what its content is. A tar file in it is listed
// in its place, to at most Limits.Unpacked octets, or as much work; of other content the name is the only entry.
type gzipReader struct {
	x       *Lister
	in      records
	part    gzipPart
	flags   byte
	members int
	name    []byte
	content *inflate.Inflater
	head    []byte
	tar     *tarReader
	spent   int64  // on members before this one
	out     int    // octets that they expanded to
	fed     int    // octets of all members that were expanded
	known   bool   // what the content is
	last    []byte // the last octets, in which its size stands
	size    uint64 // of the file
}

// gzipPart is what comes next.
type gzipPart uint8

const (
	gzipHead gzipPart = iota
	gzipExtra
	gzipName
	gzipComment
	gzipCheck
	gzipData
	gzipEnd
)

const (
	gzipMark     = "\x1f\x8b\x08" // with the only method there is
	gzipHeadSize = 10
	gzipEndSize  = 8 // check sum and size
	gzipPiece    = 4 << 10
	gzipLeast    = 256 << 10 // of work, as inflate.Inflater.Spent measures it: what it takes at most to see what the content is
)

// MaxHead is how much of the content of a gzip file is kept in Listing.Head.
const MaxHead = 1 << 10

func (g *gzipReader) write(p []byte) {
	g.size += uint64(len(p))
	g.last = append(g.last, p[max(0, len(p)-4):]...)
	g.last = g.last[:copy(g.last, g.last[max(0, len(g.last)-4):])]
	if g.in.want == 0 {
		g.in.want = gzipHeadSize
	}
	g.in.write(p, g.read)
}

// read reads the next part.
func (g *gzipReader) read(b []byte) int {
	switch g.part {
	case gzipHead:
		return g.header(b)
	case gzipExtra:
		n := 2 + int(binary.LittleEndian.Uint16(b))
		if len(b) < n {
			g.in.want = n
			return 0
		}
		g.next()
		return n
	case gzipName, gzipComment:
		return g.text(b)
	case gzipCheck:
		g.next()
		return 2
	case gzipData:
		return g.data(b)
	default:
		g.part, g.in.want = gzipHead, len(gzipMark)
		return gzipEndSize
	}
}

// header reads the fixed part of a member's header. What follows the first member and is none is not looked at.
func (g *gzipReader) header(b []byte) int {
	if string(b[:len(gzipMark)]) != gzipMark {
		if g.members == 0 {
			g.x.problem(ProblemHeader)
		}
		g.in.done = true
		return 0
	}
	if len(b) < gzipHeadSize {
		g.in.want = gzipHeadSize
		return 0
	}
	g.members++
	if g.flags = b[3]; g.flags&0xe0 != 0 { // RFC 1952, 2.3.1.2: these may change what follows
		g.x.problem(ProblemHeader)
	}
	g.next()
	return gzipHeadSize
}

// next goes on with the next part that is there.
func (g *gzipReader) next() {
	const check, extra, name, comment = 2, 4, 8, 16
	for {
		g.part++
		switch {
		case g.part == gzipExtra && g.flags&extra != 0, g.part == gzipCheck && g.flags&check != 0:
			g.in.want = 2
			return
		case g.part == gzipName && g.flags&name != 0, g.part == gzipComment && g.flags&comment != 0:
			g.in.want = 1
			return
		case g.part == gzipData:
			if g.content == nil {
				g.content = inflate.New(g.take)
			} else {
				g.spent += g.content.Spent()
				g.content.Reset()
				g.tire()
			}
			g.in.want = 1
			return
		}
	}
}

// text reads a name or comment, which a NUL ends.
func (g *gzipReader) text(b []byte) int {
	most := max(1, g.x.limits.Record)
	n := bytes.IndexByte(b[:min(len(b), most)], 0)
	switch {
	case n < 0 && len(b) < most:
		g.in.want = len(b) + 1
		return 0
	case n < 0:
		g.x.stop(LimitRecord)
		g.in.done = true
		return 0
	}
	if g.part == gzipName && g.members == 1 {
		g.name = bytes.Clone(nameEnd(b[:n]))
	}
	g.next()
	return n + 1
}

// data expands what there is, in pieces that end at the same places however the file comes, because the work is looked at behind each.
func (g *gzipReader) data(b []byte) int {
	n := g.content.Write(b[:min(len(b), gzipPiece-g.fed%gzipPiece)])
	g.fed += n
	switch state := g.content.State(); {
	case state == inflate.Ended:
		g.part, g.in.want = gzipEnd, gzipEndSize
	case state == inflate.Broken:
		g.x.problem(ProblemHeader)
		g.in.done = true
	case state == inflate.Refused:
		g.in.done = true
	case g.fed%gzipPiece == 0:
		g.tire()
	}
	return n
}

// tire ends the reading where it has taken too much work for what came of it, as blocks and members of nothing do.
func (g *gzipReader) tire() {
	if g.fed > g.out+maxGrown || g.spent+g.content.Spent() > gzipLeast+int64(g.x.limits.Unpacked) {
		g.x.stop(LimitUnpacked)
		g.in.done = true
	}
}

// take takes what was expanded, and wants no more once it is known that it is not a tar file.
func (g *gzipReader) take(p []byte) bool {
	g.out += len(p)
	if !g.known {
		n := min(len(p), MaxHead-len(g.head))
		g.head = append(g.head, p[:n]...)
		if p = p[n:]; len(g.head) < MaxHead {
			return true
		}
		if g.know(); g.tar == nil {
			return false
		}
	}
	return g.list(p)
}

// know decides what the content is.
func (g *gzipReader) know() {
	g.known = true
	if !IsTar(g.head) {
		return
	}
	g.tar = &tarReader{x: g.x}
	g.list(g.head)
}

// list hands octets to the reader of the tar file, as far as there is room.
func (g *gzipReader) list(p []byte) bool {
	left := max(0, g.x.limits.Unpacked-g.x.unpacked)
	more := len(p) <= left
	p = p[:min(len(p), left)]
	g.x.unpacked += len(p)
	g.tar.write(p)
	if !more {
		g.x.stop(LimitUnpacked)
	}
	return more
}

func (g *gzipReader) end() {
	if g.content != nil {
		g.content.End()
	}
	if !g.known && len(g.head) > 0 {
		g.know()
	}
	if !g.in.done && (g.members == 0 || g.part != gzipHead) {
		g.x.problem(ProblemTruncated)
	}
	switch {
	case g.tar != nil && len(g.x.l.Stopped) == 0:
		g.tar.end()
	case g.tar == nil && g.members > 0:
		g.single()
	}
	if g.content != nil { // work counts for those that come after it in a mail
		work := g.spent + g.content.Spent() - gzipLeast
		g.x.unpacked = max(g.x.unpacked, min(int(work), g.x.limits.Unpacked))
		g.content.Close()
	}
}

// single lists the one file that is in it.
func (g *gzipReader) single() {
	e := Entry{Name: mail.DecodeText("", g.name), Packed: g.size}
	if len(g.last) == 4 {
		e.Size = uint64(binary.LittleEndian.Uint32(g.last))
	}
	g.x.add(e)
	g.x.l.Head = g.head
}
