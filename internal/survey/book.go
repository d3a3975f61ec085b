package survey

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"

	"sekimori/policy"
	"sekimori/policy/survey"
)

// MaxAge is how old an interrupted run may be to be gone on with. What was seen longer ago says nothing of today.
const MaxAge = 7 * 24 * time.Hour

// The reasons for which a file is not written to.
var (
	ErrComplete  = errors.New("it holds a complete run")
	ErrOtherList = errors.New("it holds an interrupted run of another list")
	ErrTooOld    = fmt.Errorf("it holds an interrupted run that began more than %d days ago", MaxAge/(24*time.Hour))
	ErrInUse     = errors.New("another survey writes to it")
	ErrForeign   = errors.New("it is not empty and holds no survey")
)

// Book is the file of a run, opened for writing. It is used by one goroutine.
type Book struct {
	file *os.File
	w    *bufio.Writer
	line []byte
	done map[policy.Domain]bool // looked at before this program started
	all  int                    // measured, over all resumptions
}

// Open makes the file of a run and writes its head, or goes on with the interrupted run that the file holds. What a
// killed program had half written is taken away. It fails with one of the errors above, and then has changed nothing.
func Open(path string, head survey.Head) (*Book, error) {
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o644)
	if err != nil {
		return nil, err
	}
	b := &Book{file: f, w: bufio.NewWriterSize(f, 64<<10), done: make(map[policy.Domain]bool)}
	if err := b.begin(path, head); err != nil {
		f.Close()
		return nil, err
	}
	return b, nil
}

func (b *Book) begin(path string, head survey.Head) error {
	if err := syscall.Flock(int(b.file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return fmt.Errorf("%s: %w", path, ErrInUse)
	}
	last, ended, whole, err := b.read(path)
	if err != nil {
		return err
	}
	switch {
	case last == nil && size(b.file) > 0:
		return fmt.Errorf("%s: %w", path, ErrForeign)
	case last == nil:
	case ended:
		return fmt.Errorf("%s: %w", path, ErrComplete)
	case last.List != head.List:
		return fmt.Errorf("%s: %w", path, ErrOtherList)
	case head.At.Sub(last.At) > MaxAge:
		return fmt.Errorf("%s: %w", path, ErrTooOld)
	default:
		head.Resumed = true
	}
	if err := b.file.Truncate(whole); err != nil {
		return err
	}
	if _, err := b.file.Seek(whole, 0); err != nil {
		return err
	}
	if err := b.write(head); err != nil {
		return err
	}
	return b.Flush()
}

// read finds out what the file holds: the head of its last run, whether that has ended, and which domains it has.
func (b *Book) read(path string) (last *survey.Head, ended bool, whole int64, err error) {
	whole, err = survey.ReadLines(b.file, path, func(_ int, l survey.Line) error {
		switch {
		case l.Head != nil && !l.Head.Resumed:
			last, ended = l.Head, false
			clear(b.done)
		case l.Observation != nil:
			b.done[l.Observation.Domain] = true
		case l.Tail != nil:
			ended = true
		}
		return nil
	})
	b.all = len(b.done)
	return last, ended, whole, err
}

// size returns the octets in a file; what has no size is empty.
func size(f *os.File) int64 {
	info, err := f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// Resumed is how many domains an interrupted run had looked at.
func (b *Book) Resumed() int { return len(b.done) }

// Has reports whether an interrupted run had looked at a domain.
func (b *Book) Has(d policy.Domain) bool { return b.done[d] }

// Write adds what was seen of one domain. It is in the file after Flush.
func (b *Book) Write(o *survey.Observation) error {
	b.all++
	return b.write(o)
}

func (b *Book) write(v any) error {
	var err error
	if b.line, err = survey.AppendLine(b.line[:0], v); err != nil {
		return err
	}
	_, err = b.w.Write(b.line)
	return err
}

// Flush hands what was written to the operating system: it survives the end of the program.
func (b *Book) Flush() error { return b.w.Flush() }

// End writes that the run is complete.
func (b *Book) End(at time.Time) error { return b.write(survey.Tail{End: at, Measured: b.all}) }

// Close flushes, puts the file on the disk and closes it.
func (b *Book) Close() error {
	err := b.Flush()
	if sync := b.file.Sync(); !errors.Is(sync, syscall.EINVAL) { // /dev/null and pipes cannot
		err = errors.Join(err, sync)
	}
	if err = errors.Join(err, b.file.Close()); errors.Is(err, fs.ErrClosed) {
		return nil
	}
	return err
}
