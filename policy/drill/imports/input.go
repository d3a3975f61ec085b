package imports

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// input is one file as it is read.
type input struct {
	r    *bufio.Reader
	name string
	line int // from 1
}

// bounded reads at most left octets and then fails, unless the file ends there.
type bounded struct {
	r    io.Reader
	left int64
}

// Read hands out what r has.
func (b *bounded) Read(p []byte) (int, error) {
	if b.left < 0 {
		return 0, fmt.Errorf("%w: %d octets in a file", ErrLimit, int64(MaxFile))
	}
	n, err := b.r.Read(p[:min(int64(len(p)), b.left+1)])
	if b.left -= int64(n); b.left < 0 {
		return max(n-1, 0), fmt.Errorf("%w: %d octets in a file", ErrLimit, int64(MaxFile))
	}
	return n, err
}

// begin passes over a byte order mark and refuses what is no text.
func (in *input) begin() error {
	in.line = 1
	head, err := in.r.Peek(4)
	if err != nil && !errors.Is(err, io.EOF) {
		return err
	}
	switch {
	case len(head) == 0:
		return fmt.Errorf("%w: it is empty", errForm)
	case bytes.HasPrefix(head, []byte("\xef\xbb\xbf")):
		_, err = in.r.Discard(3)
		return err
	case bytes.HasPrefix(head, []byte("\xff\xfe")), bytes.HasPrefix(head, []byte("\xfe\xff")):
		return fmt.Errorf("%w: it is UTF-16; save it as UTF-8", errForm)
	case bytes.HasPrefix(head, []byte("PK\x03\x04")):
		return fmt.Errorf("%w: it is a zip file or a workbook; save it as \"CSV UTF-8\"", errForm)
	}
	return nil
}

// space passes over the white space of JSON and returns the octet behind it, which stays.
func (in *input) space() (byte, error) {
	for {
		c, err := in.r.ReadByte()
		switch {
		case err != nil:
			return 0, err
		case c == '\n':
			in.line++
		case c == ' ' || c == '\t' || c == '\r':
		default:
			return c, in.r.UnreadByte()
		}
	}
}
