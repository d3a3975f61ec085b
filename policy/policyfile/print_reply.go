package policyfile

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sekimori/policy"
)

// printMode writes the headline of a rule and reports whether it is on.
func printMode(w io.Writer, r policy.Rule, m policy.Mode) bool {
	fmt.Fprintf(w, "\nrule %s: %s\n", r, m)
	if m == policy.ModeObserve {
		fmt.Fprintf(w, "  It logs and counts what it would do. No message is changed or refused by it.\n")
	}
	return m != policy.ModeOff
}

func printAutoReply(w io.Writer, s *policy.AutoReply) {
	if !printMode(w, policy.RuleAutoReply, s.Mode) {
		return
	}
	grades := "A and B lose their outside recipients; those of grade C keep them"
	if s.Strict {
		grades = "A, B and C lose their outside recipients"
	}
	fmt.Fprintf(w, "  Automatic replies of grade %s.\n", grades)
	if s.MDN {
		fmt.Fprintf(w, "  Receipts lose their outside recipients.\n")
	} else {
		fmt.Fprintf(w, "  Receipts pass.\n")
	}
	fmt.Fprintf(w, "  Reports of delivery, of abuse, of DMARC and of TLS pass. Inside recipients always get their copy.\n")
	if !s.Audit.IsNull() {
		fmt.Fprintf(w, "  A copy of what loses recipients goes to %s.\n", s.Audit)
	}
	fmt.Fprintf(w, "  When the rule cannot be evaluated: %s\n", s.OnError)
	for _, e := range s.Exempt {
		fmt.Fprintf(w, "  Exempt: %s\n", exemptReply(e))
	}
}

// exemptReply says one exemption.
func exemptReply(e policy.ReplyExemption) string {
	what, from, to := "automatic replies and receipts", "anybody", "anybody"
	if len(e.Classes) > 0 {
		what = texts(e.Classes)
	}
	if len(e.Senders) > 0 {
		from = texts(e.Senders)
	}
	if len(e.Recipients) > 0 {
		to = texts(e.Recipients)
	}
	return fmt.Sprintf("%s from %s to %s, as %s, %s", what, from, to, e.Name, ending(e.Until))
}

// ending says when something ends.
func ending(t time.Time) string {
	if t.IsZero() {
		return "without end"
	}
	return "until " + t.UTC().Format(time.RFC3339)
}

func printReplyGuard(w io.Writer, s *policy.ReplyGuard) {
	if !printMode(w, policy.RuleReplyGuard, s.Mode) {
		return
	}
	fmt.Fprintf(w, "  A message that names a flagged one and goes to an address that sent flagged mail: %s\n", s.Actions[policy.LevelHigh])
	fmt.Fprintf(w, "  An answer to an address from which its sender got flagged mail: %s\n", s.Actions[policy.LevelMedium])
	fmt.Fprintf(w, "  A message that names a flagged one and goes to somebody else: %s\n", s.Actions[policy.LevelLow])
	fmt.Fprintf(w, "  Flagged messages are remembered for %s, who got them from whom for %s.\n", days(s.KeepMessage), days(s.KeepPair))
	fmt.Fprintf(w, "  Who is refused is told: %s\n", strings.TrimSuffix(s.Text+" - "+s.URL, " - "))
	if s.Ack {
		fmt.Fprintf(w, "  With the token that the refusal names in the Subject, a second try passes.\n")
	}
	if len(s.Exempt) > 0 {
		fmt.Fprintf(w, "  Mail to these is not judged: %s\n", texts(s.Exempt))
	}
	fmt.Fprintf(w, "  When the rule cannot be evaluated, or the store does not answer: %s\n", s.OnError)
}

// printStore says where the memory is, when a rule needs one.
func printStore(w io.Writer, p *policy.Policy) {
	if !p.NeedsStore() {
		return
	}
	s := &p.Store
	fmt.Fprintf(w, "\nstore\n")
	if s.Kind == policy.StoreFile {
		fmt.Fprintf(w, "  The memory between messages is the file %s. Only this gateway knows it.\n", s.Path)
		fmt.Fprintf(w, "  Its keys are made with the secret in %s, which is made when it is not there.\n", s.SecretFile)
		if len(p.Drills) > 0 {
			fmt.Fprintf(w, "  What is counted in drills is in the directory %s.\n", s.Ledger)
		}
	} else {
		fmt.Fprintf(w, "  The memory between messages is %s.\n", redis(&s.Redis))
		fmt.Fprintf(w, "  Its keys begin with %s and are made with the secret in %s, the same on every gateway.\n", s.Redis.Prefix, s.SecretFile)
	}
	fmt.Fprintf(w, "  A message waits %s for it at most.\n", short(s.Timeout))
}

// redis says how Redis is reached.
func redis(r *policy.Redis) string {
	where := fmt.Sprintf("Redis at %s, database %d", texts(r.Addresses), r.Database)
	switch {
	case r.Master != "":
		where = fmt.Sprintf("the Redis that the Sentinels at %s know as %s, database %d", texts(r.Addresses), r.Master, r.Database)
	case r.Cluster:
		where = "the Redis Cluster with nodes at " + texts(r.Addresses)
	}
	if r.TLS {
		where += ", with TLS"
	}
	switch {
	case r.Username != "":
		where += ", as user " + r.Username
	case r.PasswordFile != "":
		where += ", with a password"
	}
	return where
}
