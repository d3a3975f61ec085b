package autoreply

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// corpus is where labelled mails are when somebody has them. None of them is needed.
const corpus = "../../../shared/data/mail"

// labelled is one mail of the corpus with what its manifest says.
type labelled struct {
	file, class string
	sender      string // as an argument of MAIL; "?" when unknown
}

// manifest reads the manifests of the corpus, or skips the test where there is none.
func manifest(t *testing.T) []labelled {
	t.Helper()
	var list []labelled
	for _, name := range []string{"manifest.tsv", "manifest-synthetic.tsv"} {
		text, err := os.ReadFile(filepath.Join(corpus, name))
		if err != nil {
			t.Skip("no labelled mails here")
		}
		for i, line := range strings.Split(strings.TrimSpace(string(text)), "\n") {
			columns := strings.Split(line, "\t")
			if i == 0 || len(columns) < 3 {
				continue
			}
			l := labelled{file: columns[0], class: columns[1], sender: "?"}
			if name != "manifest.tsv" {
				l.sender = columns[2]
			}
			list = append(list, l)
		}
	}
	return list
}

// message reads a mail of the corpus. Some were kept with the line ends of old Macintoshes, which no MTA passes on. An
// envelope that the manifest does not tell is taken from Return-Path.
func (l labelled) message(t *testing.T) (*policy.Message, []byte) {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpus, l.file))
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(raw, []byte("\n")) {
		raw = bytes.ReplaceAll(raw, []byte("\r"), []byte("\n"))
	}
	h, body, err := mail.Split(raw)
	if err != nil {
		t.Fatal(err)
	}
	m := &policy.Message{Header: h}
	if l.sender == "?" {
		l.sender = "unknown@example.test"
		for _, f := range mail.Index(h, "Return-Path") {
			l.sender = f.Value
		}
	}
	m.Sender, m.SenderBad = mail.EnvelopeAddress(strings.TrimSpace(l.sender))
	return m, body
}

// TestCorpus holds the classifier to what the manifests say.
func TestCorpus(t *testing.T) {
	for _, l := range manifest(t) {
		t.Run(l.file, func(t *testing.T) {
			m, body := l.message(t)
			r := Classify(m, body)
			sure := r.Grade == GradeA || r.Grade == GradeB
			t.Logf("%s %s %s %v", r.Class, r.Grade, r.Excluded, r.Signals)
			switch l.class {
			case "autoreply":
				if r.Class != ClassAutoReply || !sure {
					t.Errorf("an automatic reply is %s %s: %v", r.Class, r.Grade, r.Signals)
				}
			case "mdn":
				want(t, r, ClassMDN)
			case "calendar-reply":
				want(t, r, ClassCalendarReply)
			case "arf", "dmarc-report":
				want(t, r, ClassReport)
			case "autoforward":
				want(t, r, ClassAutoForward)
			case "human":
				want(t, r, ClassHuman)
			case "notification":
				want(t, r, ClassNotification)
			case "dsn":
				if r.Class == ClassAutoReply && sure {
					t.Errorf("a delivery report is %s %s: %v", r.Class, r.Grade, r.Signals)
				}
			case "reply-guard":
				if automatic := strings.Contains(l.file, "autoreply"); automatic != (r.Class == ClassAutoReply && sure) {
					t.Errorf("%s %s: %v", r.Class, r.Grade, r.Signals)
				}
			default:
				t.Errorf("no expectation for class %q", l.class)
			}
		})
	}
}

func want(t *testing.T, r Result, class Class) {
	t.Helper()
	if r.Class != class || r.Grade != GradeNone {
		t.Errorf("%s %s, want %s: %v", r.Class, r.Grade, class, r.Signals)
	}
}

// TestCorpusReplies: the answers of the corpus name the flagged mail that they answer, or are seen to be answers.
func TestCorpusReplies(t *testing.T) {
	var flagged Reading
	named, answers := 0, 0
	for _, l := range manifest(t) {
		if l.class != "reply-guard" {
			continue
		}
		m, _ := l.message(t)
		r := Read(m.Header)
		switch {
		case strings.Contains(l.file, "flagged-inbound"):
			flagged = r
			if r.Kind != KindNew || r.ID != "Flag-1@mail.example.com" || len(r.ThreadIndex) != ThreadIndexSize {
				t.Errorf("%s: %+v", l.file, r)
			}
		case strings.Contains(l.file, "forward"):
			if r.Kind != KindForward || r.SubjectBase != flagged.SubjectBase {
				t.Errorf("%s: %+v", l.file, r)
			}
		case r.Kind == KindReply:
			answers++
			if slices.Contains(slices.Concat(r.InReplyTo, r.References), flagged.ID) {
				named++
			}
		}
	}
	if flagged.ID != "" && (answers < 6 || named < 3) {
		t.Errorf("%d answers, %d of them name what they answer", answers, named)
	}
}
