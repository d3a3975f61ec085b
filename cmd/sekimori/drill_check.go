package main

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/examine"
)

type drillCheckCmd struct {
	envelope
	Config   string `short:"c" required:"" placeholder:"FILE" help:"The policy file that defines the drill."`
	Eml      string `required:"" placeholder:"FILE" help:"The mail, an .eml file; - reads standard input."`
	DNS      string `name:"dns" placeholder:"ZONE" xor:"dns" help:"Answer DNS questions from this zone file."`
	Resolver string `placeholder:"HOST:PORT" xor:"dns" help:"Ask this DNS server."`
	At       string `placeholder:"TIME" help:"Judge as of this time (RFC 3339); default now."`
}

// errNotRecognised makes the exit status 1; everything has been said.
var errNotRecognised = errors.New("")

// Run examines the mail as the gateway would, and prints each condition of the round that it belongs to or comes closest to. How many
// persons got the round already is not looked up: the mail counts alone.
func (c *drillCheckCmd) Run(s streams) error {
	p, err := policyOfDrills(c.Config, s)
	if err != nil {
		return err
	}
	if len(p.Drills) == 0 {
		return badInput("%s: it has no [[drill]]", c.Config)
	}
	res, done, err := (&explainCmd{DNS: c.DNS, Resolver: c.Resolver}).resolver(p)
	if err != nil {
		return err
	}
	defer done()
	raw, err := readMessage(c.Eml, s)
	if err != nil {
		return err
	}
	m, err := c.message("check")
	if err != nil {
		return err
	}
	at := time.Now()
	if c.At != "" {
		if at, err = time.Parse(time.RFC3339, c.At); err != nil {
			return badInput("--at: %w", err)
		}
	}
	host, _ := os.Hostname()
	e := &examine.Examiner{Policy: func() *policy.Policy { return p }, Resolver: res, Memory: nothing{}, Now: func() time.Time { return at }, Host: host}
	r, err := e.Message(m, raw)
	if err != nil {
		return badInput("%s: %w", c.Eml, err)
	}
	return c.tell(s, p, r)
}

// tell prints what was found.
func (c *drillCheckCmd) tell(s streams, p *policy.Policy, r *policy.Record) error {
	f := &r.Facts.Drill
	switch {
	case p.InsideClient(r.Message.Client):
		fmt.Fprintln(s.out, "not recognised: the client is inside, and a drill comes from outside")
		return errNotRecognised
	case f.Drill == "":
		fmt.Fprintln(s.out, "not recognised: there is no token field, and client and MAIL FROM together are those of no round")
		return errNotRecognised
	}
	_, round, err := findRound(p, f.Drill, f.Round)
	if err != nil {
		return err
	}
	verdict := "recognised"
	if !f.Recognised {
		verdict = "not recognised"
	}
	fmt.Fprintf(s.out, "%s: round %d of %s, mode %s\n", verdict, f.Round, f.Drill, f.Mode)
	for _, condition := range conditions(round, r) {
		state, why := "holds", condition.has
		for _, reason := range condition.reasons {
			if slices.Contains(f.Reasons, string(reason)) {
				state, why = "fails", condition.has+": "+failure(reason)
			}
		}
		fmt.Fprintf(s.out, "  %-10s  %s  %s\n", condition.name, state, visible(why))
	}
	if !f.Recognised {
		return errNotRecognised
	}
	would := policy.ActionAccept
	for _, v := range r.Decision.Verdicts {
		if v.Mode == policy.ModeEnforce {
			would = policy.Stricter(would, v.Action)
		}
	}
	fmt.Fprintf(s.out, "were it no drill: %s\n", would)
	for _, ref := range f.Remove {
		fmt.Fprintf(s.out, "taken off: %s\n", visible(ref.Name))
	}
	return nil
}

// condition is one that recognised mail meets: what the mail has, and the reasons that say it fails.
type condition struct {
	name    string
	has     string
	reasons []drill.Reason
}

func conditions(round *policy.Round, r *policy.Record) []condition {
	var signed []string
	for _, k := range r.Facts.DKIM {
		if k.Domain != "" {
			signed = append(signed, fmt.Sprintf("%s %s", k.Domain, k.Result))
		}
	}
	if len(signed) == 0 {
		signed = []string{"no signature"}
	}
	q := &round.Recognition
	mailFrom := string(r.Message.Sender.Domain)
	if mailFrom == "" {
		mailFrom = "<>"
	}
	all := []condition{
		{"network", r.Message.Client.Addr.String(), []drill.Reason{drill.ReasonNetwork}},
		{"mail_from", mailFrom, []drill.Reason{drill.ReasonMailFrom}},
		{"token", q.TokenHeader(), []drill.Reason{drill.ReasonNoToken, drill.ReasonSeveralTokens, drill.ReasonToken, drill.ReasonExpired}},
		{"window", r.Facts.At.Format(time.RFC3339), []drill.Reason{drill.ReasonWindow}},
		{"recipients", fmt.Sprint(len(r.Message.Recipients)), []drill.Reason{drill.ReasonRecipients}},
	}
	if len(q.DKIM) > 0 {
		all = slices.Insert(all, 2, condition{"dkim", strings.Join(signed, ", "), []drill.Reason{drill.ReasonDKIM}})
	}
	return all
}

// failure says what a reason means.
func failure(r drill.Reason) string {
	switch r {
	case drill.ReasonNetwork:
		return "in none of the round's networks; behind a relay that is the relay's address"
	case drill.ReasonMailFrom:
		return "none of the round's domains"
	case drill.ReasonDKIM:
		return "no valid signature of a domain of the round"
	case drill.ReasonNoToken:
		return "the field is missing"
	case drill.ReasonSeveralTokens:
		return "it is there more than once"
	case drill.ReasonToken:
		return "it is no token, of another round or key, made for another MAIL FROM, or forged"
	case drill.ReasonExpired:
		return "it is genuine, and its end has passed"
	case drill.ReasonWindow:
		return "outside the round's window"
	case drill.ReasonRecipients:
		return "more recipients than the round has"
	}
	return string(r)
}
