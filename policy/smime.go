package policy

// SMIMEResult is what became of the S/MIME signature of a message, in one word.
type SMIMEResult string

// The results.
const (
	SMIMENone         SMIMEResult = "none"          // there is none at the top of the message
	SMIMEPass         SMIMEResult = "pass"          // it holds, names the one author and leads to an anchor
	SMIMEFail         SMIMEResult = "fail"          // it does not hold, or its form leaves open what it is for
	SMIMEUnread       SMIMEResult = "unread"        // of a form that is not looked into, or beyond a limit
	SMIMEUntrusted    SMIMEResult = "untrusted"     // it holds, and the certificate leads to no anchor at the time of the message
	SMIMEOtherAddress SMIMEResult = "other_address" // it holds, and the certificate does not name the one author
)

// SMIMEResults lists every SMIMEResult.
func SMIMEResults() []SMIMEResult {
	return []SMIMEResult{SMIMENone, SMIMEPass, SMIMEFail, SMIMEUnread, SMIMEUntrusted, SMIMEOtherAddress}
}

// SMIME is the outcome of the S/MIME signature at the top of a message (RFC 8551). The zero value (Result "") means that nobody looked.
// It says nothing of the header: a message that was signed once can be sent again with another Subject or Reply-To.
type SMIME struct {
	Result SMIMEResult
	Reason string // why it is not pass, for people; may hold foreign octets
	Signer string // address in the signer's certificate: with pass that of the author; "" where none was looked at. May hold foreign octets
	Issuer string // who issued the certificate, as that says; "" where none was looked at. May hold foreign octets
}
