package mime

import "encoding/binary"

// property takes an item of the properties of an attachment or of the message (MS-OXTNEF, 2.1.3.4): a count, and of each its type, its number, its name
// if it has one, and its value, filled up to four octets.
func (t *tnefReader) property(b []byte) {
	switch t.state {
	case tnefCount: // which says no more than the length of the attribute
		t.nextProperty()
	case tnefProperty:
		t.kind, t.id = binary.LittleEndian.Uint16(b), binary.LittleEndian.Uint16(b[2:])
		if t.id >= 0x8000 {
			t.ask(tnefNamed, 16+4)
			return
		}
		t.one()
	case tnefNamed:
		if binary.LittleEndian.Uint32(b[16:]) == 0 {
			t.ask(tnefNumber, 4)
			return
		}
		t.ask(tnefNameSize, 4)
	case tnefNameSize:
		t.value(tnefNumber, 0, filled(binary.LittleEndian.Uint32(b)))
	case tnefNumber:
		t.one()
	case tnefValues:
		t.values = binary.LittleEndian.Uint32(b)
		if size := fixedSize(t.kind); size > 0 {
			t.value(tnefValue, 0, size*int64(t.values))
			t.values = 0
			return
		}
		t.nextValue()
	case tnefValueSize:
		t.octets(binary.LittleEndian.Uint32(b))
	case tnefValue:
		switch {
		case t.message:
			t.close()
		case len(b) > 0 && t.id != propData:
			t.filename(b, t.id == propFilename, t.kind&^typeMany == typeUnicode)
		}
		if t.fill > 0 {
			t.value(tnefValue, 0, t.fill)
			t.fill = 0
			return
		}
		t.nextValue()
	default:
	}
}

func (t *tnefReader) nextProperty() { t.ask(tnefProperty, 4) }

// one begins the value of a property. One of an unknown type may have any length.
func (t *tnefReader) one() {
	t.values = 0
	size := fixedSize(t.kind)
	switch {
	case size < 0:
		t.rest()
	case size == 0 || t.kind&typeMany != 0:
		t.ask(tnefValues, 4)
	default:
		t.value(tnefValue, 0, size)
	}
}

func (t *tnefReader) nextValue() {
	if t.values == 0 {
		t.nextProperty()
		return
	}
	t.values--
	t.ask(tnefValueSize, 4)
}

// octets begins a value of a length of its own. A longer one than the attribute has is read as far as that goes.
func (t *tnefReader) octets(length uint32) {
	whole := min(filled(length), t.left)
	size := min(int64(length), whole)
	switch kind := t.kind &^ typeMany; {
	case t.message && t.id == propHTML && kind == typeBinary:
		t.begin(Part{Type: "text/html"})
		t.value(tnefValue, 0, size)
		t.sink, t.fill = true, whole-size
	case t.message:
		t.value(tnefValue, 0, whole)
	case t.id == propData && kind == typeBinary:
		t.data()
		t.value(tnefValue, 0, size)
		t.sink, t.fill = true, whole-size
	case t.id == propData && kind == typeObject:
		head := min(size, objectHead)
		t.data()
		t.value(tnefValue, int(head), size-head)
		t.sink, t.fill = true, whole-size
	case (t.id == propLongName || t.id == propFilename) && kind == typeString8:
		t.value(tnefValue, int(min(size, MaxName)), whole-min(size, MaxName))
	case (t.id == propLongName || t.id == propFilename) && kind == typeUnicode:
		t.value(tnefValue, int(min(size, 2*MaxName)), whole-min(size, 2*MaxName))
	default:
		t.value(tnefValue, 0, whole)
	}
}

// filled is a length with what fills it up.
func filled(n uint32) int64 { return (int64(n) + 3) &^ 3 }

// fixedSize returns how many octets a value of a type takes, filled up, 0 where it has a length of its own, and -1 for types that are
// unknown (MS-OXCDATA, 2.11.1).
func fixedSize(kind uint16) int64 {
	switch kind &^ typeMany {
	case 0x0002, 0x0003, 0x0004, 0x000a, 0x000b: // PtypInteger16, PtypInteger32, PtypFloating32, PtypErrorCode, PtypBoolean
		return 4
	case 0x0005, 0x0006, 0x0007, 0x0014, 0x0040: // PtypFloating64, PtypCurrency, PtypFloatingTime, PtypInteger64, PtypTime
		return 8
	case 0x0048: // PtypGuid
		return 16
	case typeObject, typeString8, typeUnicode, typeBinary:
		return 0
	default:
		return -1
	}
}
