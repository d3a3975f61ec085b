// Command sekimori is a milter that guards a mail gateway: it refuses mail that claims a protected domain and cannot prove it.
// This package is words and wiring: one subcommand a file; every judgement is made in the policy packages.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"runtime/debug"

	"github.com/alecthomas/kong"
)

// Exit statuses of every subcommand.
const (
	exitDone   = 0
	exitFailed = 1 // what was asked for did not succeed
	exitInput  = 2 // the command line, the configuration or another input is wrong
)

// words is the command line.
type words struct {
	Run     runCmd     `cmd:"" help:"Filter the mail of an MTA."`
	Check   checkCmd   `cmd:"" help:"Check a configuration file; print every mistake with its place."`
	Explain explainCmd `cmd:"" help:"Show what would be decided about a message, and why."`
	Test    testCmd    `cmd:"" help:"Run scenario files: does the policy decide what they want?"`
	Probe   probeCmd   `cmd:"" help:"Send messages through a running milter, as an MTA would."`
	Status  statusCmd  `cmd:"" help:"Show the health and the counters of a running sekimori."`
	Survey  surveyCmd  `cmd:"" help:"Measure which domains of a list publish SPF and DMARC, and how that changes."`
	Drill   drillCmd   `cmd:"" help:"Drills with mock targeted mail."`
	Version versionCmd `cmd:"" help:"Print the version."`
}

// streams are where a subcommand reads and writes.
type streams struct {
	in       io.Reader
	out, err io.Writer
}

// inputError is a mistake in what the user gave: exit status 2.
type inputError struct{ error }

func (e inputError) Unwrap() error { return e.error }

func badInput(format string, args ...any) error { return inputError{fmt.Errorf(format, args...)} }

// hinted is an error with a line that says what to do.
type hinted struct {
	error
	hint string
}

func (e hinted) Unwrap() error { return e.error }

func main() { os.Exit(sekimori(os.Args[1:], streams{os.Stdin, os.Stdout, os.Stderr})) }

// sekimori runs one command line and returns its exit status.
func sekimori(args []string, s streams) int {
	var w words
	status := -1
	parser, err := kong.New(&w, kong.Name("sekimori"), kong.Writers(s.out, s.err), kong.Exit(func(c int) { status = c }),
		kong.Description("A gate for mail that claims to come from a protected domain."), kong.ConfigureHelp(kong.HelpOptions{Compact: true}))
	if err != nil {
		return report(s, err)
	}
	ctx, err := parser.Parse(args)
	if status >= 0 { // --help has been printed
		return status
	}
	if err != nil {
		return report(s, hinted{inputError{err}, "sekimori --help shows the words"})
	}
	return report(s, ctx.Run(s))
}

// report prints err as an administrator wants to read it and returns the exit status that belongs to it.
func report(s streams, err error) int {
	if err == nil {
		return exitDone
	}
	if msg := err.Error(); msg != "" {
		fmt.Fprintf(s.err, "sekimori: %s\n", msg)
	}
	var h hinted
	if errors.As(err, &h) {
		fmt.Fprintf(s.err, "hint: %s\n", h.hint)
	}
	var in inputError
	if errors.As(err, &in) {
		return exitInput
	}
	return exitFailed
}

type versionCmd struct{}

// Run prints the version and the Go that built it.
func (versionCmd) Run(s streams) error {
	v, g := version()
	_, err := fmt.Fprintf(s.out, "sekimori %s %s\n", v, g)
	return err
}

// release is set by the build of a release.
var release = ""

// version returns the version of this binary and of Go.
func version() (sekimori, golang string) {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return "unknown", "unknown"
	}
	v := release
	if v == "" {
		v = info.Main.Version
	}
	if v == "" || v == "(devel)" {
		v = "devel"
	}
	return v, info.GoVersion
}
