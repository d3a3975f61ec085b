package mime

import (
	"encoding/binary"
)

// tnefReader reads a file in the Transport Neutral Encapsulation Format (MS-OXTNEF), as Outlook and Exchange send it under the name
// winmail.dat, while it comes: a signature, then attributes with their length. The attachments in it, and a text in HTML, are parts of
// the message like any others, below the part of the file. What else it says of the message itself is passed over, also its text in RTF.
//
// Lengths are believed as far as the file goes, and checksums are not looked at, so that a wrong one hides nothing. Where the
// properties of an attachment cannot be read on, what follows the attribute is.
type tnefReader struct {
	tnefFile
	state tnefState
	keep  []byte // of an item, until it has all it wants
	want  int
	pass  int64 // octets that follow it
	sink  bool  // which are those of the attachment; else passed over
	left  int64 // octets of the attribute that nothing was asked of yet

	message bool   // properties are those of the message, not of an attachment
	id      uint16 // of the property that is open
	kind    uint16 // its type
	values  uint32 // its values that are left
	fill    int64  // octets that fill the value up
}

// tnefState is what item has come whole.
type tnefState uint8

const (
	tnefSignature tnefState = iota
	tnefHead                // level, name and length of an attribute, behind the checksum of the one before
	tnefPassed              // an attribute of which no more is wanted
	tnefTitle
	tnefCodepage
	tnefCount // of properties
	tnefProperty
	tnefNamed     // set and kind of a property's name
	tnefNameSize  // of a name that is a text
	tnefNumber    // what stands in place of the name, or nothing is left of it
	tnefValues    // count of values
	tnefValueSize // of one of them
	tnefValue
)

// The attributes that are looked at (MS-OXTNEF, 2.1.3.2), without the type that stands above their number: some readers do not look at it.
const (
	attachData     = 0x800f // attAttachData
	attachTitle    = 0x8010 // attAttachTitle
	attachPath     = 0x9001 // attAttachTransportFilename
	attachRendData = 0x9002 // attAttachRendData, with which each attachment begins
	messageProps   = 0x9003 // attMsgProps: properties of the message
	attachment     = 0x9005 // attAttachment: its properties
	oemCodepage    = 0x9007 // attOemCodepage
)

// The properties that are looked at (MS-OXPROPS) and their types (MS-OXCDATA, 2.11.1).
const (
	propHTML     = 0x1013 // PidTagHtml
	propData     = 0x3701 // PidTagAttachDataBinary, PidTagAttachDataObject
	propFilename = 0x3704 // PidTagAttachFilename
	propLongName = 0x3707 // PidTagAttachLongFilename

	typeObject  = 0x000d
	typeString8 = 0x001e
	typeUnicode = 0x001f
	typeBinary  = 0x0102
	typeMany    = 0x1000 // flag: several values
)

const (
	tnefBegin    = 4 + 2     // signature and key
	tnefHeadSize = 1 + 4 + 4 // level, name, length
	tnefCheck    = 2         // checksum behind an attribute
	objectHead   = 16        // the interface of an object, in front of its octets
)

// enterTNEF goes into a part in this format.
func (l *leaf) enterTNEF(p *Part) {
	if p.Depth >= l.r.limits.Depth {
		l.r.content.stop(LimitDepth)
		return
	}
	l.tnef = &tnefReader{tnefFile: tnefFile{r: l.r, part: l.part}, want: tnefBegin}
}

// write takes the next octets.
func (t *tnefReader) write(p []byte) {
	for !t.r.full {
		switch {
		case len(t.keep) < t.want:
			n := min(len(p), t.want-len(t.keep))
			t.keep = append(t.keep, p[:n]...)
			if p = p[n:]; len(t.keep) < t.want {
				return
			}
		case t.pass > 0:
			if len(p) == 0 {
				return
			}
			n := min(int64(len(p)), t.pass)
			if t.sink {
				t.leaf.consume(p[:n])
			}
			t.pass -= n
			p = p[n:]
		default:
			t.step()
		}
	}
}

// end ends the file, and the attachment that is open. One that does not end is not all of it.
func (t *tnefReader) end() {
	t.leaf.short = t.sink && t.pass > 0
	t.close()
}

// step takes an item that has come whole, and says what comes next.
func (t *tnefReader) step() {
	b := t.keep
	t.keep, t.want, t.sink = t.keep[:0], 0, false
	switch t.state {
	case tnefSignature:
		t.state, t.want = tnefHead, tnefHeadSize
	case tnefHead:
		b = b[len(b)-tnefHeadSize:]
		t.attribute(binary.LittleEndian.Uint16(b[1:]), int64(binary.LittleEndian.Uint32(b[5:])))
	case tnefPassed:
		t.state, t.want = tnefHead, tnefCheck+tnefHeadSize
	case tnefTitle:
		t.filename(b, true, false)
		t.rest()
	case tnefCodepage:
		t.codepage = binary.LittleEndian.Uint32(append(b, 0, 0, 0, 0))
		t.rest()
	default:
		t.property(b)
	}
}

// attribute begins an attribute.
func (t *tnefReader) attribute(name uint16, length int64) {
	t.left = length
	switch name {
	case attachRendData:
		t.close()
		t.rest()
	case attachTitle, attachPath:
		t.some(tnefTitle, MaxName)
	case oemCodepage:
		t.some(tnefCodepage, 4)
	case attachData:
		t.data()
		t.rest()
		t.sink = true
	case messageProps:
		t.close()
		t.message = true
		t.ask(tnefCount, 4)
	case attachment:
		t.message = false
		t.ask(tnefCount, 4)
	default:
		t.rest()
	}
}

// rest passes over what is left of an attribute.
func (t *tnefReader) rest() { t.state, t.pass, t.left = tnefPassed, t.left, 0 }

// some asks for the beginning of an attribute, up to so many octets.
func (t *tnefReader) some(s tnefState, most int64) {
	n := min(t.left, most)
	t.state, t.want = s, int(n)
	t.left -= n
}

// ask asks for an item of so many octets. Where the attribute does not have them, no more is to be had from it.
func (t *tnefReader) ask(s tnefState, n int) { t.value(s, n, 0) }

// value asks for an item of so many octets, and for others behind it.
func (t *tnefReader) value(s tnefState, n int, pass int64) {
	if int64(n)+pass > t.left {
		t.rest()
		return
	}
	t.left -= int64(n) + pass
	t.state, t.want, t.pass = s, n, pass
}
