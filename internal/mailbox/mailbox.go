// Package mailbox reads messages as they lie in files: one message a file, mbox, Maildir, and directories of these. It decides
// where a message begins and ends, and not what is in it. It only reads.
//
// One message at a time is in memory. What cannot be read is an error that names it, and the reading goes on behind it.
package mailbox

import (
	"errors"
	"fmt"
	"io"
	"iter"
)

// Limits of a reading.
const (
	MaxMessage = 64 << 20 // octets of one message, as it lies there; a larger one is ErrTooLarge
	MaxDepth   = 64       // directories inside one another; what lies deeper is ErrTooDeep
)

// Message is one message.
type Message struct {
	Name string // its path; in an mbox with # and its number, from 1
	Raw  []byte // as it lies there, without the separator of an mbox and its quoting; the caller may keep it
}

// Error says what could not be read.
type Error struct {
	Name string // path, or path#number
	Err  error  // what went wrong: one of the errors of this package, or of the operating system
}

func (e *Error) Error() string { return e.Name + ": " + e.Err.Error() }

// Unwrap returns what went wrong.
func (e *Error) Unwrap() error { return e.Err }

// The errors that are not the operating system's.
var (
	ErrTooLarge   = fmt.Errorf("the message has more than %d MiB", MaxMessage>>20)
	ErrTooDeep    = fmt.Errorf("there are more than %d directories inside one another", MaxDepth)
	ErrNotMail    = errors.New("it does not begin as a message does")
	ErrNotRegular = errors.New("it is neither a file nor a directory")
)

// Reader reads messages. The zero value is ready.
type Reader struct {
	MaxMessage int // octets of one message; 0: MaxMessage
}

// Messages yields every message of the files and directories, in the order of the paths and of the names below each. Directories are
// read with all below them; hidden files are passed over, and symbolic links to directories are not followed. A file that begins
// with "From " is an mbox, any other is one message. An error is always an *Error, and ends nothing.
func (r Reader) Messages(paths ...string) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		w := walk{Reader: r, yield: yield}
		for _, p := range paths {
			if !w.path(p) {
				return
			}
		}
	}
}

// Stream yields the messages of an open file in the same way; name stands for its path.
func (r Reader) Stream(name string, from io.Reader) iter.Seq2[Message, error] {
	return func(yield func(Message, error) bool) {
		w := walk{Reader: r, yield: yield}
		w.stream(name, from)
	}
}

func (r Reader) limit() int {
	if r.MaxMessage > 0 {
		return r.MaxMessage
	}
	return MaxMessage
}
