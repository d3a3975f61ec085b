package milter

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"sync/atomic"
	"time"
)

// The limits of the wire, in octets. A packet beyond them ends the connection: there is no way to find the next one.
const (
	// MaxPacket is the longest payload of any packet. MTAs send 65,535 octets of body at a time; some can be told
	// to send 1 MiB.
	MaxPacket = 1 << 20
	// MaxCommand is the longest payload of a command other than a macro, a header field or a piece of body.
	MaxCommand = 8 << 10

	readBuffer  = 16 << 10 // one for each connection, whatever is sent
	keptBuffer  = 64 << 10 // a buffer that grew beyond it for one message is not kept for the next
	packetStart = 5        // four octets of length, one of command
)

// The commands of an MTA.
const (
	cmdNegotiate = 'O'
	cmdMacro     = 'D'
	cmdConnect   = 'C'
	cmdHelo      = 'H'
	cmdMail      = 'M'
	cmdRcpt      = 'R'
	cmdData      = 'T'
	cmdHeader    = 'L'
	cmdEOH       = 'N'
	cmdBody      = 'B'
	cmdEOM       = 'E'
	cmdAbort     = 'A'
	cmdQuit      = 'Q'
	cmdQuitNew   = 'K' // another client follows on the same connection
	cmdUnknown   = 'U'
)

// The answers of a filter.
const (
	ansContinue   = 'c'
	ansTempfail   = 't'
	ansReject     = 'r'
	ansDiscard    = 'd'
	ansSkip       = 's'
	ansReply      = 'y'
	ansAccept     = 'a'
	ansInsert     = 'i'
	ansChange     = 'm'
	ansQuarantine = 'q'
	ansRemoveRcpt = '-'
	ansAddRcpt    = '+'
)

// errProtocol is wrapped by every error that is the other side's breach of the protocol.
var errProtocol = errors.New("milter protocol")

// errStopped says that the server is stopping and no message is under way.
var errStopped = errors.New("the server is stopping")

// wire is one connection cut into packets. What comes is read through one buffer of fixed size; what goes is
// gathered and written when the other side has to answer, that is before a read that would wait.
type wire struct {
	conn net.Conn
	r    *bufio.Reader
	out  packets
	ack  func() // acknowledges what has come; nil where that is not needed

	idleTime   time.Duration
	packetTime time.Duration
	writeTime  time.Duration
	stopping   *atomic.Bool
	busy       bool // a message is under way: stopping waits for its end

	inPacket  bool      // the first octet of a packet has come
	packetEnd time.Time // when the packet must be complete; zero until a read has to wait for it
}

func newWire(conn net.Conn, c *Config, stopping *atomic.Bool) *wire {
	w := &wire{
		conn:       conn,
		idleTime:   c.Idle,
		packetTime: c.PacketTimeout,
		writeTime:  c.WriteTimeout,
		stopping:   stopping,
	}
	w.ack = acknowledger(conn)
	w.r = bufio.NewReaderSize((*source)(w), readBuffer)
	w.inPacket = true // the negotiation has no time to be idle
	return w
}

// source is the side of a wire that its buffer reads from.
type source wire

// Read writes what is gathered and waits for more, within the deadline that holds now.
func (s *source) Read(p []byte) (int, error) {
	w := (*wire)(s)
	if len(w.out) == 0 && w.ack != nil {
		w.ack() // no answer goes that could carry it
	}
	if err := w.flush(); err != nil {
		return 0, err
	}
	for {
		deadline := w.deadline(time.Now())
		if err := w.conn.SetReadDeadline(deadline); err != nil {
			return 0, err
		}
		// Asked after the deadline was set: a stop from now on sets another deadline and so wakes the read.
		if !w.busy && w.stopping.Load() {
			return 0, errStopped
		}
		n, err := w.conn.Read(p)
		if n == 0 && errors.Is(err, os.ErrDeadlineExceeded) && time.Now().Before(deadline) {
			continue // woken by a stop; it waits for the message under way
		}
		return n, err
	}
}

func (w *wire) deadline(now time.Time) time.Time {
	if !w.inPacket {
		return now.Add(w.idleTime)
	}
	if w.packetEnd.IsZero() {
		w.packetEnd = now.Add(w.packetTime)
	}
	return w.packetEnd
}

// next waits for a packet and returns its command and the length of its payload, without taking anything.
// At the end of the connection between two packets it returns io.EOF.
func (w *wire) next() (cmd byte, n int, err error) {
	if _, err := w.r.Peek(1); err != nil {
		return 0, 0, err
	}
	w.inPacket, w.packetEnd = true, time.Time{}
	p, err := w.r.Peek(packetStart)
	if err != nil {
		return 0, 0, cut(err)
	}
	length := binary.BigEndian.Uint32(p)
	switch {
	case length == 0:
		return 0, 0, fmt.Errorf("%w: a packet without command", errProtocol)
	case length-1 > MaxPacket:
		return 0, 0, fmt.Errorf("%w: a packet of %d octets, at most %d are possible", errProtocol, length-1, MaxPacket)
	}
	return p[4], int(length - 1), nil
}

// whole returns the packet that next announced, start included. It is valid until it is dropped.
func (w *wire) whole(n int) ([]byte, error) {
	if n > MaxCommand {
		return nil, fmt.Errorf("%w: a command of %d octets, at most %d are possible", errProtocol, n, MaxCommand)
	}
	p, err := w.r.Peek(packetStart + n)
	return p, cut(err)
}

// drop takes n octets that were looked at.
func (w *wire) drop(n int) {
	_, _ = w.r.Discard(n) // they are in the buffer
}

// done says that the packet is taken.
func (w *wire) done() { w.inPacket, w.packetEnd = false, time.Time{} }

// pieces takes the payload that next announced and hands it over as it comes, without keeping it.
func (w *wire) pieces(n int, f func(p []byte)) error {
	w.drop(packetStart)
	for n > 0 {
		if _, err := w.r.Peek(1); err != nil {
			return cut(err)
		}
		p, _ := w.r.Peek(min(n, w.r.Buffered()))
		f(p)
		w.drop(len(p))
		n -= len(p)
	}
	w.done()
	return nil
}

// flush writes what is gathered, in one write.
func (w *wire) flush() error {
	if len(w.out) == 0 {
		return nil
	}
	if err := w.conn.SetWriteDeadline(time.Now().Add(w.writeTime)); err != nil {
		return err
	}
	_, err := w.conn.Write(w.out)
	if w.out = w.out[:0]; cap(w.out) > keptBuffer {
		w.out = nil
	}
	return err
}

// cut turns the end of the connection inside a packet into an error of its own.
func cut(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// packets gathers packets one behind the other.
type packets []byte

// add puts one packet behind the others, its payload joined from parts.
func (p *packets) add(cmd byte, parts ...string) {
	n := 1
	for _, s := range parts {
		n += len(s)
	}
	*p = binary.BigEndian.AppendUint32(*p, uint32(n))
	*p = append(*p, cmd)
	for _, s := range parts {
		*p = append(*p, s...)
	}
}
