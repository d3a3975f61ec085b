package policy

// MailClass is what kind of mail a message is, as far as answers go.
type MailClass string

// The classes.
const (
	ClassAutoReply     MailClass = "auto_reply"     // a program answers for somebody (RFC 3834, 1.2)
	ClassMDN           MailClass = "mdn"            // a receipt (RFC 8098)
	ClassDSN           MailClass = "dsn"            // a delivery report (RFC 3464)
	ClassCalendarReply MailClass = "calendar_reply" // an answer to an invitation (RFC 5546)
	ClassReport        MailClass = "report"         // feedback, DMARC and TLS reports (RFC 5965, RFC 9990, RFC 8460)
	ClassAutoForward   MailClass = "auto_forward"   // a rule passed on what somebody else wrote
	ClassList          MailClass = "list"           // sent by a mailing list (RFC 2919)
	ClassNotification  MailClass = "notification"   // written by a program, but not an answer
	ClassHuman         MailClass = "human"          // nothing says that a program wrote it
)

// MailClasses lists every MailClass.
func MailClasses() []MailClass {
	return []MailClass{ClassAutoReply, ClassMDN, ClassDSN, ClassCalendarReply, ClassReport, ClassAutoForward, ClassList,
		ClassNotification, ClassHuman}
}

// Grade is how sure it is that a message is an automatic reply. Only ClassAutoReply has one.
type Grade string

// The grades.
const (
	GradeNone Grade = ""
	GradeA    Grade = "A" // one strong signal
	GradeB    Grade = "B" // the Subject says so and a weak signal supports it, or a known pair of weak ones
	GradeC    Grade = "C" // weak signals alone
)

// Grades lists every Grade that an automatic reply can have, from sure to unsure.
func Grades() []Grade { return []Grade{GradeA, GradeB, GradeC} }

// Signal is one thing about a message that spoke for or against a class.
type Signal struct {
	Name     string // from a closed list
	Evidence string // may hold foreign octets: whoever writes it escapes it
}

// Classification is what an outbound message was found to be. The zero value (Class "") means that nobody asked.
type Classification struct {
	Class   MailClass
	Grade   Grade
	Signals []Signal // strongest first
}
