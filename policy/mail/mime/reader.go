// Package mime reads the body of a message as hostile MIME while it comes: it says which parts there are, what each
// declares to be and what its first octets are, under which names, which text and links it shows, and what archives
// list. It does not decide what any of that means. Nothing is executed, decrypted or fetched, and nothing is expanded
// but small directories, relationship parts, what lists a file, and object streams of PDF files, within limits.
//
// It is a package of its own below mail because a header can be read without any of this, and most that read headers
// have no use for a body. Archives are below mail too, because they know nothing of MIME.
//
// No input makes it fail. What readers take differently is an Oddity of the part; where it stops early the limit is
// named in Content.Stopped. The body is never held: of each part there are the first octets, of text and HTML what
// Limits allow. Work is proportional to the input.
package mime

import (
	"sekimori/policy"
)

// Reader reads one message. It is for one message and one goroutine.
type Reader struct {
	limits   Limits
	content  Content
	top      *walk
	wants    bool
	full     bool // halted
	ended    bool
	text     int // octets of plain text kept
	html     int // octets of HTML read
	archives int
	headers  int   // octets of headers of attached messages kept
	names    int   // octets of names kept
	expanded int   // octets of relationship parts
	objects  int64 // as inflate.Spent counts, for object streams
	unpacked int   // octets of tar files in gzip files
	scratch  *scratch
	readers  *Readers // to whom scratch goes back, nil where nobody wants it
}

// New begins with the header of a message as an MTA hands it over.
func New(h policy.Header, l Limits) *Reader { return newReader(h, l, new(scratch), nil) }

func newReader(h policy.Header, l Limits, s *scratch, from *Readers) *Reader {
	r := &Reader{limits: l, wants: true, scratch: s, readers: from}
	r.top = &walk{r: r, parent: -1, header: s.header, hold: s.hold}
	s.lend(&r.top.leaf)
	d := declared{}
	for i := range h {
		d.field(h[i].Name, h[i].Value)
	}
	r.top.enter(&d)
	return r
}

// WantsBody reports whether more body could add to the Content.
func (r *Reader) WantsBody() bool { return r.wants && !r.ended }

// Write takes the next octets of the body; p is not kept. It never fails. How the body is cut into pieces makes no
// difference but for Content.Octets. What comes when no more is wanted is passed over.
func (r *Reader) Write(p []byte) (int, error) {
	n := len(p)
	if !r.WantsBody() {
		return n, nil
	}
	left := max(0, r.limits.Body-r.content.Octets)
	over := int64(n) > left
	if over {
		p = p[:left]
	}
	r.content.Octets += int64(len(p))
	r.top.write(p)
	if over && r.wants {
		r.content.stop(LimitBody)
		r.wants = false
	}
	return n, nil
}

// Content returns the facts, from what has come so far. The body ends with it.
func (r *Reader) Content() *Content {
	if !r.ended {
		r.top.end()
		r.ended = true
		r.readers.take(r)
	}
	return &r.content
}

// keepNames leaves out the names of a part for which there is no room, of those from the given one on.
func (r *Reader) keepNames(p *Part, from int) {
	for i := from; i < len(p.Names); i++ {
		n := len(p.Names[i].Text)
		if r.names+n > r.limits.Names {
			clear(p.Names[i:])
			p.Names = p.Names[:i]
			r.content.stop(LimitNames)
			return
		}
		r.names += n
	}
}

// halt notes a limit that was reached inside the body, behind which nothing is looked at.
func (r *Reader) halt(l Limit) {
	r.content.stop(l)
	r.full, r.wants = true, false
}
