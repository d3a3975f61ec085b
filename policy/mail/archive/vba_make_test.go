package archive

import (
	"encoding/binary"
	"strings"
	"unicode/utf16"
)

// vbaCompressed writes a CompressedContainer (MS-OVBA, 2.4.1): a chunk for each 4,096 octets, in which is copied what can be.
func vbaCompressed(text string) string {
	out := []byte{1}
	for begin := true; begin || text != ""; begin = false {
		n := min(len(text), vbaChunk)
		chunk := vbaTokens(text[:n])
		if len(chunk) > vbaChunk {
			chunk = []byte(text[:n]) // as it stands, filled up
			chunk = append(chunk, make([]byte, vbaChunk-n)...)
			out = binary.LittleEndian.AppendUint16(out, 0x3fff)
		} else {
			out = binary.LittleEndian.AppendUint16(out, uint16(len(chunk)-1)|0xb000)
		}
		out = append(out, chunk...)
		text = text[n:]
	}
	return string(out)
}

func vbaTokens(text string) []byte {
	var out []byte
	for at := 0; at < len(text) || len(out) == 0; {
		flags := len(out)
		out = append(out, 0)
		for bit := 0; bit < 8 && at < len(text); bit++ {
			width := 4
			for 1<<width < at {
				width++
			}
			offset, length := vbaMatch(text, at, 1<<(16-width)+2)
			if length < 3 {
				out = append(out, text[at])
				at++
				continue
			}
			out[flags] |= 1 << bit
			out = binary.LittleEndian.AppendUint16(out, uint16((offset-1)<<(16-width)|(length-3)))
			at += length
		}
	}
	return out
}

// vbaMatch finds the longest copy of what follows in what came before.
func vbaMatch(text string, at, most int) (offset, length int) {
	for from := max(0, at-600); from < at; from++ {
		n := 0
		for n < most && at+n < len(text) && text[from+n] == text[at+n] {
			n++
		}
		if n > length {
			offset, length = at-from, n
		}
	}
	return offset, length
}

// stream is a stream of a compound file; a name that ends in a slash is that of a storage.
type stream struct{ name, data string }

// compound writes a compound file (MS-CFB) of sectors of 512 octets. Streams are filled up to the size from which they have sectors
// of their own, and storages are all empty: who lists entries does not mind.
func compound(streams ...stream) string {
	const sector, least = 512, 4096
	var dir, data, fat []byte
	link := func(n int) { // a chain of n sectors
		at := len(fat) / 4
		for i := range n {
			next := uint32(at + i + 1)
			if i == n-1 {
				next = 0xfffffffe
			}
			fat = binary.LittleEndian.AppendUint32(fat, next)
		}
	}
	entry := func(name string, kind byte, child, right, start uint32, size int) {
		b := make([]byte, 128)
		for i, u := range utf16.Encode([]rune(name)) {
			binary.LittleEndian.PutUint16(b[2*i:], u)
		}
		binary.LittleEndian.PutUint16(b[64:], uint16(2*len(utf16.Encode([]rune(name)))+2))
		b[66], b[67] = kind, 1
		binary.LittleEndian.PutUint32(b[68:], 0xffffffff)
		binary.LittleEndian.PutUint32(b[72:], right)
		binary.LittleEndian.PutUint32(b[76:], child)
		binary.LittleEndian.PutUint32(b[116:], start)
		binary.LittleEndian.PutUint32(b[120:], uint32(size))
		dir = append(dir, b...)
	}
	const none = 0xffffffff
	sectors := (len(streams) + 1 + 3) / 4 // of the directory
	link(sectors)
	entry("Root Entry", 5, 1, none, 0xfffffffe, 0)
	for i, s := range streams {
		right := uint32(i + 2)
		if i == len(streams)-1 {
			right = none
		}
		if name, ok := strings.CutSuffix(s.name, "/"); ok {
			entry(name, 1, none, right, 0, 0)
			continue
		}
		size := max(len(s.data), least)
		n := (size + sector - 1) / sector
		entry(s.name, 2, none, right, uint32(len(fat)/4), size)
		link(n)
		data = append(data, s.data...)
		data = append(data, make([]byte, n*sector-len(s.data))...)
	}
	dir = append(dir, make([]byte, sectors*sector-len(dir))...)
	fatAt := len(fat) / 4
	tables := 1
	for (fatAt+tables)*4 > tables*sector {
		tables++
	}
	for range tables {
		fat = binary.LittleEndian.AppendUint32(fat, 0xfffffffd)
	}
	for len(fat) < tables*sector {
		fat = append(fat, 0xff)
	}
	head := make([]byte, sector)
	copy(head, oleMark)
	for at, v := range map[int]uint16{24: 0x3e, 26: 3, 28: 0xfffe, 30: 9, 32: 6} {
		binary.LittleEndian.PutUint16(head[at:], v)
	}
	for at, v := range map[int]uint32{44: uint32(tables), 48: 0, 56: least, 60: 0xfffffffe, 68: 0xfffffffe} {
		binary.LittleEndian.PutUint32(head[at:], v)
	}
	for i := 76; i < sector; i += 4 {
		v := uint32(none)
		if n := (i - 76) / 4; n < tables {
			v = uint32(fatAt + n)
		}
		binary.LittleEndian.PutUint32(head[i:], v)
	}
	return string(head) + string(dir) + string(data) + string(fat)
}

// vbaCache is the stream _VBA_PROJECT with a table of names (as programs write it; MS-OVBA leaves it open).
func vbaCache(names ...string) string {
	b := "\xcc\x61\xb5\x00\x00\x03\x00\xff" + strings.Repeat("\x01\x00", 100)
	for i, n := range names {
		kind := "\x00"
		if i%2 == 1 {
			kind = "\x81\x01\x02\x03\x04\x05\x06"
		}
		b += string([]byte{byte(len(n))}) + kind + n + "a\xd2\x00\x00"
	}
	return b
}

// moduleHead is how the source of every module begins.
const moduleHead = "Attribute VB_Name = \"Module1\"\r\nAttribute VB_Base = \"1Normal.ThisDocument\"\r\nAttribute VB_GlobalNameSpace = False\r\n"

// projectFile is a compound file with a project of one module.
func projectFile(source string, names ...string) string {
	return compound(stream{"VBA/", ""}, stream{"dir", "\x01\x20\xb0\x00\x00"}, stream{"_VBA_PROJECT", vbaCache(names...)},
		stream{"Module1", strings.Repeat("\x01\x16\x03\x00", 80) + vbaCompressed(moduleHead+source)})
}
