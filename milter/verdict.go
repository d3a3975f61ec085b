package milter

import (
	"slices"
	"time"

	gomilter "github.com/emersion/go-milter"

	"sekimori/policy"
)

// FieldUnexamined is the name of the field that a message gets which was let through without being examined. Its value
// is a policy.Unexamined.
const FieldUnexamined = "X-Sekimori-Unexamined"

// endOfMessage asks for the verdict, applies it and ends the message.
func (s *session) endOfMessage() {
	if s.msg == nil {
		s.disorder("end of message")
	}
	if s.msg.phase != inBody {
		s.endOfHeader()
	}
	s.findQueueID()
	rec := s.verdict()
	if s.buf.flood {
		rec.Effect = policy.Effect{Action: policy.ActionReject, Reply: policy.ReplyUnreadable}
	}
	rec.Outcome = policy.OutcomeOf(s.apply(rec.Effect))
	if err := s.flush(); err != nil {
		s.config.Logger.Warn("milter: the answer could not be written", "error", err, "queue_id", s.queueID())
		rec.Outcome = policy.OutcomeAborted
	}
	s.finish(rec)
}

// verdict returns what the examination says, or what is done without one.
func (s *session) verdict() *policy.Record {
	t := s.msg
	var rec *policy.Record
	s.ask("End", func(x Examination) {
		rec = x.End()
		t.exam = nil
	})
	if rec == nil {
		if t.failed == "" {
			t.failed = policy.UnexaminedPanic
		}
		rec = s.bareRecord()
		rec.Stage = policy.StageMessage
		rec.Effect = s.onError()
	}
	return rec
}

// onError is what a message gets that was not examined.
func (s *session) onError() policy.Effect {
	action := policy.ActionAccept
	s.guard("OnError", func() { action = s.config.OnError() })
	if action == policy.ActionTempfail {
		return policy.Effect{Action: action, Reply: policy.ReplyUnexamined}
	}
	e := policy.Effect{Action: policy.ActionAccept}
	seen := *s.msg.Message // what was begun with it may still read the message itself
	seen.Header = s.buf.header()
	s.guard("Forged", func() { e.Remove = s.config.Forged(&seen) })
	if s.offer.can(gomilter.OptAddHeader) {
		e.Insert = []policy.Field{{Name: FieldUnexamined, Value: " " + string(s.msg.failed)}}
	}
	return e
}

// bareRecord is the Record of a message that was not examined to its end.
func (s *session) bareRecord() *policy.Record {
	t := s.msg
	rec := t.known
	if rec == nil {
		rec = &policy.Record{Stage: policy.StageEnvelope}
	}
	if rec.Facts == nil {
		rec.Facts = &policy.Facts{At: t.started, Stage: policy.StageEnvelope}
	}
	if t.failed != "" && !slices.Contains(rec.Facts.Unexamined, t.failed) {
		rec.Facts.Unexamined = append(rec.Facts.Unexamined, t.failed)
	}
	return rec
}

// abort ends the message under way, if there is one, without an answer. When every recipient was refused, that was
// the answer.
func (s *session) abort() {
	t := s.msg
	if t == nil {
		return
	}
	s.findQueueID()
	s.release()
	rec := s.bareRecord()
	rec.Outcome = policy.OutcomeAborted
	if t.refusal.Action != "" && len(t.Recipients) == 0 && t.failed == "" {
		rec.Stage, rec.Effect, rec.Outcome = policy.StageEnvelope, t.refusal, policy.OutcomeOf(t.refusal.Action)
	}
	s.finish(rec)
}

// finish hands the Record over and forgets the message.
func (s *session) finish(rec *policy.Record) {
	t := s.msg
	s.msg = nil
	rec.Message = t.Message
	rec.Elapsed = time.Since(t.started)
	s.guard("Done", func() { s.config.Done(rec) })
}
