package archive

// entity undoes references to characters (XML 1.0, 4.1) as they come.
type entity struct {
	state entityState
	value rune
	name  [5]byte
	n     int
}

type entityState uint8

const (
	entityNone entityState = iota
	entityBegin
	entityName
	entityNumber
	entityHex
)

// write takes an octet and appends what it comes to.
func (e *entity) write(c byte, to *fieldText) {
	switch {
	case c == '&':
		*e = entity{state: entityBegin}
		return
	case e.state == entityNone:
		to.octet(c)
		return
	case c == ';':
		if r := e.letter(); r != 0 {
			to.add(r)
		}
		e.state = entityNone
		return
	}
	switch e.state {
	case entityBegin:
		if c == '#' {
			e.state = entityNumber
			return
		}
		e.state = entityName
		fallthrough
	case entityName:
		if e.n < len(e.name) {
			e.name[e.n] = c
			e.n++
		}
	case entityNumber:
		switch {
		case c == 'x' || c == 'X':
			e.state = entityHex
		case '0' <= c && c <= '9':
			e.add(10, rune(c-'0'))
		}
	case entityHex:
		switch {
		case '0' <= c && c <= '9':
			e.add(16, rune(c-'0'))
		case 'a' <= c|0x20 && c|0x20 <= 'f':
			e.add(16, rune(c|0x20-'a')+10)
		}
	default:
	}
}

// add appends a digit, as far as there are characters.
func (e *entity) add(base, digit rune) {
	if e.value <= 0x10ffff {
		e.value = e.value*base + digit
	}
}

// letter is what a reference stands for, 0 for nothing that XML knows.
func (e *entity) letter() rune {
	if e.state == entityNumber || e.state == entityHex {
		return e.value
	}
	switch string(e.name[:e.n]) {
	case "lt":
		return '<'
	case "gt":
		return '>'
	case "amp":
		return '&'
	case "quot":
		return '"'
	case "apos":
		return '\''
	}
	return 0
}
