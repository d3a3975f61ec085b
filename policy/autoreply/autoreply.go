// Package autoreply decides what kind of mail a message is as far as answers go: an automatic reply and how sure that
// is, a receipt, a report, a forward by machine, list mail, a notification, or mail that somebody wrote. It also reads
// which message another one answers or forwards.
//
// It does not decide what is done with any of them, who is inside, or which sender is exempt, and it believes nothing
// of a message from outside: every one of its signals can be forged. It looks at the header and at most MaxBody octets
// of body, is pure, and no input makes it fail.
package autoreply

import "sekimori/policy"

// Limits of this package, in octets unless said otherwise. Each is tested at its value and one above.
const (
	// MaxBody is how much of a body is looked at; the rest is not, and Result.BodyCut says so.
	MaxBody = 64 << 10
	// MaxParts is how many MIME parts are looked at; the rest is not, and Result.BodyCut says so.
	MaxParts = 256
	// MaxDepth is how many multiparts may stand in one another; the parts of a deeper one are not looked at.
	MaxDepth = 3
	// MaxPartField is how much of one field of a part's header is read; the rest is left out. RFC 5322, 2.1.1, asks
	// for lines of at most 998.
	MaxPartField = 4 << 10
	// MaxContent is how much is read of a receipt, a calendar object or a TNEF part, before its transfer encoding is
	// undone; the rest is left out.
	MaxContent = 8 << 10
	// MaxSubject is how much of a Subject is read, before it is decoded; the rest is left out.
	MaxSubject = 4 << 10
	// MaxTags is how many tags in brackets may stand before what a Subject says; behind more it says nothing.
	MaxTags = 4
	// MaxEvidence is how much of a value is kept as evidence.
	MaxEvidence = 120
	// MaxReferences is how many ids are kept of In-Reply-To, the first ones, and how many of References, the last ones.
	MaxReferences = 20
	// MaxMessageID is the longest Message-ID that is read; a longer one is none. One line of mail has 998.
	MaxMessageID = 998
)

// Class and Grade are those of the policy.
type (
	Class = policy.MailClass
	Grade = policy.Grade
)

// The classes and grades, named here for brevity.
const (
	ClassAutoReply     = policy.ClassAutoReply
	ClassMDN           = policy.ClassMDN
	ClassDSN           = policy.ClassDSN
	ClassCalendarReply = policy.ClassCalendarReply
	ClassReport        = policy.ClassReport
	ClassAutoForward   = policy.ClassAutoForward
	ClassList          = policy.ClassList
	ClassNotification  = policy.ClassNotification
	ClassHuman         = policy.ClassHuman

	GradeNone = policy.GradeNone
	GradeA    = policy.GradeA
	GradeB    = policy.GradeB
	GradeC    = policy.GradeC
)

// Result is what a message was found to be.
type Result struct {
	Class     Class
	Grade     Grade          // GradeNone unless Class is ClassAutoReply
	Signals   []Signal       // every signal that spoke, each once, strongest first; nil when none did
	Excluded  Name           // the exclusion that settled Class; "" when none did
	BodyCut   bool           // the body has more than was looked at, and what was left out might have settled Class
	Original  MessageID      // ClassMDN: the message whose reading is reported (RFC 8098, 3.2.5); "" when it does not say
	Automatic bool           // ClassMDN: a program sent it without asking anybody (RFC 8098, 3.2.6.1)
	Organizer policy.Address // ClassCalendarReply: who is answered (RFC 5545, 3.8.4.3); the zero Address when it does not say
}

// Classify says what m is. Body is the whole body or its beginning, with CR LF or LF; m needs its Sender and Header.
func Classify(m *policy.Message, body []byte) Result {
	var r Reader
	r.begin(m)
	r.Body(body)
	return r.Result()
}
