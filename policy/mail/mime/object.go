package mime

import (
	"sekimori/policy/mail/inflate"
)

// objectScan finds the object streams of a PDF file (ISO 32000-2, 7.5.7), in which programs of today keep everything that is no
// stream itself, expands them as they come, and looks for names in them.
//
// An object stream is what says so by its type, or has a First, which no other stream has and some viewers go by. It is read where it
// is not encoded, or by Flate alone. Anything else is noted as ActivePDFObjects: encrypted files, whose streams are noise; a chain of
// filters and a predictor, which no program uses here; and what is damaged, read up to there.
type objectScan struct {
	r     *Reader
	found *activeScan
	state objectState

	left   int    // octets of the dictionary that may follow
	token  uint64 // the last eight octets of a word in it
	depth  int    // parentheses that are open
	quoted bool   // behind a backslash in them
	remark bool   // in a comment

	typed, first  bool // what the dictionary says
	filters       int
	filtered, odd bool

	cr     bool  // behind the keyword: a CR has come
	head   byte  // of the data, once it has come
	packed int64 // octets of the data that have come
}

// objectState is where a file is.
type objectState uint8

const (
	objectsNone objectState = iota // nothing is known to come
	objectsDictionary
	objectsLine // behind the keyword stream
	objectsHead // first octet of the data
	objectsHead2
	objectsData
)

// maxObjectDictionary is how much of a dictionary is looked at behind the first name in it that speaks of a stream, in octets. An
// object stream whose data begin farther behind is not read, which is ActivePDFObjects.
const maxObjectDictionary = 4 << 10

// objectText is what object streams are expanded into. It is used for one after the other.
type objectText struct {
	inflate *inflate.Inflater
	words   wordScan
	into    *activeScan
	room    int64 // octets
}

// name takes a name of the file.
func (o *objectScan) name(name []byte) {
	if o.r == nil || o.state > objectsDictionary {
		return // no PDF, or not in a dictionary
	}
	switch string(name) {
	case "ObjStm":
		o.begin()
		o.typed = true
	case "First":
		o.begin()
		o.first = true
	case "Filter":
		o.begin()
		o.filtered = true
	case "FlateDecode", "Fl":
		o.filters++
	case "ASCIIHexDecode", "AHx", "ASCII85Decode", "A85", "LZWDecode", "LZW", "RunLengthDecode", "RL", "Crypt", "Predictor":
		o.odd = true
	}
}

// begin begins with a dictionary, or goes on with it. A name within a string or comment may be meant to mislead, or we may have begun
// within one: then it cannot be told where the data begin.
func (o *objectScan) begin() {
	if o.state == objectsNone {
		*o = objectScan{r: o.r, found: o.found, state: objectsDictionary, left: maxObjectDictionary}
	}
	o.odd = o.odd || o.depth > 0 || o.remark
	o.depth, o.quoted, o.remark, o.token = 0, false, false, 0
}

// over ends a dictionary, or the stream behind it.
func (o *objectScan) over(read bool) {
	if !read {
		o.found.note(ActivePDFObjects)
	}
	o.state = objectsNone
}

// write takes octets from a dictionary on.
func (o *objectScan) write(p []byte) {
	for len(p) > 0 && o.state != objectsNone {
		if o.state == objectsData {
			p = p[o.data(p):]
			continue
		}
		if o.state == objectsDictionary || o.state == objectsLine {
			if o.left == 0 {
				o.over(!o.typed)
				return
			}
			o.left--
		}
		c := p[0]
		p = p[1:]
		switch o.state {
		case objectsDictionary:
			o.dictionary(c)
		case objectsLine:
			o.line(c)
		case objectsHead:
			o.head, o.state = c, objectsHead2
		case objectsHead2:
			o.header(c)
		case objectsNone, objectsData:
		}
	}
}

// dictionary looks for the keyword behind it, outside of strings and comments.
func (o *objectScan) dictionary(c byte) {
	switch {
	case o.remark:
		o.remark = c != '\n' && c != '\r'
		return
	case o.depth > 0:
		o.text(c)
		return
	case regular(c):
		o.token = o.token<<8 | uint64(c)
		return
	}
	switch o.token {
	case 's'<<40 | 't'<<32 | 'r'<<24 | 'e'<<16 | 'a'<<8 | 'm':
		if o.typed || o.first {
			o.state = objectsLine
			o.line(c)
		} else {
			o.over(true)
		}
		return
	case 'o'<<16 | 'b'<<8 | 'j', 'e'<<40 | 'n'<<32 | 'd'<<24 | 'o'<<16 | 'b'<<8 | 'j':
		o.over(!o.typed) // an object stream has data
		return
	}
	o.token = 0
	switch c {
	case '(':
		o.depth = 1
	case '%':
		o.remark = true
	case '/':
		o.token = '/' // a name is no keyword
	}
}

// text takes an octet of a string (ISO 32000-2, 7.3.4.2).
func (o *objectScan) text(c byte) {
	switch {
	case o.quoted:
		o.quoted = false
	case c == '\\':
		o.quoted = true
	case c == '(':
		o.depth++
	case c == ')':
		o.depth--
	}
}

// line takes what stands between the keyword and the data: a line end, and whatever viewers pass over before it.
func (o *objectScan) line(c byte) {
	switch {
	case c == '\n':
		o.state = objectsHead
	case o.cr:
		o.head, o.state = c, objectsHead2
	case c == '\r':
		o.cr = true
	}
}

// header looks at the first two octets of the data (RFC 1950, 2.2).
func (o *objectScan) header(second byte) {
	const deflate, preset = 8, 0x20
	switch zlib := (uint(o.head)<<8|uint(second))%31 == 0 && o.head&0xf == deflate && o.head>>4 < 8 && second&preset == 0; {
	case !o.filtered:
		o.over(true) // it is not packed, and its names were seen
	case !zlib:
		o.over(false)
	case o.r.objects >= int64(o.r.limits.Objects):
		o.r.content.stop(LimitObjects)
		o.over(true)
	default:
		if o.odd || o.filters > 1 {
			o.found.note(ActivePDFObjects)
		}
		o.r.scratch.beginObjects(o.found, int64(o.r.limits.Objects)-o.r.objects)
		o.state = objectsData
	}
}

// objectPiece is how many packed octets of an object stream are taken before the limit is looked at, counted from the beginning of the
// stream, so that it makes no difference in which pieces they come.
const objectPiece = 4 << 10

// data takes packed octets, and returns how many.
func (o *objectScan) data(p []byte) int {
	z := o.r.scratch.object.inflate
	p = p[:min(int64(len(p)), objectPiece-o.packed%objectPiece)]
	n := z.Write(p)
	o.packed += int64(n)
	state := z.State()
	if state == inflate.Open && o.packed%objectPiece != 0 {
		return n
	}
	switch over := o.r.objects+z.Spent() > int64(o.r.limits.Objects); {
	case over || state == inflate.Refused:
		o.r.content.stop(LimitObjects)
		o.closed(true)
	case state != inflate.Open:
		o.closed(state == inflate.Ended)
	}
	return n
}

// closed ends the data of an object stream.
func (o *objectScan) closed(read bool) {
	t := o.r.scratch.object
	t.inflate.End()
	t.end()
	o.r.objects += t.inflate.Spent()
	o.over(read)
}

// end takes what is left when the file ends.
func (o *objectScan) end() {
	switch o.state {
	case objectsNone, objectsDictionary, objectsLine, objectsHead, objectsHead2:
	case objectsData:
		o.closed(true) // the file was cut, which is no matter of its objects
	}
	o.state = objectsNone
}

// beginObjects makes ready for an object stream of a file.
func (s *scratch) beginObjects(into *activeScan, room int64) {
	if s.object == nil {
		t := &objectText{}
		t.inflate = inflate.New(t.take)
		s.object = t
	}
	t := s.object
	t.inflate.Reset()
	t.words = wordScan{mark: '/', names: true, word: t.words.word[:0]}
	t.into, t.room = into, room
}

// take looks for names in expanded octets.
func (t *objectText) take(p []byte) bool {
	t.room -= int64(len(p))
	for len(p) > 0 {
		n, word := t.words.next(p)
		p = p[n:]
		if word != nil {
			t.into.object(word, p[0])
		}
	}
	return t.room >= 0
}

// end takes a name that the stream ends with.
func (t *objectText) end() {
	if word := t.words.end(); word != nil {
		t.into.object(word, 0)
	}
	t.into = nil
}
