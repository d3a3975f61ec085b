package mailbox

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// walk goes through files and directories. Its methods report whether more is wanted.
type walk struct {
	Reader
	yield func(Message, error) bool
}

func (w *walk) fail(name string, err error) bool {
	var in *fs.PathError
	if errors.As(err, &in) {
		err = in.Err // the name stands before it already
	}
	return w.yield(Message{}, &Error{name, err})
}

func (w *walk) path(p string) bool {
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return w.fail(p, err)
	case info.IsDir():
		return w.directory(p, 0)
	case !info.Mode().IsRegular():
		return w.fail(p, ErrNotRegular)
	}
	return w.file(p)
}

// directory reads one directory: of a Maildir the messages and the folders in it, of any other everything.
func (w *walk) directory(dir string, depth int) bool {
	if depth > MaxDepth {
		return w.fail(dir, ErrTooDeep)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return w.fail(dir, err)
	}
	maildir := isMaildir(entries)
	for _, e := range entries {
		name, p := e.Name(), filepath.Join(dir, e.Name())
		hidden := strings.HasPrefix(name, ".")
		ok := true
		switch {
		case maildir && e.IsDir() && (name == "cur" || name == "new" || hidden): // hidden ones are its folders
			ok = w.directory(p, depth+1)
		case maildir || hidden:
		case e.IsDir():
			ok = w.directory(p, depth+1)
		default:
			ok = w.entry(p)
		}
		if !ok {
			return false
		}
	}
	return true
}

// entry reads what is no directory itself. A link to a file is one; a link to a directory could lead in a circle.
func (w *walk) entry(p string) bool {
	info, err := os.Stat(p)
	switch {
	case err != nil:
		return w.fail(p, err)
	case info.IsDir():
		return true
	case !info.Mode().IsRegular():
		return w.fail(p, ErrNotRegular)
	}
	return w.file(p)
}

// isMaildir reports whether a directory has the three that make a Maildir; a new one may lack tmp.
func isMaildir(entries []fs.DirEntry) bool {
	found := 0
	for _, e := range entries {
		if e.IsDir() && (e.Name() == "cur" || e.Name() == "new") {
			found++
		}
	}
	return found == 2
}

func (w *walk) file(p string) bool {
	f, err := os.Open(p)
	if err != nil {
		return w.fail(p, err)
	}
	defer f.Close()
	return w.stream(p, f)
}

// stream tells an mbox from a message.
func (w *walk) stream(name string, from io.Reader) bool {
	b := bufio.NewReaderSize(from, pieceSize)
	start, err := b.Peek(pieceSize)
	switch {
	case err != nil && err != io.EOF:
		return w.fail(name, err)
	case bytes.HasPrefix(start, separator):
		return w.mbox(name, b)
	case !beginsAsMail(start):
		return w.fail(name, ErrNotMail)
	}
	raw, err := io.ReadAll(io.LimitReader(b, int64(w.limit())+1))
	switch {
	case err != nil:
		return w.fail(name, err)
	case len(raw) > w.limit():
		return w.fail(name, ErrTooLarge)
	}
	return w.yield(Message{name, raw}, nil)
}

// beginsAsMail reports whether the first line is a header field: a name of printable ASCII, blanks, a colon (RFC 5322, 2.2 and 4.5).
// That of an mbox may be quoted in a message that was cut out of one.
func beginsAsMail(start []byte) bool {
	if bytes.HasPrefix(start, []byte(">From ")) {
		return true
	}
	name, _, ok := bytes.Cut(start, []byte(":"))
	name = bytes.TrimRight(name, " \t")
	for _, c := range name {
		if c <= ' ' || c >= 0x7f {
			return false
		}
	}
	return ok && len(name) > 0
}
