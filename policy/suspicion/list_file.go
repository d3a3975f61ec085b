package suspicion

import (
	"errors"
	"fmt"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// Limits of a list file. What exceeds one is an error of the file, never a list that is cut.
const (
	MaxListOctets  = 4 << 20 // of the whole file
	MaxListEntries = 100_000 // lines that hold something
	MaxListLine    = 4096    // octets of one line
)

// maxListErrors is how many mistakes of one file are told.
const maxListErrors = 20

// ParseDomains reads a list of domain names, one a line, as it stands for freemail, shorteners, protected domains, partners and
// senders. A blank line, and all from a # to the end of its line, is passed over. Names may be written in any case and in Japanese. The error names the
// file and the line of every mistake, up to 20.
func ParseDomains(name string, data []byte) ([]policy.Domain, error) {
	var list []policy.Domain
	err := eachLine(name, data, 1, func(columns []string) error {
		d, ok := mail.Domain(columns[0])
		if !ok {
			return fmt.Errorf("%q is no domain name", columns[0])
		}
		list = append(list, d)
		return nil
	})
	return list, err
}

// ParseRedirectors reads a list of hosts that lead on to whatever address is given to them: host, or host/path where only what
// begins with that path does. Lines and errors are those of ParseDomains.
func ParseRedirectors(name string, data []byte) ([]string, error) {
	var list []string
	err := eachLine(name, data, 1, func(columns []string) error {
		host, path, _ := strings.Cut(columns[0], "/")
		d, ok := mail.Domain(host)
		if !ok {
			return fmt.Errorf("%q is no domain name", host)
		}
		entry := string(d)
		if path != "" {
			entry += "/" + path
		}
		list = append(list, entry)
		return nil
	})
	return list, err
}

// ParseTrustedLists reads values of List-Id (RFC 2919, 2), one a line, with or without brackets. Lines and errors are those of ParseDomains.
func ParseTrustedLists(name string, data []byte) ([]string, error) {
	var list []string
	err := eachLine(name, data, 1, func(columns []string) error {
		id := strings.ToLower(strings.Trim(columns[0], "<> "))
		if id == "" || strings.ContainsAny(id, " \t<>") {
			return fmt.Errorf("%q is no List-Id", columns[0])
		}
		list = append(list, id)
		return nil
	})
	return list, err
}

// ParseOrganisations reads names of organisations and the domains that may bear them: the spellings with commas between them, a
// tab, the domains with blanks or commas between them. Lines and errors are those of ParseDomains.
func ParseOrganisations(name string, data []byte) ([]policy.NamedBody, error) {
	var list []policy.NamedBody
	err := eachLine(name, data, 2, func(columns []string) error {
		var b policy.NamedBody
		for n := range strings.SplitSeq(columns[0], ",") {
			n = strings.TrimSpace(n)
			if len([]rune(foldName(n).text)) < 2 {
				return fmt.Errorf("the name %q is too short to be told from others", n)
			}
			b.Names = append(b.Names, n)
		}
		for _, s := range strings.FieldsFunc(columns[1], func(r rune) bool { return r == ',' || r == ' ' }) {
			d, ok := mail.Domain(s)
			if !ok {
				return fmt.Errorf("%q is no domain name", s)
			}
			b.Domains = append(b.Domains, d)
		}
		if len(b.Domains) == 0 {
			return errors.New("there is no domain")
		}
		list = append(list, b)
		return nil
	})
	return list, err
}

// ParsePeople reads names that outsiders borrow: the spellings with commas between them and, after a tab that may be absent, the
// outside addresses from which the person really writes. Lines and errors are those of ParseDomains.
func ParsePeople(name string, data []byte) ([]policy.Person, error) {
	var list []policy.Person
	err := eachLine(name, data, 1, func(columns []string) error {
		var p policy.Person
		for n := range strings.SplitSeq(columns[0], ",") {
			n = strings.TrimSpace(n)
			if personKey(n) == "" {
				return errors.New("there is an empty name")
			}
			p.Names = append(p.Names, n)
		}
		if len(columns) > 1 {
			for _, s := range strings.FieldsFunc(columns[1], func(r rune) bool { return r == ',' || r == ' ' }) {
				a, problem := mail.EnvelopeAddress(s)
				if problem != "" || a.Domain == "" {
					return fmt.Errorf("%q is no address", s)
				}
				p.Addresses = append(p.Addresses, a)
			}
		}
		list = append(list, p)
		return nil
	})
	return list, err
}

// ParseExtensions reads extensions and what they stand for: the extension without its dot, a tab, the class. Lines and errors are
// those of ParseDomains.
func ParseExtensions(name string, data []byte) ([]policy.FileWarning, error) {
	var list []policy.FileWarning
	err := eachLine(name, data, 2, func(columns []string) error {
		ext, class := strings.ToLower(columns[0]), columns[1]
		if strings.ContainsAny(ext, ". ") {
			return fmt.Errorf("%q is no extension: it is written without dots and blanks", columns[0])
		}
		if !snakeCase(class) {
			return fmt.Errorf("%q is no class: small letters and underscores", class)
		}
		list = append(list, policy.FileWarning{Extension: ext, Class: class})
		return nil
	})
	return list, err
}

func snakeCase(s string) bool {
	return s != "" && strings.Trim(s, "abcdefghijklmnopqrstuvwxyz_") == ""
}

// eachLine hands the columns of every line that holds something to take, with blanks around them gone; need is how many there must
// be at least. Further columns are notes.
func eachLine(name string, data []byte, need int, take func(columns []string) error) error {
	if len(data) > MaxListOctets {
		return fmt.Errorf("%s: more than %d octets", name, MaxListOctets)
	}
	var errs []error
	at, entries := 0, 0
	for line := range strings.Lines(strings.TrimPrefix(string(data), "\ufeff")) {
		at++
		line, _, _ = strings.Cut(line, "#")
		if strings.TrimSpace(line) == "" {
			continue
		}
		if entries++; entries > MaxListEntries {
			errs = append(errs, fmt.Errorf("%s:%d: more than %d entries", name, at, MaxListEntries))
			break
		}
		if err := oneLine(line, need, take); err != nil {
			errs = append(errs, fmt.Errorf("%s:%d: %w", name, at, err))
			if len(errs) == maxListErrors {
				break
			}
		}
	}
	return errors.Join(errs...)
}

func oneLine(line string, need int, take func([]string) error) error {
	if len(line) > MaxListLine {
		return fmt.Errorf("more than %d octets", MaxListLine)
	}
	if need == 1 {
		line = strings.TrimSpace(line)
	}
	columns := strings.Split(line, "\t")
	for i := range columns {
		columns[i] = strings.TrimSpace(columns[i])
		if columns[i] == "" && i < need {
			return fmt.Errorf("column %d is empty", i+1)
		}
	}
	if len(columns) < need {
		return fmt.Errorf("%d column, %d are wanted with a tab between them", len(columns), need)
	}
	return take(columns)
}

// parseLabels reads labels of domain names, one a line.
func parseLabels(name string, data []byte) ([]string, error) {
	var list []string
	err := eachLine(name, data, 1, func(columns []string) error {
		if d, err := policy.ParseDomain(columns[0]); err != nil || d.Labels() != 1 {
			return fmt.Errorf("%q is no label", columns[0])
		}
		list = append(list, strings.ToLower(columns[0]))
		return nil
	})
	return list, err
}
