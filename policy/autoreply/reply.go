package autoreply

import (
	"strings"

	"sekimori/policy"
)

// Kind is that of the policy.
type Kind = policy.ReplyKind

// The kinds, named here for brevity.
const (
	KindNew     = policy.KindNew
	KindReply   = policy.KindReply
	KindForward = policy.KindForward
)

// Reading is what a header says about the message that it answers or forwards. It does not say who wrote it: Classify
// does.
type Reading struct {
	Kind          Kind
	ID            MessageID   // the message's own; "" when it has none
	InReplyTo     []MessageID // at most MaxReferences, the first ones (RFC 5322, 3.6.4)
	References    []MessageID // at most MaxReferences, the last ones, in their order
	Parent        MessageID   // what Exchange notes as parent of what its rules send; "" when absent
	ThreadIndex   string      // the first ThreadIndexSize octets of Thread-Index, decoded; "" when absent or shorter
	SubjectPrefix string      // the mark of a reply or forward that stands first, folded, without colon: "re", "転送"; "" for none
	SubjectBase   string      // the Subject folded, without such marks and tags, at most MaxSubject octets as sent
}

// ThreadIndexSize is how many octets of Thread-Index all messages of one conversation share (MS-OXOMSG, 2.2.1.3).
const ThreadIndexSize = 22

// Read reads the fields of h. The Subject's first mark tells a reply from a forward, since clients write In-Reply-To and
// References on both. Without a mark a message is a forward when a field says so, and a reply when it names another one
// or continues a conversation.
func Read(h policy.Header) Reading {
	r := Reading{Kind: KindNew}
	var t traces
	for i := range h {
		r.field(&h[i], &t)
	}
	text := subjectText(t.subject)
	kind, mark, _ := cutPrefix(text)
	r.SubjectPrefix, r.SubjectBase = mark, baseSubject(text)
	switch {
	case kind != KindNew:
		r.Kind = kind
	case t.forwarded:
		r.Kind = KindForward
	case t.named, t.continued:
		r.Kind = KindReply
	}
	return r
}

// traces is what a header shows besides the ids.
type traces struct {
	subject   string
	named     bool // another message is named, readably or not
	continued bool // Thread-Index is longer than that of a conversation's first message
	forwarded bool
}

func (r *Reading) field(f *policy.Field, t *traces) {
	is := func(name string) bool { return len(f.Name) == len(name) && strings.EqualFold(f.Name, name) }
	switch {
	case is("Subject"):
		if t.subject == "" {
			t.subject = f.Value
		}
	case is("Message-ID"):
		if r.ID == "" {
			r.ID, _ = ParseMessageID(f.Value)
		}
	case is("In-Reply-To"):
		r.InReplyTo = appendIDs(r.InReplyTo, f.Value, MaxReferences)
		t.named = t.named || trim(f.Value) != ""
	case is("References"):
		r.References = lastIDs(r.References, f.Value)
		t.named = t.named || trim(f.Value) != ""
	case is("Thread-Index"):
		if r.ThreadIndex == "" {
			r.ThreadIndex, t.continued = threadIndex(f.Value)
		}
	case is("X-MS-Exchange-Parent-Message-Id"):
		if r.Parent == "" {
			r.Parent, _ = ParseMessageID(f.Value)
		}
	case is("X-Forwarded-Message-Id"), hasPrefixFold(f.Name, "Resent-"): // Thunderbird; RFC 5322, 3.6.6
		t.forwarded = true
	}
}

// lastIDs appends the ids of value and keeps the last MaxReferences of all.
func lastIDs(ids []MessageID, value string) []MessageID {
	from := len(value)
	for range MaxReferences {
		n := strings.LastIndexByte(value[:from], '<')
		if n < 0 {
			from = 0
			break
		}
		from = n
	}
	ids = appendIDs(ids, value[from:], len(ids)+MaxReferences)
	return ids[max(0, len(ids)-MaxReferences):]
}

// maxThreadIndex is the longest Thread-Index that is read, in octets: one after some 600 replies. A longer one is none.
const maxThreadIndex = 4 << 10

// threadIndex returns the part of a Thread-Index that its conversation shares, and whether more follows, as in each
// reply.
func threadIndex(value string) (shared string, continued bool) {
	if len(value) > maxThreadIndex {
		return "", false
	}
	b := decodeBase64([]byte(value))
	if len(b) < ThreadIndexSize {
		return "", false
	}
	return string(b[:ThreadIndexSize]), len(b) > ThreadIndexSize
}
