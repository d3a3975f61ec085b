package archive

import (
	"bytes"
	"encoding/binary"
	"strings"

	"sekimori/policy/mail"
)

// cabReader reads the list of files in a cabinet (MS-CAB, 2). Its place stands in the header, and some readers go there; others take
// the list from where it always is, behind the list of folders. Where the two differ both are read.
//
// Nothing is said of cabinets that go on in others: their files are listed in each.
type cabReader struct {
	x        *Lister
	size     uint64
	declared uint64
	known    bool
	there    cabList
	behind   cabList
	two      bool    // lists
	also     []Entry // of the second list
	names    int     // octets of them
	left     Limit   // by which some were left out
}

// cabList reads one of the lists.
type cabList struct {
	in    records
	files int  // that are left
	begun bool // the list, and not what is before it
	place uint64
	part  cabPart
	flags uint16
	extra [2]int // octets that are added to the header, and to each folder
	count int    // folders
	texts int    // names of other cabinets that stand before the folders
	bad   bool   // it cannot be read
}

type cabPart uint8

const (
	cabHeader cabPart = iota
	cabReserve
	cabNames
	cabFiles
)

const (
	cabHeaderSize = 36
	cabFolderSize = 8
	cabFileSize   = 16
	cabMaxName    = 256 // octets, with the NUL (MS-CAB, 2.3)

	cabPrevious = 1 << 0 // flags: two names each
	cabNext     = 1 << 1
	cabReserved = 1 << 2

	cabUTF = 0x80 // attribute of a file
)

func (c *cabReader) write(p []byte) {
	c.size += uint64(len(p))
	if c.there.in.want == 0 {
		c.there.in.want, c.behind.in.want = cabHeaderSize, cabHeaderSize
	}
	c.there.in.write(p, func(b []byte) int {
		if c.there.begun {
			return c.there.file(b, c.x.add)
		}
		return c.header(b)
	})
	c.behind.in.write(p, func(b []byte) int {
		if c.behind.begun {
			return c.behind.file(b, c.second)
		}
		return c.before(b)
	})
}

// header reads the header, and goes where it says that the list is.
func (c *cabReader) header(b []byte) int {
	l := &c.there
	c.known = true
	c.declared = uint64(binary.LittleEndian.Uint32(b[8:]))
	l.place = uint64(binary.LittleEndian.Uint32(b[16:]))
	l.begin(int(binary.LittleEndian.Uint16(b[28:])))
	if l.place < cabHeaderSize {
		l.bad, l.in.done = true, true
	} else {
		l.in.skip = l.place - cabHeaderSize
	}
	return cabHeaderSize
}

// before reads what stands before the list, to find where it is when nobody says so.
func (c *cabReader) before(b []byte) int {
	l := &c.behind
	switch l.part {
	case cabHeader:
		l.count, l.files = int(binary.LittleEndian.Uint16(b[26:])), int(binary.LittleEndian.Uint16(b[28:]))
		l.flags = binary.LittleEndian.Uint16(b[30:])
		l.texts = 2*int(l.flags&cabPrevious) + 2*int(l.flags&cabNext>>1)
		l.place = cabHeaderSize
		if l.part, l.in.want = cabNames, 1; l.flags&cabReserved != 0 {
			l.part, l.in.want = cabReserve, 4
		}
		c.folders()
		return cabHeaderSize
	case cabReserve:
		header := int(binary.LittleEndian.Uint16(b))
		l.extra = [2]int{header, int(b[2])}
		l.place += 4 + uint64(header)
		l.in.skip = uint64(header)
		l.part, l.in.want = cabNames, 1
		c.folders()
		return 4
	default:
		n := bytes.IndexByte(b[:min(len(b), cabMaxName)], 0) + 1
		switch {
		case n == 0 && len(b) < cabMaxName:
			l.in.want = len(b) + 1
			return 0
		case n == 0:
			l.in.done = true
			return 0
		}
		l.texts--
		l.place += uint64(n)
		l.in.want = 1
		c.folders()
		return n
	}
}

// folders passes over the folders, once what is before them was read, and ends where the list is the one that is read already.
func (c *cabReader) folders() {
	l := &c.behind
	if l.part != cabNames || l.texts > 0 {
		return
	}
	folders := uint64(l.count) * uint64(cabFolderSize+l.extra[1])
	l.place += folders
	l.in.skip += folders
	l.begin(l.files)
	switch there := uint64(c.there.place); {
	case l.place == there:
		l.in.done = true
	case l.files > 0:
		c.two = true
	}
}

func (l *cabList) begin(files int) {
	l.part, l.begun, l.files, l.in.want = cabFiles, true, files, cabFileSize+1
	l.in.done = l.in.done || files == 0
}

// file reads an entry of a list (MS-CAB, 2.3).
func (l *cabList) file(b []byte, add func(Entry)) int {
	name := b[cabFileSize:min(len(b), cabFileSize+cabMaxName)]
	n := bytes.IndexByte(name, 0)
	switch {
	case n < 0 && len(name) < cabMaxName:
		l.in.want = len(b) + 1
		return 0
	case n < 0 || n == 0:
		l.bad, l.in.done = true, true
		return 0
	}
	charset := "shift_jis"
	if binary.LittleEndian.Uint16(b[14:])&cabUTF != 0 {
		charset = "utf-8"
	}
	text := strings.ReplaceAll(mail.DecodeText(charset, name[:n]), "\\", "/")
	add(Entry{Name: text, Size: uint64(binary.LittleEndian.Uint32(b))})
	l.files--
	l.in.want, l.in.done = cabFileSize+1, l.files == 0
	return cabFileSize + n + 1
}

// second keeps an entry of the second list. Like everything that it says it waits for the end, so that nothing depends on how the
// file came.
func (c *cabReader) second(e Entry) {
	switch {
	case c.left != "":
	case len(c.also) >= c.x.limits.Entries:
		c.left = LimitEntries
	case c.names+len(e.Name) > c.x.limits.Names:
		c.left = LimitNames
	default:
		c.names += len(e.Name)
		c.also = append(c.also, e)
	}
}

func (c *cabReader) end() {
	if c.there.bad || c.behind.bad {
		c.x.problem(ProblemHeader)
	}
	if c.two {
		c.x.problem(ProblemDirectories)
	}
	if !c.known || !c.there.in.done || c.size < c.declared {
		c.x.problem(ProblemTruncated)
	}
	for _, e := range c.also {
		c.x.add(e)
	}
	if c.left != "" {
		c.x.stop(c.left)
	}
}
