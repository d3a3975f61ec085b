package policy

import "time"

// ReplyKind is what a message is to another one.
type ReplyKind string

// The kinds.
const (
	KindNew     ReplyKind = "new"
	KindReply   ReplyKind = "reply"
	KindForward ReplyKind = "forward"
)

// ReplyKinds lists every ReplyKind.
func ReplyKinds() []ReplyKind { return []ReplyKind{KindNew, KindReply, KindForward} }

// Conversation is what a header says about the other messages it belongs to, and who takes part.
type Conversation struct {
	Kind      ReplyKind
	ID        string    // its own Message-ID, normalised; "" when it has none
	Ancestors []string  // the Message-IDs it names as answered, forwarded or referred to
	Thread    string    // what all messages of its Thread-Index share; "" when absent
	Contacts  []Address // envelope sender, authors, Sender and Reply-To: where an answer could go
}

// Flagged is what is remembered of a flagged inbound message.
type Flagged struct {
	MessageID    string
	Thread       string
	Addresses    []Address // outside addresses to which an answer could go
	Recipients   []Address // inside addresses that got it
	MessageUntil time.Time // when the message is forgotten
	PairUntil    time.Time // when who got mail from whom is forgotten
}

// RecallQuery asks what is remembered that an outbound message could be an answer to.
type RecallQuery struct {
	Senders    []Address // inside: envelope sender and author
	Outside    []Address // outside recipients
	MessageIDs []string
	Thread     string
}

// RecallKey is by what something was found again.
type RecallKey string

// The keys.
const (
	RecallMessageID RecallKey = "message_id"
	RecallThread    RecallKey = "thread_index"
	RecallAddress   RecallKey = "address" // the outside address sent flagged mail to somebody
	RecallPair      RecallKey = "pair"    // it sent flagged mail to this sender
)

// Recalled is one thing found again.
type Recalled struct {
	Key     RecallKey
	Outside Address // of RecallAddress and RecallPair
}

// Recollection is what came of a RecallQuery.
type Recollection struct {
	Asked        bool
	Failed       bool // the memory did not answer
	Found        []Recalled
	Token        string // what the Subject must carry to acknowledge a refusal
	Acknowledged bool   // it does
}
