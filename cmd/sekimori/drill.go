package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// drillCmd is all about drills with mock targeted mail.
type drillCmd struct {
	Token  drillTokenCmd  `cmd:"" help:"Print the header line that the mail of a round carries."`
	Import drillImportCmd `cmd:"" help:"Take over what other programs recorded of a round."`
	Report drillReportCmd `cmd:"" help:"Compare the rounds of a drill: text, CSV, JSON or a page."`
}

type drillTokenCmd struct {
	Drill    string    `required:"" placeholder:"NAME" help:"Name of the drill."`
	Round    int       `required:"" placeholder:"N" help:"Number of the round."`
	MailFrom string    `required:"" placeholder:"DOMAIN" help:"Domain of MAIL FROM of the round's mail."`
	Until    time.Time `required:"" format:"2006-01-02T15:04:05Z07:00" placeholder:"TIME" help:"When the token ends: the end of the round's window, such as 2011-11-14T18:00:00+09:00."`
	KeyFile  string    `required:"" placeholder:"FILE" help:"The key, such as openssl rand -hex 32 makes it."`
	KeyID    string    `default:"1" placeholder:"NAME" help:"Name of the key, to tell it from another one of the round."`
	Header   string    `default:"X-Sekimori-Drill" placeholder:"NAME" help:"Name of the header field."`
}

// Run prints one header line, for the program that sends the mail.
func (c *drillTokenCmd) Run(s streams) error {
	domain, err := policy.ParseDomain(c.MailFrom)
	if err != nil {
		return badInput("--mail-from: %w", err)
	}
	secret, err := readKey(c.KeyFile)
	if err != nil {
		return inputError{fmt.Errorf("--key-file: %w", err)}
	}
	token, err := drill.MakeToken(drill.Key{ID: c.KeyID, Secret: secret}, c.Drill, c.Round, c.Until, domain)
	if err != nil {
		if errors.Is(err, drill.ErrKey) {
			return hinted{inputError{err}, "openssl rand -hex 32 makes a key"}
		}
		return inputError{err}
	}
	if !drill.ValidHeader(c.Header) {
		return badInput("--header: %q is no name of a header field", c.Header)
	}
	_, err = fmt.Fprintf(s.out, "%s: %s\n", c.Header, token)
	return err
}

// maxKeyFile is the largest key file, in octets.
const maxKeyFile = 4096

// readKey reads a key that not everyone may read, without white space at its ends.
func readKey(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if info.Mode().Perm()&0o004 != 0 {
		return nil, fmt.Errorf("everyone may read %s: chmod o-rwx it", path)
	}
	text, err := readAll(f, path, maxKeyFile)
	return bytes.TrimSpace(text), err
}

type drillReportCmd struct {
	Counts  string `required:"" placeholder:"FILE" help:"What was counted, as CSV; - is standard input."`
	Drill   string `placeholder:"NAME" help:"Which drill, where the file has several."`
	Format  string `enum:"text,csv,json,html" default:"text" help:"${enum}"`
	Lang    string `enum:"en,ja" default:"en" help:"Language of text and page: ${enum}."`
	MinCell int    `default:"10" placeholder:"N" help:"Numbers of persons below it are hidden, with what would give them away. 0 hides nothing."`
}

// Run prints the comparison of the rounds of one drill.
func (c *drillReportCmd) Run(s streams) error {
	if c.MinCell < 0 {
		return badInput("--min-cell: %d is below 0", c.MinCell)
	}
	counts, err := c.read(s)
	if err != nil {
		return err
	}
	r := drill.Compare(counts, c.MinCell)
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
