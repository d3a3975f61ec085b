package archive

import (
	"bytes"
	"strings"

	"sekimori/policy/mail"
)

// tarReader follows the headers of a tar file: of the seventh edition, ustar (POSIX.1-1988), pax (POSIX.1-2001) and GNU. Names that
// do not fit into a header stand in an entry before it.
//
// Where readers would go on at different places, each block that has the form of a header is taken for one from there on. That lists
// too much when an entry is a tar file itself, and hides nothing.
type tarReader struct {
	x     *Lister
	in    records
	loose bool // each block may be a header
	ended bool // a block of zeros was seen, behind which there may be anything

	long    []byte // name of the next entry, from entries before it
	size    uint64 // of the next entry, from a pax record
	sized   bool
	special byte // the type of the entry whose content is read, 0 for none
	content int
}

const (
	tarBlock = 512
	tarMagic = "ustar"

	tarGNUName = 'L' // types of entries
	tarPax     = 'x'
	tarPaxOld  = 'X'
	tarGlobal  = 'g'
	tarSparse  = 'S'
)

// MinTar is how many octets IsTar needs.
const MinTar = tarBlock

// IsTar reports whether a file begins as a tar file does: with a header whose check sum is right, and a name with nothing behind it.
// So a file of another kind is none whose octets were chosen to be both.
func IsTar(head []byte) bool {
	if len(head) < MinTar || head[0] == 0 || !tarSum(head[:tarBlock]) {
		return false
	}
	_, behind, _ := bytes.Cut(head[:100], []byte{0})
	return len(bytes.Trim(behind, "\x00")) == 0
}

func (r *tarReader) write(p []byte) {
	if r.in.want == 0 {
		r.in.want = tarBlock
	}
	r.in.write(p, r.block)
}

func (r *tarReader) end() {
	if r.in.open() && !r.loose && !r.ended {
		r.x.problem(ProblemTruncated)
	}
}

// block reads one block, or the content of an entry that says something of the next one.
func (r *tarReader) block(b []byte) int {
	if r.special != 0 {
		r.said(r.special, b[:r.content])
		r.special, r.in.want = 0, tarBlock
		return (r.content + tarBlock - 1) / tarBlock * tarBlock
	}
	b = b[:tarBlock]
	if b[0] == 0 && len(bytes.Trim(b, "\x00")) == 0 {
		r.ended, r.loose = true, true
		return tarBlock
	}
	if !tarSum(b) {
		if !r.loose {
			r.x.problem(ProblemHeader)
			r.loose = true
		}
		return tarBlock
	}
	r.header(b)
	return tarBlock
}

// header reads a header.
func (r *tarReader) header(b []byte) {
	size, ok := tarNumber(b[124:136])
	if !ok {
		r.x.problem(ProblemHeader)
		r.loose = true
	}
	switch kind := b[156]; kind {
	case tarGNUName, tarPax, tarPaxOld, tarGlobal:
		switch {
		case !ok || size == 0:
		case size > uint64(max(0, r.x.limits.Record)):
			r.x.stop(LimitRecord)
			r.pass(size)
		default:
			r.special, r.content = kind, int(size)
			r.in.want = (r.content + tarBlock - 1) / tarBlock * tarBlock
		}
	case 'K': // the target of a link
		r.pass(size)
	default:
		r.entry(b, kind, size)
	}
}

// pass passes over the content of an entry.
func (r *tarReader) pass(size uint64) {
	if !r.loose {
		r.in.skip = (size + tarBlock - 1) &^ (tarBlock - 1)
	}
}

// entry lists an entry.
func (r *tarReader) entry(b []byte, kind byte, size uint64) {
	name := r.long
	if len(name) == 0 {
		name = tarName(b)
	}
	if r.sized && r.size != size {
		if r.size < 1<<33 { // it would have fitted into the header: some readers follow that (CVE-2025-62518)
			r.x.problem(ProblemSize)
			r.loose = true
		}
		size = max(size, r.size)
	}
	text := mail.DecodeText("", nameEnd(name))
	e := Entry{Name: text, Size: size, Packed: size, Directory: kind == '5' || strings.HasSuffix(text, "/")}
	switch kind {
	case '1', '2', '3', '4', '5', '6': // links, devices and directories
		e.Size, e.Packed = 0, 0
		r.loose = r.loose || size > 0 // which some pass over, and some do not
	case tarSparse:
		r.loose = r.loose || b[482] != 0 // more of the map follows
	}
	r.x.add(e)
	r.long, r.sized = nil, false
	r.pass(e.Packed)
}

// said takes what an entry says of the next one, or of all.
func (r *tarReader) said(kind byte, content []byte) {
	if kind == tarGNUName {
		content, _, _ = bytes.Cut(content, []byte{0})
		r.long = bytes.Clone(nameEnd(content))
		return
	}
	for len(content) > 0 {
		var key string
		var value []byte
		var ok bool
		if key, value, content, ok = paxRecord(content); !ok {
			r.x.problem(ProblemHeader)
			return
		}
		switch key {
		case "path", "GNU.sparse.name":
			if kind == tarGlobal { // a name for all; few readers follow
				r.x.add(Entry{Name: mail.DecodeText("utf-8", nameEnd(value))})
				continue
			}
			r.long = bytes.Clone(nameEnd(value))
		case "size":
			n, ok := decimal(value)
			if !ok || kind == tarGlobal {
				r.x.problem(ProblemHeader)
				r.loose = true
				continue
			}
			r.size, r.sized = n, true
		}
	}
}

// paxRecord takes one record, "length key=value" and a line end, where length is that of all of it.
func paxRecord(b []byte) (key string, value, rest []byte, ok bool) {
	digits, _, found := bytes.Cut(b[:min(len(b), 10)], []byte{' '})
	n, ok := decimal(digits)
	if !found || !ok || n > uint64(len(b)) || n < uint64(len(digits))+3 || b[n-1] != '\n' {
		return "", nil, nil, false
	}
	k, v, found := bytes.Cut(b[len(digits)+1:n-1], []byte{'='})
	return string(k[:min(len(k), MaxName)]), v, b[n:], found
}

func decimal(b []byte) (uint64, bool) {
	var v uint64
	for _, c := range b {
		if c < '0' || c > '9' || v > tarMost/10 {
			return 0, false
		}
		v = v*10 + uint64(c-'0')
	}
	return v, len(b) > 0
}

// tarMost is the largest size that is believed, so that sums do not overflow.
const tarMost = 1 << 60

// tarName returns the name in a header. In front of it stands a prefix, where the header is ustar's.
func tarName(b []byte) []byte {
	name, _, _ := bytes.Cut(b[:100], []byte{0})
	if string(b[257:263]) != tarMagic+"\x00" || b[345] == 0 {
		return name
	}
	prefix, _, _ := bytes.Cut(b[345:500], []byte{0})
	return append(append(bytes.Clone(prefix), '/'), name...)
}

// tarNumber reads octal digits, or where the first bit is set a number in network order.
func tarNumber(b []byte) (uint64, bool) {
	var v uint64
	if b[0]&0x80 != 0 {
		for i, c := range b {
			if i == 0 {
				c &= 0x7f
			}
			if v > tarMost>>8 {
				return 0, false
			}
			v = v<<8 | uint64(c)
		}
		return v, v <= tarMost
	}
	for _, c := range bytes.TrimLeft(b, " \x00") {
		if c == ' ' || c == 0 {
			break
		}
		if c < '0' || c > '7' {
			return 0, false
		}
		v = v<<3 | uint64(c-'0') // 12 digits at most
	}
	return v, true
}

// tarSum reports whether the check sum of a header is right, also by those who took its octets for signed.
func tarSum(b []byte) bool {
	want, ok := tarNumber(b[148:156])
	if !ok {
		return false
	}
	sum, signed := int64(0), int64(0)
	for i, c := range b {
		if 148 <= i && i < 156 {
			c = ' '
		}
		sum += int64(c)
		signed += int64(int8(c))
	}
	return int64(want) == sum || int64(want) == signed
}
