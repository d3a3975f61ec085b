package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"sekimori/internal/scenario"
	"sekimori/internal/zone"
	"sekimori/policy"
	"sekimori/policy/examine"
	"sekimori/policy/mail"
)

type testCmd struct {
	Cases  []string `arg:"" help:"Scenario files, or directories of *.txtar."`
	Config string   `short:"c" placeholder:"FILE" help:"Judge by this policy instead of the one in each case."`
}

// Run decides every message of every case without an MTA and compares with what the case wants.
func (c *testCmd) Run(s streams) error {
	files, err := caseFiles(c.Cases)
	if err != nil {
		return inputError{err}
	}
	var override *policy.Policy
	if c.Config != "" {
		if override, err = readPolicy(c.Config, s.err); err != nil {
			return err
		}
	}
	failed := 0
	for _, f := range files {
		ok, err := c.one(s, f, override)
		if err != nil {
			return err
		}
		if !ok {
			failed++
		}
	}
	if failed > 0 {
		return fmt.Errorf("%d of %d cases failed", failed, len(files))
	}
	return nil
}

// one runs one case and prints its line, with every difference below it.
func (c *testCmd) one(s streams, file string, override *policy.Policy) (ok bool, err error) {
	data, err := readFile(file, scenario.MaxFileBytes)
	if err != nil {
		return false, inputError{err}
	}
	sc, err := scenario.Parse(file, data)
	if err != nil {
		return false, inputError{err}
	}
	p := override
	if p == nil {
		if p, err = compileWith(embedded(sc.Files), file+" (policy.toml)", sc.Policy, s.err); err != nil {
			return false, err
		}
	}
	wrong, ran, err := scenario.Run(context.Background(), sc, decider{p})
	switch {
	case err != nil:
		return false, inputError{err}
	case !ran:
		fmt.Fprintf(s.out, "skip %s: nothing to decide\n", file)
	case len(wrong) == 0:
		fmt.Fprintf(s.out, "ok   %s\n", file)
	default:
		fmt.Fprintf(s.out, "FAIL %s\n", file)
		for _, w := range wrong {
			fmt.Fprintf(s.out, "     %s\n", w)
		}
	}
	return len(wrong) == 0, nil
}

// embedded is the files of a case that its policy names; what the case does not have is looked for on disk.
type embedded map[string][]byte

// ReadFile returns an embedded file.
func (e embedded) ReadFile(name string, most int64) ([]byte, error) {
	data, ok := e[filepath.Base(name)]
	switch {
	case !ok:
		return policyFiles{}.ReadFile(name, most)
	case int64(len(data)) > most:
		return nil, fmt.Errorf("larger than %d octets", most)
	}
	return data, nil
}

// ReadSecret returns one too: nothing in a case is a secret.
func (e embedded) ReadSecret(name string, most int64) ([]byte, error) {
	if _, ok := e[filepath.Base(name)]; !ok {
		return policyFiles{}.ReadSecret(name, most)
	}
	return e.ReadFile(name, most)
}

// caseFiles expands directories into their cases.
func caseFiles(args []string) ([]string, error) {
	var files []string
	for _, a := range args {
		err := filepath.WalkDir(a, func(path string, d fs.DirEntry, err error) error {
			if err == nil && !d.IsDir() && (path == a || filepath.Ext(path) == ".txtar") {
				files = append(files, path)
			}
			return err
		})
		if err != nil {
			return nil, err
		}
	}
	if len(files) == 0 {
		return nil, errors.New("there is no *.txtar file")
	}
	return files, nil
}

// decider runs a case by the same examination as the milter, without an MTA. What one message of a case leaves behind, the
// next ones are held against; cases know nothing of one another.
type decider struct{ p *policy.Policy }

// Target says that nothing is sent.
func (decider) Target() scenario.Target { return scenario.Decision }

// Run examines each message of the session.
func (d decider) Run(_ context.Context, prepared *scenario.Prepared, play scenario.Play) (*scenario.Result, error) {
	z, err := zone.Parse(bytes.NewReader(prepared.Zone), "dns.zone")
	if err != nil {
		return nil, err
	}
	memory, err := newNotes(time.Now())
	if err != nil {
		return nil, err
	}
	e := &examine.Examiner{Policy: func() *policy.Policy { return d.p }, Resolver: z, Memory: memory, Now: time.Now, Host: "mx.gw.test"}
	var r scenario.Result
	for _, t := range play.Transactions() {
		m := transaction(t)
		rec, err := e.Message(m, t.Content)
		if err != nil {
			return nil, err
		}
		if f := leaves(rec); f != nil {
			memory.Remember(f)
		}
		if k := teaches(rec); k != nil {
			memory.Learn(k)
		}
		out := scenario.Message{Decision: rec.Decision.Action(), Outcome: rec.Outcome, Delivered: delivery(rec)}
		for _, v := range rec.Decision.Verdicts {
			out.Findings = append(out.Findings, v.Findings...)
		}
		r.Messages = append(r.Messages, out)
	}
	return &r, nil
}

// delivery is what an MTA would do by what it is told. What it would write into the header is not known.
func delivery(r *policy.Record) *scenario.Delivery {
	d := &scenario.Delivery{Held: r.Effect.Action == policy.ActionQuarantine}
	if a := r.Effect.Action; d.Held || a == policy.ActionTempfail || a == policy.ActionReject {
		return d
	}
	bare := func(arg string) string { return strings.Trim(arg, "<>") }
	for _, to := range r.Message.Recipients {
		if !slices.Contains(r.Effect.Recipients, to.Arg) {
			d.To = append(d.To, bare(to.Arg))
		}
	}
	for _, to := range r.Effect.Add {
		if !slices.Contains(d.To, bare(to)) {
			d.To = append(d.To, bare(to))
		}
	}
	return d
}

func transaction(t scenario.Transaction) *policy.Message {
	m := &policy.Message{QueueID: "test", Helo: t.Helo, SenderArg: t.Sender}
	m.Client = policy.Client{Addr: t.Client, Authenticated: t.Authenticated, Local: !t.Client.IsValid()}
	m.HeloDomain, _ = mail.Domain(t.Helo)
	m.Sender, m.SenderBad = mail.EnvelopeAddress(t.Sender)
	for _, r := range t.Recipients {
		a, _ := mail.EnvelopeAddress(r)
		m.Recipients = append(m.Recipients, policy.Recipient{Arg: r, Address: a})
	}
	return m
}
