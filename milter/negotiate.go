package milter

import (
	"encoding/binary"
	"fmt"

	gomilter "github.com/emersion/go-milter"
)

// wantedActions are the changes that a decision may ask for.
const wantedActions = gomilter.OptAddHeader | gomilter.OptChangeHeader | gomilter.OptAddRcpt | gomilter.OptRemoveRcpt |
	gomilter.OptQuarantine | gomilter.OptSetSymList

// wantedProtocol are the ways of talking that this filter likes best.
//
// MAIL and RCPT are answered although they need not be: an answer makes Postfix send at once what it would otherwise
// keep back until DATA, so that look-ups start early and a recipient can be refused. Everything else goes unanswered.
// That includes the body. Its pieces then come without a pause, and dropping an unwanted one costs less than the
// round trips by which the MTA could be told to skip the rest (BenchmarkUnwantedBody).
const wantedProtocol = gomilter.OptNoUnknown | gomilter.OptNoData |
	gomilter.OptNoConnReply | gomilter.OptNoHeloReply | gomilter.OptNoDataReply | gomilter.OptNoUnknownReply |
	gomilter.OptNoHeaderReply | gomilter.OptNoEOHReply | gomilter.OptNoBodyReply | gomilter.OptHeaderLeadingSpace

// The macros asked for. A list replaces the MTA's own for that stage, so that each names all that is read there.
const (
	connectMacros = "j _ {daemon_name} {client_addr} {client_name} {client_ptr} {client_resolve}"
	mailMacros    = "i {mail_addr} {auth_type} {auth_authen}"
	rcptMacros    = "i {rcpt_addr}"
	queueMacros   = "i"
)

// minVersion is the lowest protocol version spoken; the answer always says 2, by which neither Postfix nor Sendmail
// sends DATA and unknown commands, and both still honour everything that is negotiated here.
const minVersion = 2

// offer is what was agreed on with the MTA.
type offer struct {
	actions  gomilter.OptAction
	protocol gomilter.OptProtocol
}

// can reports whether the MTA admits a change.
func (o offer) can(a gomilter.OptAction) bool { return o.actions&a != 0 }

// has reports whether a way of talking was agreed on.
func (o offer) has(p gomilter.OptProtocol) bool { return o.protocol&p != 0 }

// negotiate reads what the MTA offers and returns what both sides want. Asking for more than was offered makes an MTA
// give the filter up for the session.
func negotiate(payload []byte) (offer, error) {
	if len(payload) < 12 {
		return offer{}, fmt.Errorf("%w: a negotiation of %d octets", errProtocol, len(payload))
	}
	version := binary.BigEndian.Uint32(payload)
	if version < minVersion {
		return offer{}, fmt.Errorf("%w: version %d, at least %d is needed", errProtocol, version, minVersion)
	}
	o := offer{
		actions:  gomilter.OptAction(binary.BigEndian.Uint32(payload[4:])) & wantedActions,
		protocol: gomilter.OptProtocol(binary.BigEndian.Uint32(payload[8:])) & (wantedProtocol | gomilter.OptSkip),
	}
	if o.has(gomilter.OptNoBodyReply) {
		o.protocol &^= gomilter.OptSkip // there is no answer to say it in
	}
	return o, nil
}

// symbols returns the macros to ask for, none where the MTA does not let itself be asked.
func (o offer) symbols() map[gomilter.Stage][]string {
	if !o.can(gomilter.OptSetSymList) {
		return nil
	}
	return map[gomilter.Stage][]string{
		gomilter.StageConnect:  {connectMacros},
		gomilter.StageMailFrom: {mailMacros},
		gomilter.StageRcptTo:   {rcptMacros},
		gomilter.StageData:     {queueMacros},
		gomilter.StageEOH:      {queueMacros},
		gomilter.StageEOM:      {queueMacros},
	}
}

// unanswered reports whether the MTA expects no answer to cmd.
func (o offer) unanswered(cmd byte) bool {
	switch cmd {
	case cmdConnect:
		return o.has(gomilter.OptNoConnReply)
	case cmdHelo:
		return o.has(gomilter.OptNoHeloReply)
	case cmdData:
		return o.has(gomilter.OptNoDataReply)
	case cmdUnknown:
		return o.has(gomilter.OptNoUnknownReply)
	case cmdHeader:
		return o.has(gomilter.OptNoHeaderReply)
	case cmdEOH:
		return o.has(gomilter.OptNoEOHReply)
	case cmdBody:
		return o.has(gomilter.OptNoBodyReply)
	}
	return false
}
