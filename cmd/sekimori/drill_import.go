package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/signal"
	"slices"
	"strings"
	"syscall"
	"time"

	"sekimori/internal/ledger"
	"sekimori/internal/mailbox"
	"sekimori/metrics"
	"sekimori/policy"
	"sekimori/policy/drill"
	"sekimori/policy/drill/imports"
)

type drillImportCmd struct {
	Format   string   `arg:"" help:"gophish_events, gophish_results, gophish_api, gophish_webhook, knowbe4, microsoft or mailbox."`
	Files    []string `arg:"" name:"file" help:"What is imported, into one round; - is standard input."`
	Config   string   `short:"c" required:"" placeholder:"FILE" help:"The policy file, which defines the drill."`
	Drill    string   `required:"" placeholder:"NAME" help:"Name of the drill."`
	Round    int      `required:"" placeholder:"N" help:"Number of the round."`
	OrgBy    string   `enum:"domain,campaign,position,department,company,office" default:"domain" help:"What says to which organisation a person belongs: ${enum}."`
	OrgName  []string `sep:"none" placeholder:"TEXT=NAME" help:"A person with this text belongs to the [[organisation]] of this name; may be repeated. Without it the text is the name."`
	Campaign []int64  `placeholder:"ID" help:"Count these campaigns only. Default: those of the round in the policy file, or all."`
	OpenedBy string   `enum:",click,pixel" default:"" help:"In a round with an attachment: what in this import says that it was opened, click or pixel. Default: nothing does."`
	Partial  bool     `help:"Take what can be read although some records are rejected."`
	Textfile string   `placeholder:"FILE" help:"Write how many records were rejected, by reason, for the textfile collector of Prometheus."`
}

// How an import writes. The ledger of a gateway that filters meanwhile waits for the same file, and looks for it each 50 ms: it gets its turn
// before a mail has waited for too long.
const (
	importBatch  = ledger.MaxBatch        // records written in one step
	importShift  = 500 * time.Millisecond // of writing, until there is a pause
	importBreath = 60 * time.Millisecond
)

// drillLedger is what an import needs of the ledger.
type drillLedger interface {
	Person(ctx context.Context, drill string, a policy.Address) (string, error)
	Sent(ctx context.Context, drill string, ids []string) (round int, err error)
	Add(ctx context.Context, records []drill.Record) (added int, err error)
	Begin(ctx context.Context, i ledger.Import) (ledger.Import, error)
	End(ctx context.Context, i ledger.Import) error
}

// Run reads everything first and writes then. Exit status 2 when a file or a record is wrong, and nothing has been written.
func (c *drillImportCmd) Run(s streams) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	source, err := c.source()
	if err != nil {
		return err
	}
	var notes bytes.Buffer // warnings, such as that the drill is over, are the business of sekimori check
	p, err := readPolicy(c.Config, &notes)
	if err != nil {
		_, _ = s.err.Write(notes.Bytes())
		return err
	}
	d, r, err := findRound(p, c.Drill, c.Round)
	if err != nil {
		return err
	}
	names, err := c.organisations(p, source)
	if err != nil {
		return err
	}
	l, err := openLedger(p.Store, nil)
	if err != nil {
		return err
	}
	defer l.Close()
	if err := countsStill(ctx, l, d, r, time.Now()); err != nil {
		return err
	}
	return c.run(ctx, s, l, imports.Config{Drill: d, Round: r, OpenedBy: imports.Step(c.OpenedBy), Campaigns: c.Campaign,
		Identify: identify(ctx, l, d.Name, c.OrgBy, names, p),
		Known: func(ids []string) (bool, error) {
			n, err := l.Sent(ctx, d.Name, ids)
			return n == r.Number, err
		}}, source)
}

// run imports into a ledger.
func (c *drillImportCmd) run(ctx context.Context, s streams, l drillLedger, config imports.Config, source imports.Source) error {
	im := imports.New(config)
	bar := &progress{to: s.err, visible: terminal(s.err)}
	err := c.read(ctx, s, im, source, bar)
	bar.end()
	if err != nil {
		return readingError(err)
	}
	records := im.Records()
	told := importSummary{im: im, records: records, drill: config.Drill, round: config.Round, files: len(c.Files)}
	told.left(s.err)
	if n := im.Mistakes(); n > 0 && !c.Partial {
		return hinted{badInput("%s rejected, nothing was written", counted(n, "record was", "records were")), "--partial takes the others"}
	}
	if len(records) == 0 {
		return told.nothing()
	}
	added, err := writeAll(ctx, l, told.mark(source), records, bar)
	bar.end()
	if err != nil {
		return err
	}
	told.done(s.out, added)
	told.machines(s.err)
	if c.Textfile != "" {
		return metrics.WriteDrillRejected(c.Textfile, string(source), told.rejected())
	}
	return nil
}

func (c *drillImportCmd) source() (imports.Source, error) {
	source := imports.Source(strings.ReplaceAll(c.Format, "-", "_"))
	switch {
	case source == "counts":
		return "", hinted{badInput("counts are not imported"), "sekimori drill report --counts FILE compares them as they are"}
	case !slices.Contains(imports.Sources(), source):
		return "", hinted{badInput("%q is no format that is imported", c.Format), "there are " + strings.Join(texts(imports.Sources()), ", ")}
	}
	return source, nil
}

// findRound finds a round in the policy file.
func findRound(p *policy.Policy, name string, number int) (*policy.Drill, *policy.Round, error) {
	i := slices.IndexFunc(p.Drills, func(d policy.Drill) bool { return d.Name == name })
	if i < 0 {
		return nil, nil, badInput("--drill: the policy file has no [[drill]] %q", name)
	}
	d := &p.Drills[i]
	j := slices.IndexFunc(d.Rounds, func(r policy.Round) bool { return r.Number == number })
	if j < 0 {
		return nil, nil, badInput("--round: %s has no round %d", name, number)
	}
	return d, &d.Rounds[j], nil
}

// read reads every file.
func (c *drillImportCmd) read(ctx context.Context, s streams, im *imports.Import, source imports.Source, bar *progress) error {
	if source == imports.Mailbox {
		return readMailboxes(ctx, im, c.Files, s.in, bar)
	}
	for _, name := range c.Files {
		err := readImport(ctx, s, im, source, name, bar)
		if err != nil {
			return err
		}
	}
	return nil
}

func readImport(ctx context.Context, s streams, im *imports.Import, source imports.Source, name string, bar *progress) error {
	if name == "-" {
		return im.Read(source, "standard input", &metered{ctx, s.in, 0, bar, 0, "standard input"})
	}
	f, err := os.Open(name)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	return im.Read(source, name, &metered{ctx, f, 0, bar, info.Size(), name})
}

func readMailboxes(ctx context.Context, im *imports.Import, paths []string, in io.Reader, bar *progress) error {
	var reader mailbox.Reader
	for _, path := range paths {
		messages := reader.Messages(path)
		if path == "-" {
			messages = reader.Stream("standard input", in)
		}
		for m, err := range messages {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			var wrong *mailbox.Error
			switch {
			case errors.As(err, &wrong) && !notThere(err):
				err = im.Unreadable(wrong.Name, errors.Is(err, mailbox.ErrTooLarge))
			case err == nil:
				err = im.Message(m.Name, m.Raw)
			}
			if err != nil {
				return err
			}
			bar.draw("%s: %s", path, counted(im.Len(), "message", "messages"))
		}
	}
	return nil
}

// notThere reports whether an error is about the path, not about what is in it.
func notThere(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, fs.ErrPermission)
}

// readingError says whose fault it is that nothing could be read.
func readingError(err error) error {
	switch {
	case errors.Is(err, context.Canceled):
		return errors.New("interrupted, nothing was written")
	case errors.Is(err, ledger.ErrClosed):
		return hinted{err, "a closed drill counts nothing any more"}
	case errors.Is(err, errLedger):
		return err
	}
	return inputError{err}
}

// countsStill refuses an import that could only go wrong: into a drill that is closed, or a round that has not begun.
func countsStill(ctx context.Context, l *ledger.Ledger, d *policy.Drill, r *policy.Round, now time.Time) error {
	switch state, _, err := l.Frozen(ctx, d.Name); {
	case err != nil:
		return err
	case state != ledger.StateNone && state != ledger.StateOpen:
		return hinted{badInput("%s is %s: a closed drill counts nothing any more", d.Name, state), "nothing was written; sekimori drill report prints what was counted"}
	case now.Before(r.Window.From):
		return hinted{badInput("the window of round %d of %s begins %s: what was done before it does not count", r.Number, d.Name, stampOf(r.Window.From)),
			"is it another --round, or window.from in the policy file?"}
	}
	return nil
}

// stampOf is a moment as messages show it.
func stampOf(t time.Time) string { return t.Format("2006-01-02 15:04 -07:00") }

// writeAll writes the records between the two marks of an import, so that a report that is made meanwhile says so.
func writeAll(ctx context.Context, l drillLedger, mark ledger.Import, records []drill.Record, bar *progress) (added int, err error) {
	if mark, err = l.Begin(ctx, mark); err != nil {
		return 0, fmt.Errorf("nothing was written: %w", err)
	}
	if added, err = addAll(ctx, l, records, bar); err != nil {
		return added, err
	}
	mark.At = time.Now()
	if err = l.End(ctx, mark); err != nil {
		return added, hinted{fmt.Errorf("all %s records are in, but not that the import is complete: %w", grouped(len(records)), err), "the same command goes on"}
	}
	return added, nil
}

// addAll writes the records, in steps each of which is done whole or not at all.
func addAll(ctx context.Context, l drillLedger, records []drill.Record, bar *progress) (added int, err error) {
	began := time.Now()
	for done := 0; done < len(records); {
		if time.Since(began) >= importShift {
			time.Sleep(importBreath)
			began = time.Now()
		}
		next := records[done:min(done+importBatch, len(records))]
		err := ctx.Err()
		if err == nil {
			var n int
			n, err = l.Add(ctx, next)
			added += n
		}
		switch {
		case errors.Is(err, ledger.ErrClosed):
			return added, fmt.Errorf("%s of %s records are in: %w", grouped(done), grouped(len(records)), err)
		case err != nil:
			return added, hinted{fmt.Errorf("%s of %s records are in: %w", grouped(done), grouped(len(records)), err), "the same command goes on"}
		}
		done += len(next)
		bar.draw("writing: %s of %s records", grouped(done), grouped(len(records)))
	}
	return added, nil
}
