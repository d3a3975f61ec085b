package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"sekimori/internal/dns"
	running "sekimori/internal/survey"
	"sekimori/policy/auth"
	"sekimori/policy/survey"
)

type surveyCmd struct {
	Run    surveyRunCmd    `cmd:"" help:"Ask DNS what the domains of a list publish; write the results to a file."`
	Report surveyReportCmd `cmd:"" help:"Make a report of one or several runs."`
}

type surveyRunCmd struct {
	Domains     string        `required:"" placeholder:"FILE" help:"The list: CSV, domain,group."`
	Out         string        `required:"" placeholder:"FILE" help:"The results, JSON Lines. An interrupted run in it is gone on with."`
	Name        string        `help:"Name of the survey, for its gauges; default: the list's file name."`
	Resolver    []string      `placeholder:"HOST:PORT" xor:"dns" help:"Ask this DNS server; may be repeated. Default: those of the system."`
	DNS         string        `name:"dns" placeholder:"ZONE" xor:"dns" help:"Answer DNS questions from this zone file."`
	QPS         int           `name:"qps" default:"50" help:"Questions a second put to servers, at most; 0: no limit."`
	Concurrency int           `default:"64" help:"Domains looked at at once, 1 to 128."`
	Timeout     time.Duration `default:"5s" help:"How long a server has for one answer."`
	Attempts    int           `default:"2" help:"How often a question is put before the answer is unknown, 1 to 10."`
	MaxSPF      uint64        `name:"max-spf-addresses" default:"1048576" help:"IPv4 addresses that an SPF record may let in before it is too wide."`
	Textfile    string        `placeholder:"FILE" help:"Write gauges for the textfile collector of Prometheus when done."`
}

// Limits of the command line.
const (
	maxListBytes   = 256 << 20 // of a list; a larger one is refused
	maxAttempts    = 10
	surveyCacheFor = 8192 // answers kept: the records that many domains include, and the DMARC records above them
)

// Run measures the whole list. Exit status 1 when it was interrupted or something failed, 2 when the list is wrong.
func (c *surveyRunCmd) Run(s streams) error {
	list, err := readList(c.Domains, s.err)
	if err != nil {
		return err
	}
	res, servers, done, err := c.resolver()
	if err != nil {
		return err
	}
	defer done()
	if c.Concurrency < 1 || c.Concurrency > running.MaxConcurrency {
		return badInput("--concurrency %d: 1 to %d are possible", c.Concurrency, running.MaxConcurrency)
	}
	if c.Name == "" {
		c.Name = strings.TrimSuffix(filepath.Base(c.Domains), filepath.Ext(c.Domains))
	}
	v, _ := version()
	book, err := running.Open(c.Out, survey.Head{
		Version: survey.Version, At: time.Now().UTC().Truncate(time.Millisecond), Name: c.Name, List: list.Hash, Domains: len(list.Targets),
		Resolver: servers, Program: "sekimori " + v,
	})
	if err != nil {
		return bookError(err)
	}
	err = errors.Join(c.measure(s, list, book, running.NewPaced(res, c.QPS)), book.Close())
	if err == nil && c.Textfile != "" {
		err = textfile(c.Textfile, []string{c.Out})
	}
	return err
}

// bookError says what can be done about a file that is not written to.
func bookError(err error) error {
	switch {
	case errors.Is(err, running.ErrComplete), errors.Is(err, running.ErrOtherList), errors.Is(err, running.ErrTooOld),
		errors.Is(err, running.ErrForeign):
		return hinted{inputError{err}, "name another file with --out; a report takes several"}
	}
	return inputError{err}
}

// measure looks at every domain, with a bar where the user sees one.
func (c *surveyRunCmd) measure(s streams, list survey.List, book *running.Book, res *running.Paced) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGINT, syscall.SIGTERM)
	defer stop()
	if n := book.Resumed(); n > 0 {
		fmt.Fprintf(s.err, "sekimori: %s: going on after %d of %d domains\n", c.Out, n, len(list.Targets))
	}
	surveyor := survey.New(survey.Config{Resolver: res, MaxAddresses: c.MaxSPF})
	var measured atomic.Int64
	start := time.Now()
	progress := func() running.Progress {
		return running.Progress{
			Done: int(measured.Load()), All: len(list.Targets), Before: book.Resumed(), Asked: res.Asked(), Elapsed: time.Since(start),
		}
	}
	drawn := func() {}
	if terminal(s.err) {
		drawn = running.Draw(s.err, progress)
	}
	err := running.Run(ctx, running.Config{Targets: list.Targets, Look: surveyor.Look, Book: book, Concurrency: c.Concurrency, Done: &measured})
	drawn()
	p := progress()
	if errors.Is(err, running.ErrInterrupted) {
		return hinted{fmt.Errorf("%s: interrupted after %d of %d domains", c.Out, p.Done, p.All), "the same command goes on from there"}
	}
	if err == nil {
		fmt.Fprintf(s.out, "%s: %d domains, %d questions, %v\n", c.Out, p.Done, p.Asked, p.Elapsed.Round(time.Millisecond))
	}
	return err
}

// resolver returns who is asked, and how a report names him.
func (c *surveyRunCmd) resolver() (auth.Resolver, []string, func(), error) {
	if c.DNS != "" {
		z, err := readZone(c.DNS)
		return z, []string{"zone " + filepath.Base(c.DNS)}, func() {}, err
	}
	servers, err := parseServers(c.Resolver)
	if err != nil {
		return nil, nil, nil, err
	}
	if len(servers) == 0 {
		if servers, err = dns.SystemServers(""); err != nil {
			return nil, nil, nil, hinted{fmt.Errorf("finding DNS servers: %w", err), "name one with --resolver"}
		}
	}
	if c.Timeout <= 0 || c.Attempts < 1 || c.Attempts > maxAttempts {
		return nil, nil, nil, badInput("--timeout %v, --attempts %d: possible are times above 0s and 1 to %d attempts", c.Timeout, c.Attempts, maxAttempts)
	}
	r, err := dns.New(dns.Config{Servers: servers, Timeout: c.Timeout, Attempts: c.Attempts, CacheSize: surveyCacheFor})
	if err != nil {
		return nil, nil, nil, err
	}
	var names []string
	for _, a := range servers {
		names = append(names, a.String())
	}
	return r, names, r.Close, nil
}

// readList reads a list and prints every mistake in it.
func readList(path string, to io.Writer) (survey.List, error) {
	f, err := os.Open(path)
	if err != nil {
		return survey.List{}, inputError{err}
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxListBytes+1))
	if err != nil {
		return survey.List{}, err
	}
	if len(text) > maxListBytes {
		return survey.List{}, badInput("%s: more than %d octets", path, maxListBytes)
	}
	list, problems, mistakes := survey.ReadList(text, path)
	for _, p := range problems {
		fmt.Fprintln(to, p)
	}
	switch mistakes {
	case 0:
		return list, nil
	case 1:
		return list, badInput("%s: 1 mistake, nothing was asked", path)
	}
	return list, badInput("%s: %d mistakes, nothing was asked", path, mistakes)
}

// terminal reports whether a person sees what is written to w.
func terminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	if !ok {
		return false
	}
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0 && os.Getenv("TERM") != "dumb"
}
