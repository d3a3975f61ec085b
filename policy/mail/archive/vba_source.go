package archive

// vbaContainer expands the source of a module (CompressedContainer; MS-OVBA, 2.4.1) as it comes, a chunk of at most 4,096 octets at a
// time, and looks in it for procedures.
type vbaContainer struct {
	state  containerState
	header [2]byte
	have   int // octets of the header, then of the chunk
	want   int // octets of the chunk
	raw    bool
	chunk  [vbaChunk]byte
	out    [vbaChunk]byte
	source vbaSource
}

type containerState uint8

const (
	containerNone containerState = iota
	containerHeader
	containerChunk
	containerWhole  // it was read to its end
	containerBroken // it does not go on as it should
)

// vbaChunk is how many octets a chunk is expanded to, all but the last (MS-OVBA, 2.4.1.1.4). None is longer when it is compressed.
const vbaChunk = 4096

// begin is called behind the signature of a container.
func (c *vbaContainer) begin() {
	c.state, c.have = containerHeader, 0
	c.source.begin()
}

// write takes the next octets, and returns how many it expanded, at most a chunk more than most.
func (c *vbaContainer) write(p []byte, most int, found func(string)) (expanded int) {
	for len(p) > 0 && expanded < most {
		switch c.state {
		case containerHeader:
			c.header[c.have] = p[0]
			p = p[1:]
			if c.have++; c.have == len(c.header) {
				c.begun()
			}
		case containerChunk:
			n := copy(c.chunk[c.have:c.want], p)
			p = p[n:]
			if c.have += n; c.have == c.want {
				expanded += c.expand(found)
			}
		default:
			return expanded
		}
	}
	return expanded
}

// begun reads the header of a chunk (MS-OVBA, 2.4.1.1.5): its size, a signature, and whether it is compressed. Behind the last chunk
// are NULs, as many as fill the sector.
func (c *vbaContainer) begun() {
	h := int(c.header[0]) | int(c.header[1])<<8
	c.have, c.want, c.raw = 0, h&0xfff+1, h&0x8000 == 0
	switch {
	case h == 0:
		c.state = containerWhole
	case h&0x7000 != 0x3000, c.raw && c.want != vbaChunk:
		c.state = containerBroken
	default:
		c.state = containerChunk
	}
}

// expand looks at a chunk that is whole.
func (c *vbaContainer) expand(found func(string)) int {
	n, ok := vbaChunk, true
	text := c.chunk[:c.have]
	if !c.raw {
		n, ok = expandChunk(&c.out, text)
		text = c.out[:n]
	}
	c.source.write(text, found)
	c.have = 0
	switch {
	case !ok:
		c.state = containerBroken
	case n < vbaChunk:
		c.source.end(found)
		c.state = containerWhole
	default:
		c.state = containerHeader
	}
	return n
}

// cut looks at what there is of a chunk that does not come to its end.
func (c *vbaContainer) cut(found func(string)) {
	if c.state == containerChunk && c.have > 0 {
		c.expand(found)
		c.source.end(found)
	}
	if c.state == containerHeader && c.have == 0 { // the file ends with a full chunk
		c.state = containerWhole
		return
	}
	if c.state != containerWhole {
		c.state = containerBroken
	}
}

// expandChunk expands a chunk (MS-OVBA, 2.4.1.3.2 and 2.4.1.3.5): an octet of flags, and for each of them an octet as it stands or a
// copy of what came before. It returns how many octets there are, and whether the chunk was as it should be.
func expandChunk(out *[vbaChunk]byte, in []byte) (n int, ok bool) {
	for len(in) > 0 {
		flags := in[0]
		in = in[1:]
		for range 8 {
			if len(in) == 0 {
				return n, true
			}
			if flags&1 == 0 {
				if n == vbaChunk {
					return n, false
				}
				out[n] = in[0]
				n++
				in = in[1:]
			} else {
				if len(in) < 2 || n == 0 {
					return n, false
				}
				token := int(in[0]) | int(in[1])<<8
				in = in[2:]
				width := uint(4) // bits of the offset: as many as the place needs (MS-OVBA, 2.4.1.3.19.1)
				for 1<<width < n {
					width++
				}
				offset, length := token>>(16-width)+1, token&(1<<(16-width)-1)+3
				if offset > n || n+length > vbaChunk {
					return n, false
				}
				for range length {
					out[n] = out[n-offset]
					n++
				}
			}
			flags >>= 1
		}
	}
	return n, true
}

// vbaSource looks in the source of a module for procedures that Office starts by itself: the word behind Sub or Function, outside of
// texts and remarks.
type vbaSource struct {
	state     sourceState
	word      [maxProcedure + 1]byte
	n         int // octets of the word, one more than are kept when it is longer
	begins    bool
	named     bool // the next word is the name of a procedure
	continued bool // the line goes on in the next one
}

type sourceState uint8

const (
	sourceCode sourceState = iota
	sourceText
	sourceRemark
)

func (s *vbaSource) begin() { *s = vbaSource{begins: true} }

func (s *vbaSource) write(p []byte, found func(string)) {
	for _, c := range p {
		switch s.state {
		case sourceText:
			if c == '"' || c == '\n' || c == '\r' {
				s.state = sourceCode
				s.begins = c != '"'
			}
			continue
		case sourceRemark:
			if c != '\n' && c != '\r' {
				continue
			}
			s.state = sourceCode
		case sourceCode:
		}
		if identifier(c) {
			if s.n < len(s.word) {
				s.word[s.n] = c
				s.n++
			}
			continue
		}
		if s.n > 0 {
			s.end(found)
		}
		switch c {
		case '\n', '\r':
			s.state = sourceCode
			if !s.continued {
				s.begins, s.named = true, false
			}
		case '"':
			s.state, s.named = sourceText, false
		case '\'':
			s.state, s.named = sourceRemark, false
		case ' ', '\t':
		case ':':
			s.begins, s.named = true, false
		default:
			s.named = false
		}
	}
}

// end takes the word that ends.
func (s *vbaSource) end(found func(string)) {
	word := s.word[:s.n]
	begins, named := s.begins, s.named
	s.n, s.begins, s.continued = 0, false, false
	switch {
	case len(word) == 1 && word[0] == '_':
		s.continued, s.begins = true, begins
		return
	case s.state != sourceCode:
		return
	case named:
		s.named = false
		if name := autoExec(word); name != "" {
			found(name)
		}
		return
	}
	var lower [len("function")]byte
	if len(word) > len(lower) {
		return
	}
	for i, c := range word {
		lower[i] = foldOctet(c)
	}
	switch string(lower[:len(word)]) {
	case "sub", "function":
		s.named = true
	case "rem":
		if begins {
			s.state = sourceRemark
		}
	}
}
