// Package journal writes the one log line that each message gets. It decides which facts an administrator needs at night and
// how addresses appear; escaping is the slog handler's, so that no octet of a stranger's mail breaks a line.
package journal

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"log/slog"
	"strings"
	"time"

	"sekimori/policy"
)

// Limits of one line. What is left out is counted in the line.
const (
	MaxRecipients = 20  // recipients named
	MaxFindings   = 40  // findings named
	MaxSignatures = 10  // DKIM results named
	MaxText       = 256 // octets of any one foreign text
	MaxBulletins  = 10  // bulletins named
)

// Journal writes lines. HashKey, when it is not empty, replaces every local part by a keyed hash of the address:
// the same key gives the same person the same name, and no one else can compute it.
type Journal struct {
	Logger  *slog.Logger
	HashKey []byte
}

// Message writes the line of one message at level INFO.
func (j *Journal) Message(r *policy.Record) {
	m, f := r.Message, r.Facts
	attrs := []slog.Attr{
		slog.String("queue_id", cut(m.QueueID)),
		slog.String("outcome", string(r.Outcome)),
		slog.String("direction", string(r.Decision.Direction)),
		slog.String("client", client(m.Client)),
		slog.String("client_name", cut(m.Client.Name)),
		slog.String("helo", cut(m.Helo)),
		slog.String("sender", j.address(m.Sender)),
		slog.Any("recipients", j.recipients(m.Recipients)),
		slog.Int("recipient_count", len(m.Recipients)),
		slog.Int64("bytes", m.BodySize),
		slog.String("stage", string(r.Stage)),
	}
	if m.Client.Authenticated != "" {
		attrs = append(attrs, slog.Bool("authenticated", true))
	}
	attrs = append(attrs, j.results(f)...)
	attrs = append(attrs, j.outbound(f)...)
	attrs = append(attrs, content(r)...)
	attrs = append(attrs, j.verdicts(r.Decision)...)
	attrs = append(attrs, j.envelope(r)...)
	if n := len(r.Effect.Remove); n > 0 {
		attrs = append(attrs, slog.Int("removed_headers", n))
	}
	if len(f.Unexamined) > 0 {
		attrs = append(attrs, slog.Any("unexamined", f.Unexamined))
	}
	attrs = append(attrs, slog.Group("ms", ms("spf", f.Timings.SPF), ms("dkim", f.Timings.DKIM), ms("dmarc", f.Timings.DMARC),
		ms("wait", f.Timings.Wait), ms("total", r.Elapsed)))
	j.Logger.LogAttrs(context.Background(), slog.LevelInfo, "message", attrs...)
}

// results renders what authentication found. Inside clients have none.
func (j *Journal) results(f *policy.Facts) []slog.Attr {
	var attrs []slog.Attr
	for _, s := range []policy.SPF{f.MailFrom, f.Helo} {
		if s.Result == "" {
			continue
		}
		attrs = append(attrs, slog.String("spf_"+string(s.Scope), string(s.Result)+" "+string(s.Domain)))
		if (s.Result != policy.ResultPass || s.Anyone) && s.Reason != "" {
			attrs = append(attrs, slog.String("spf_"+string(s.Scope)+"_reason", cut(s.Reason)))
		}
		if s.Reach > 0 {
			attrs = append(attrs, slog.Uint64("spf_"+string(s.Scope)+"_reach", s.Reach))
		}
	}
	var from []string
	for _, a := range f.Authors[:min(len(f.Authors), MaxRecipients)] {
		from = append(from, string(a.Source)+" "+j.address(a.Address))
	}
	if from != nil {
		attrs = append(attrs, slog.Any("from", from))
	}
	if f.FromProblem != "" {
		attrs = append(attrs, slog.String("from_problem", cut(f.FromProblem)))
	}
	if sigs := signatures(f.DKIM); sigs != nil {
		attrs = append(attrs, slog.Any("dkim", sigs))
	}
	var dm []string
	for _, d := range f.DMARC {
		s := string(d.Result) + " " + string(d.Author)
		if d.Policy != "" {
			s += " p=" + string(d.Policy)
		}
		dm = append(dm, s)
	}
	if dm != nil {
		attrs = append(attrs, slog.Any("dmarc", dm))
	}
	return attrs
}

func signatures(all []policy.DKIM) []string {
	var out []string
	for _, d := range all[:min(len(all), MaxSignatures)] {
		s := strings.TrimSpace(string(d.Result) + " " + string(d.Domain))
		switch {
		case d.Result != policy.ResultPass && d.Reason != "":
			s += " (" + cut(d.Reason) + ")"
		case d.Result == policy.ResultPass && d.Partial:
			s += " (part of the body)"
		case d.Result == policy.ResultPass && d.WeakKey():
			s += fmt.Sprintf(" (%d-bit key)", d.KeyBits)
		}
		out = append(out, s)
	}
	return out
}

func (j *Journal) recipients(rs []policy.Recipient) []string {
	out := make([]string, 0, min(len(rs), MaxRecipients))
	for _, r := range rs[:min(len(rs), MaxRecipients)] {
		out = append(out, j.address(r.Address))
	}
	return out
}

// address renders an address, its local part hashed where that was asked for. The null address is "<>".
func (j *Journal) address(a policy.Address) string {
	if a.IsNull() {
		return "<>"
	}
	if len(j.HashKey) > 0 {
		h := hmac.New(sha256.New, j.HashKey)
		h.Write([]byte(a.String()))
		a.Local = hex.EncodeToString(h.Sum(nil)[:8])
	}
	return cut(a.String())
}

func client(c policy.Client) string {
	if !c.Addr.IsValid() {
		return "local"
	}
	return c.Addr.String()
}

func cut(s string) string {
	if len(s) > MaxText {
		return s[:MaxText] + "…"
	}
	return s
}

func ms(key string, d time.Duration) slog.Attr {
	return slog.Float64(key, float64(d.Microseconds())/1000)
}
