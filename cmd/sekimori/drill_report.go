package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"

	"sekimori/internal/ledger"
	"sekimori/policy/drill"
)

type drillReportCmd struct {
	Config  string `short:"c" placeholder:"FILE" xor:"from" required:"" help:"The policy file: what its gateways counted, and what was imported."`
	Counts  string `placeholder:"FILE" xor:"from" required:"" help:"Or what was counted elsewhere, as CSV; - is standard input."`
	Drill   string `placeholder:"NAME" help:"Which drill, where there are several."`
	Format  string `enum:"text,csv,json,html" default:"text" help:"${enum}"`
	Lang    string `enum:"en,ja" default:"en" help:"Language of text and page: ${enum}."`
	MinCell *int   `placeholder:"N" help:"Numbers of persons below it are hidden, with what would give them away; 0 hides nothing. Default: that of the policy file, or 10."`
}

// Run prints the comparison of the rounds of one drill.
func (c *drillReportCmd) Run(s streams) error {
	if c.MinCell != nil && *c.MinCell < 0 {
		return badInput("--min-cell: %d is below 0", *c.MinCell)
	}
	least := drill.DefaultMinCell
	var counts drill.Counts
	var err error
	if c.Config != "" {
		counts, least, err = c.kept(s)
	} else {
		counts, err = c.read(s)
	}
	if err != nil {
		return err
	}
	if c.MinCell != nil {
		least = *c.MinCell
	}
	r := drill.Compare(counts, least)
	switch c.Format {
	case "csv":
		return drill.WriteCSV(s.out, r)
	case "json":
		return drill.WriteJSON(s.out, r)
	case "html":
		return drill.WriteHTML(s.out, r, drill.Lang(c.Lang))
	}
	return drill.WriteText(s.out, r, drill.Lang(c.Lang))
}

// kept counts what is in the ledger, and says which numbers the policy file hides. A closed drill has its summary, whether the policy
// file still defines it or not.
func (c *drillReportCmd) kept(s streams) (counts drill.Counts, least int, err error) {
	p, err := policyOfDrills(c.Config, s)
	if err != nil {
		return drill.Counts{}, 0, err
	}
	name := c.Drill
	if name == "" && len(p.Drills) == 1 {
		name = p.Drills[0].Name
	}
	if name == "" {
		return drill.Counts{}, 0, hinted{badInput("%s: it has %d drills", c.Config, len(p.Drills)), "choose with --drill"}
	}
	l, err := openLedger(p.Store, nil)
	if err != nil {
		return drill.Counts{}, 0, err
	}
	defer l.Close()
	ctx := context.Background()
	if d := findDrill(p, name); d != nil {
		counts, err = countsOf(ctx, l, d)
		return counts, d.MinCell, err
	}
	state, counts, err := l.Frozen(ctx, name)
	if err == nil && state != ledger.StateClosed && state != ledger.StateForgotten {
		err = badInput("--drill: the policy file has no [[drill]] %q, and none of that name was closed", name)
	}
	return counts, drill.DefaultMinCell, err
}

// read reads the counts and picks the drill. Every mistake of the file is printed with its line.
func (c *drillReportCmd) read(s streams) (drill.Counts, error) {
	var data []byte
	var err error
	name := c.Counts
	if name == "-" {
		name = "standard input"
		data, err = readAll(s.in, name, drill.MaxCountsFile)
	} else {
		data, err = readFile(name, drill.MaxCountsFile)
	}
	if err != nil {
		return drill.Counts{}, inputError{err}
	}
	drills, mistakes := drill.ReadCounts(name, data)
	if n := len(mistakes); n > 0 {
		return drill.Counts{}, hinted{inputError{tell(s.err, mistakes)}, "docs/drill.md has every column"}
	}
	var names []string
	for _, d := range drills {
		if d.Drill == c.Drill || c.Drill == "" && len(drills) == 1 {
			return d, nil
		}
		names = append(names, d.Drill)
	}
	if c.Drill == "" {
		return drill.Counts{}, hinted{badInput("%s: it has %d drills", name, len(drills)), "choose with --drill: " + strings.Join(names, ", ")}
	}
	return drill.Counts{}, hinted{badInput("%s: it has no drill %q", name, c.Drill), "it has " + strings.Join(names, ", ")}
}

// tell prints every mistake and returns how many there are; a single one is returned itself.
func tell(w io.Writer, mistakes []drill.Mistake) error {
	if len(mistakes) == 1 {
		return errors.New(mistakes[0].String())
	}
	for _, m := range mistakes {
		fmt.Fprintf(w, "sekimori: %s\n", m)
	}
	if len(mistakes) >= drill.MaxMistakes {
		return fmt.Errorf("%d mistakes, and reading ended there", len(mistakes))
	}
	return fmt.Errorf("%d mistakes", len(mistakes))
}
