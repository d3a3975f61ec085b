package main

import (
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"

	running "sekimori/internal/survey"
	"sekimori/policy/survey"
)

type surveyReportCmd struct {
	Files       []string `arg:"" name:"file" help:"Results of survey run; several make a series."`
	Denominator string   `enum:"mx,all" default:"mx" help:"mx: rates are of domains with a mail exchanger; all: of all domains."`
	Rate        string   `enum:"published,valid,strong" default:"published" help:"What the series counts: what is published, what can be used, or what protects."`
	Checks      []string `default:"spf,dmarc" help:"What the series shows: mx, null_mx, spf, dmarc, mta_sts, tls_rpt."`
	Groups      bool     `help:"Show the groups of the last run, too."`
	Format      string   `enum:"text,csv,json,html" default:"text" help:"text, csv, json or html."`
	Lang        string   `enum:"en,ja" default:"en" help:"Language of text and html: en or ja."`
	Out         string   `placeholder:"FILE" help:"Write there instead of standard output."`
	Textfile    string   `placeholder:"FILE" help:"Write gauges of the last run for the textfile collector of Prometheus."`
}

// Run reads every file and prints the report. What is incomplete is said in it, and on standard error.
func (c *surveyReportCmd) Run(s streams) error {
	o := survey.Options{Lang: survey.Lang(c.Lang), Level: survey.Level(c.Rate), Groups: c.Groups}
	for _, name := range c.Checks {
		check, err := surveyCheck(name)
		if err != nil {
			return err
		}
		o.Checks = append(o.Checks, check)
	}
	r, err := readRuns(c.Files, survey.Denominator(c.Denominator))
	if err != nil {
		return err
	}
	for _, run := range r.Runs {
		if !run.Complete {
			fmt.Fprintf(s.err, "sekimori: warning: the run of %s is incomplete: %d of %d domains\n", survey.Date(run.At), run.Measured, run.Listed)
		}
	}
	write := func(w io.Writer) error { return writeReport(w, &r, c.Format, o) }
	if c.Out == "" {
		err = write(s.out)
	} else {
		err = running.Replace(c.Out, write)
	}
	if err == nil && c.Textfile != "" {
		err = textfile(c.Textfile, c.Files)
	}
	return err
}

func writeReport(w io.Writer, r *survey.Report, format string, o survey.Options) error {
	switch format {
	case "csv":
		return survey.WriteCSV(w, r)
	case "json":
		return survey.WriteJSON(w, r)
	case "html":
		return survey.WriteHTML(w, r, o)
	}
	return survey.WriteText(w, r, o)
}

func surveyCheck(name string) (survey.Check, error) {
	var names []string
	for _, c := range survey.Checks() {
		if string(c) == name {
			return c, nil
		}
		names = append(names, string(c))
	}
	return "", badInput("--checks: %q is none; possible are %s", name, strings.Join(names, ", "))
}

// readRuns reads the files of runs.
func readRuns(files []string, d survey.Denominator) (survey.Report, error) {
	b := survey.NewBuilder(d)
	for _, path := range files {
		f, err := os.Open(path)
		if err != nil {
			return survey.Report{}, inputError{err}
		}
		n := 0
		_, err = survey.ReadLines(f, path, func(_ int, l survey.Line) error { n++; return b.Add(l) })
		if err = errors.Join(err, f.Close()); err != nil {
			return survey.Report{}, inputError{err}
		}
		if n == 0 {
			return survey.Report{}, badInput("%s: it holds no run", path)
		}
	}
	return b.Finish(), nil
}

// textfile writes the gauges of the last run in the files, counted of all domains and of those with an exchanger.
func textfile(path string, files []string) error {
	all, err := readRuns(files, survey.OfAll)
	if err != nil {
		return err
	}
	mx, err := readRuns(files, survey.OfMX)
	if err != nil {
		return err
	}
	last := len(all.Runs) - 1
	return running.Replace(path, func(w io.Writer) error { return survey.WriteGauges(w, &all.Runs[last], &mx.Runs[last]) })
}

// parseServers reads addresses with a port.
func parseServers(texts []string) ([]netip.AddrPort, error) {
	var servers []netip.AddrPort
	for _, text := range texts {
		a, err := netip.ParseAddrPort(text)
		if err != nil {
			return nil, hinted{badInput("--resolver: %w", err), "an address and a port, such as 192.0.2.53:53"}
		}
		servers = append(servers, a)
	}
	return servers, nil
}
