//go:build linux && endtoend

package endtoend

import (
	"bytes"
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"sekimori/internal/scenario"
	"sekimori/internal/testmta"
	"sekimori/policy"
	"sekimori/policy/mail"
)

// settleTimeout is how long an MTA may take to deliver what it accepted.
const settleTimeout = 15 * time.Second

// runner carries out plays with a real MTA.
type runner struct{ mta testmta.MTA }

// Target returns which MTA it is.
func (r runner) Target() scenario.Target { return r.mta.Target() }

// Run says every line of the play and follows each accepted message to its end.
func (r runner) Run(ctx context.Context, _ *scenario.Prepared, p scenario.Play) (*scenario.Result, error) {
	s := &session{runner: r, ctx: ctx, play: p, result: &scenario.Result{Replies: make([]scenario.Reply, len(p.Steps))}}
	defer s.hangUp()
	for i, step := range p.Steps {
		if err := s.step(i, step); err != nil {
			return nil, fmt.Errorf("line %d: %s: %w", step.Line, step.Verb, err)
		}
	}
	s.quit()
	return s.result, s.settle()
}

// session is one play under way.
type session struct {
	runner
	ctx      context.Context
	play     scenario.Play
	dialogue *testmta.Dialogue
	open     []accepted
	result   *scenario.Result
}

// accepted is a message that the MTA has taken and that has not been followed to its end.
type accepted struct {
	message int // index in Result.Messages
	id      string
	content []byte
}

func (s *session) step(i int, step scenario.Step) error {
	var reply scenario.Reply
	var err error
	if s.dialogue == nil && step.Verb != scenario.VerbClient && step.Verb != scenario.VerbSubmit &&
		step.Verb != scenario.VerbSign && step.Verb != scenario.VerbPad {
		return fmt.Errorf("no connection is open: a client line must come first")
	}
	switch step.Verb {
	case scenario.VerbClient:
		s.quit()
		s.dialogue, reply, err = testmta.Dial(s.ctx, step.Addr, s.mta.Server(step.Addr, step.Port))
	case scenario.VerbHelo, scenario.VerbEhlo:
		reply, err = s.dialogue.Say("%s %s", strings.ToUpper(string(step.Verb)), step.Arg)
	case scenario.VerbStartTLS:
		reply, err = s.dialogue.StartTLS()
	case scenario.VerbAuth:
		reply, err = s.dialogue.AuthPlain(step.Arg, testmta.Password)
	case scenario.VerbMail:
		reply, err = s.dialogue.Say("%s", strings.TrimSpace("MAIL FROM:"+step.Arg+" "+step.Params))
	case scenario.VerbRcpt:
		reply, err = s.dialogue.Say("%s", strings.TrimSpace("RCPT TO:"+step.Arg+" "+step.Params))
	case scenario.VerbData:
		reply, err = s.dialogue.Data(step.Content)
		s.sent(reply, step.Content)
	case scenario.VerbRset, scenario.VerbNoop:
		reply, err = s.dialogue.Say("%s", strings.ToUpper(string(step.Verb)))
	case scenario.VerbQuit:
		reply, err = s.dialogue.Say("QUIT")
		s.hangUp()
	case scenario.VerbDrop:
		s.hangUp()
	case scenario.VerbSubmit:
		err = s.submit(step)
	case scenario.VerbSign, scenario.VerbPad:
	}
	s.result.Replies[i] = reply
	return err
}

// quit ends an open connection politely.
func (s *session) quit() {
	if s.dialogue != nil {
		s.dialogue.Say("QUIT")
		s.hangUp()
	}
}

func (s *session) hangUp() {
	if s.dialogue != nil {
		s.dialogue.Close()
		s.dialogue = nil
	}
}

var queuedAs = regexp.MustCompile(`(?:queued as (\w+)|(\w+) Message accepted)`)

// sent notes what became of a message at the final dot.
func (s *session) sent(reply scenario.Reply, content []byte) {
	s.result.Messages = append(s.result.Messages, scenario.Message{Delivered: &scenario.Delivery{}})
	if m := queuedAs.FindStringSubmatch(reply.Text); reply.Code == 250 && m != nil {
		s.open = append(s.open, accepted{len(s.result.Messages) - 1, m[1] + m[2], content})
	}
}

// submit hands a message to sendmail(1), which names no queue id: the next new delivery is the one, unless the MTA says
// before that it dropped a message.
func (s *session) submit(step scenario.Step) error {
	if err := s.settle(); err != nil {
		return err
	}
	before, dropped := len(s.mta.Sink().Deliveries()), s.mta.Discarded()
	to := make([]string, len(step.To))
	for i, t := range step.To {
		to[i] = strings.Trim(t, "<>")
	}
	if err := s.mta.Submit(s.ctx, strings.Trim(step.Arg, "<>"), to, step.Content); err != nil {
		return err
	}
	s.result.Messages = append(s.result.Messages, scenario.Message{Delivered: &scenario.Delivery{}})
	for deadline := time.Now().Add(settleTimeout); ; time.Sleep(2 * time.Millisecond) {
		if all := s.mta.Sink().Deliveries(); len(all) > before {
			s.open = append(s.open, accepted{len(s.result.Messages) - 1, all[before].ID, step.Content})
			return nil
		}
		if s.mta.Discarded() > dropped {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("the message is neither delivered nor dropped after %s", settleTimeout)
		}
	}
}

// settle follows every open message until it has left the queue or is held.
func (s *session) settle() error {
	deadline := time.Now().Add(settleTimeout)
	for _, a := range s.open {
		d := s.result.Messages[a.message].Delivered
		header, held := s.mta.Held(a.id)
		for ; !held && s.mta.Queued(a.id); header, held = s.mta.Held(a.id) {
			if time.Now().After(deadline) {
				return fmt.Errorf("message %s is still in the queue after %s", a.id, settleTimeout)
			}
			time.Sleep(2 * time.Millisecond)
		}
		if held {
			d.Held = true
			d.Header, _, _ = mail.Split(header)
		}
		for _, got := range s.mta.Sink().Deliveries() {
			if got.ID != a.id {
				continue
			}
			d.To = append(d.To, got.To...)
			var body []byte
			var err error
			if d.Header, body, err = mail.Split(got.Data); err != nil {
				return fmt.Errorf("message %s: read what was delivered: %w", a.id, err)
			}
			if err := onTop(d.Header); err != nil {
				return fmt.Errorf("message %s: %w", a.id, err)
			}
			if _, sent, _ := bytes.Cut(a.content, []byte("\r\n\r\n")); !bytes.Equal(body, sent) {
				return fmt.Errorf("message %s: the body changed on its way: %d octets were sent, %d arrived", a.id, len(sent), len(body))
			}
		}
	}
	s.open = nil
	return nil
}

// onTop wants what sekimori wrote above the trace of the MTA, where it can be told from what came with the mail
// (RFC 8601, 4): the reasons of the rules and what keeps responders silent, then the results, which mail from inside has none of.
func onTop(h policy.Header) error {
	trace := slices.IndexFunc(h, func(f policy.Field) bool { return f.Name == "Received" })
	if trace < 0 {
		return fmt.Errorf("the header has no Received field")
	}
	for i, f := range h[:trace] {
		last := i == trace-1
		ours := strings.HasPrefix(f.Name, "X-Sekimori-") || f.Name == "X-Auto-Response-Suppress" || f.Name == "Precedence" || f.Name == "Auto-Submitted" ||
			f.Name == "Subject" // of mail that had none
		if results := f.Name == "Authentication-Results"; results && !last || !results && !ours {
			return fmt.Errorf("field %d of the header is %s, %d fields above the trace of the MTA", i+1, f.Name, trace-i)
		}
	}
	for i, f := range h[trace:] {
		if strings.HasPrefix(f.Name, "X-Sekimori-") || f.Name == "Authentication-Results" && strings.Contains(f.Value, testmta.HostName) {
			return fmt.Errorf("%s stands %d fields below the trace of the MTA", f.Name, i)
		}
	}
	return nil
}
