package mailbox

import (
	"bufio"
	"bytes"
	"io"
	"strconv"
)

// pieceSize is how much of a file is looked at at once; a longer line comes in pieces.
const pieceSize = 64 << 10

var separator = []byte("From ")

// mbox reads messages that are separated by lines beginning with "From ". Such a line counts at the beginning and behind an empty
// line, where it has a time of day in it as those that programs write; "From here on" does not. Quoted lines (>From, >>From) lose
// one mark, as mboxrd has it. Content-Length is not believed.
func (w *walk) mbox(name string, b *bufio.Reader) bool {
	m := box{walk: w, name: name}
	empty := true // the line before was
	separates, whole := false, true
	for {
		line, err := b.ReadSlice('\n')
		begins := whole // a line begins here
		whole = err == nil
		if err != nil && err != bufio.ErrBufferFull && err != io.EOF {
			return m.end() && w.fail(name, err)
		}
		if begins {
			separates = empty && bytes.HasPrefix(line, separator) && (m.number == 0 || hasTime(line))
			empty = string(line) == "\n" || string(line) == "\r\n"
		}
		switch {
		case separates && begins:
			if !m.end() {
				return false
			}
			m.number, m.over = m.number+1, false
		case separates:
		case begins && quoted(line):
			m.add(line[1:])
		default:
			m.add(line)
		}
		if err == io.EOF {
			return m.end()
		}
	}
}

// box is the message of an mbox that is being read.
type box struct {
	*walk
	name   string
	number int
	raw    []byte
	over   bool
}

// add adds a piece of the message; of one that is too large nothing is kept.
func (m *box) add(piece []byte) {
	const last = 2 // the empty line at the end does not count
	if m.over = m.over || len(m.raw)+len(piece) > m.limit()+last; m.over {
		m.raw = nil
		return
	}
	m.raw = append(m.raw, piece...)
}

// end hands the message over, without the empty line that stands before the next separator.
func (m *box) end() bool {
	if m.number == 0 {
		return true
	}
	name := m.name + "#" + strconv.Itoa(m.number)
	raw := m.raw
	m.raw = nil
	switch {
	case bytes.HasSuffix(raw, []byte("\n\r\n")):
		raw = raw[:len(raw)-2]
	case bytes.HasSuffix(raw, []byte("\n\n")):
		raw = raw[:len(raw)-1]
	}
	switch {
	case m.over || len(raw) > m.limit():
		return m.fail(name, ErrTooLarge)
	case !beginsAsMail(raw):
		return m.fail(name, ErrNotMail)
	}
	return m.yield(Message{name, raw}, nil)
}

// quoted reports whether a line is a separator behind marks of quoting.
func quoted(line []byte) bool {
	rest := bytes.TrimLeft(line, ">")
	return len(rest) < len(line) && bytes.HasPrefix(rest, separator)
}

// hasTime reports whether a line has two digits, a colon and two digits.
func hasTime(line []byte) bool {
	digit := func(i int) bool { return line[i] >= '0' && line[i] <= '9' }
	for i := 2; i+2 < len(line); i++ {
		if line[i] == ':' && digit(i-2) && digit(i-1) && digit(i+1) && digit(i+2) {
			return true
		}
	}
	return false
}
