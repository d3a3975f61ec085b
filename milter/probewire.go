package milter

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"
)

// probeBits returns the bits of the protocol by which a milter does not want a command, and does not answer it.
func probeBits(cmd byte) (no, silent uint32) {
	switch cmd {
	case cmdConnect:
		return 0x1, 0x1000
	case cmdHelo:
		return 0x2, 0x2000
	case cmdMail:
		return 0x4, 0x4000
	case cmdRcpt:
		return 0x8, 0x8000
	case cmdBody:
		return 0x10, 0x80000
	case cmdHeader:
		return 0x20, 0x80
	case cmdEOH:
		return 0x40, 0x40000
	}
	return 0, 0
}

// flush writes what is gathered.
func (p *probe) flush() error {
	_, err := p.conn.Write(p.out)
	p.out = p.out[:0]
	return err
}

// read writes what is gathered and reads one packet.
func (p *probe) read() (byte, []byte, error) {
	if err := p.flush(); err != nil {
		return 0, nil, err
	}
	var start [packetStart]byte
	if _, err := io.ReadFull(p.r, start[:]); err != nil {
		return 0, nil, err
	}
	n := binary.BigEndian.Uint32(start[:])
	if n == 0 || n > maxProbeAnswer {
		return 0, nil, fmt.Errorf("%w: an answer of %d octets", errProtocol, n)
	}
	data := make([]byte, n-1)
	_, err := io.ReadFull(p.r, data)
	return start[4], data, err
}

// readAnswer returns an answer in words, "" when it is none.
func readAnswer(cmd byte, data []byte) string {
	switch cmd {
	case ansContinue:
		return "continue"
	case ansAccept:
		return "accept"
	case ansReject:
		return "reject"
	case ansTempfail:
		return "tempfail"
	case ansDiscard:
		return "discard"
	case ansSkip:
		return "skip"
	case 'p':
		return "progress"
	case ansReply:
		return strings.ReplaceAll(strings.TrimRight(string(data), "\x00"), "%%", "%")
	}
	return ""
}

// readEdit returns a change in words, and false when it is none.
func readEdit(cmd byte, data []byte) (ProbeEdit, bool) {
	text := func() string { return strings.TrimRight(string(data), "\x00") }
	switch cmd {
	case ansInsert, ansChange:
		if len(data) < 4 {
			return ProbeEdit{}, false
		}
		e := ProbeEdit{Kind: "insert", Index: int(binary.BigEndian.Uint32(data))}
		e.Name, e.Value, _ = strings.Cut(strings.TrimSuffix(string(data[4:]), "\x00"), "\x00")
		if cmd == ansChange {
			e.Kind = "change"
			if e.Value == "" {
				e.Kind = "remove"
			}
		}
		return e, true
	case 'h':
		e := ProbeEdit{Kind: "add"}
		e.Name, e.Value, _ = strings.Cut(strings.TrimSuffix(string(data), "\x00"), "\x00")
		return e, true
	case ansQuarantine:
		return ProbeEdit{Kind: "quarantine", Value: text()}, true
	case ansRemoveRcpt:
		return ProbeEdit{Kind: "remove recipient", Value: text()}, true
	case '+', '2':
		return ProbeEdit{Kind: "add recipient", Value: text()}, true
	case 'e':
		return ProbeEdit{Kind: "change sender", Value: text()}, true
	case 'b':
		return ProbeEdit{Kind: "replace body"}, true
	}
	return ProbeEdit{}, false
}
