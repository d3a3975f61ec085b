package store

import (
	"fmt"
	"strconv"
	"time"
)

// A value of a book begins with its time, in digits of a fixed number, so that the earlier of two is the lesser one for
// whoever compares them, a script in Redis too.
const (
	stampDigits = 11
	maxStamp    = 99_999_999_999 // in the year 5138
)

// text returns what stands in the book for e.
func (e Entry) text() string { return fmt.Sprintf("%0*d", stampDigits, e.At.Unix()) + e.Value }

// entryOf reads what text wrote; ok is false for what is not ours.
func entryOf(set, id, text string) (e Entry, ok bool) {
	if len(text) < stampDigits {
		return Entry{}, false
	}
	at, err := strconv.ParseInt(text[:stampDigits], 10, 64)
	if err != nil || at < 0 {
		return Entry{}, false
	}
	return Entry{Set: set, ID: id, At: time.Unix(at, 0).UTC(), Value: text[stampDigits:]}, true
}

// earlier reports whether a comes before b, two results of text.
func earlier(a, b string) bool {
	return len(b) < stampDigits || len(a) >= stampDigits && a[:stampDigits] < b[:stampDigits]
}
