package spfsuite

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/netip"
	"slices"
	"strconv"
	"strings"

	"gopkg.in/yaml.v3"

	"sekimori/policy"
)

// document is a scenario as it is written.
type document struct {
	Tests map[string]struct {
		Helo        string
		Host        string
		MailFrom    string `yaml:"mailfrom"`
		Result      oneOrMore
		Explanation string
	}
	ZoneData map[string][]map[string]oneOrMore `yaml:"zonedata"`
}

// oneOrMore is a scalar or a list of them.
type oneOrMore []string

func (o *oneOrMore) UnmarshalYAML(n *yaml.Node) error {
	if n.Kind == yaml.SequenceNode {
		return n.Decode((*[]string)(o))
	}
	*o = oneOrMore{n.Value}
	return nil
}

// read reads a file.
func (src source) read(data []byte) (Suite, error) {
	s := Suite{Name: src.name}
	for d := yaml.NewDecoder(bytes.NewReader(data)); ; {
		var doc document
		if err := d.Decode(&doc); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return s, err
		}
		sc, err := src.scenario(doc)
		if err != nil {
			return s, err
		}
		s.Scenarios = append(s.Scenarios, sc)
	}
	n, err := src.amend(s)
	if err == nil && n != src.cases {
		err = fmt.Errorf("%d cases, %d are known", n, src.cases)
	}
	return s, err
}

func (src source) scenario(doc document) (sc Scenario, err error) {
	for _, id := range slices.Sorted(maps.Keys(doc.Tests)) {
		t := doc.Tests[id]
		c := Case{ID: id, Helo: t.Helo, MailFrom: t.MailFrom, Explained: t.Explanation != ""}
		if c.Client, err = netip.ParseAddr(t.Host); err != nil {
			return sc, fmt.Errorf("case %s: %w", id, err)
		}
		if at := strings.LastIndexByte(t.MailFrom, '@'); at >= 0 {
			c.MailFrom = t.MailFrom[:at+1] + src.rename(t.MailFrom[at+1:])
		}
		if t.Explanation != "DEFAULT" {
			c.Explanation = t.Explanation
		}
		for _, r := range t.Result {
			c.Results = append(c.Results, policy.Result(r))
		}
		sc.Cases = append(sc.Cases, c)
	}
	for _, name := range slices.Sorted(maps.Keys(doc.ZoneData)) {
		n, err := src.entry(name, doc.ZoneData[name])
		if err != nil {
			return sc, fmt.Errorf("name %q: %w", name, err)
		}
		sc.Names = append(sc.Names, n)
	}
	return sc, nil
}

// entry reads what is said about a name. The suites mean: SPF entries are TXT records unless there is a TXT entry, and
// TIMEOUT holds for the types that the name does not list.
func (src source) entry(name string, entries []map[string]oneOrMore) (Name, error) {
	n := Name{Name: src.canonical(name)}
	hasTXT := slices.ContainsFunc(entries, func(e map[string]oneOrMore) bool { _, ok := e["TXT"]; return ok })
	for _, e := range entries {
		for kind, values := range e {
			if len(values) == 0 { // no string, or one that is empty
				values = []string{""}
			}
			if kind == "SPF" && hasTXT || kind == "TXT" && values[0] == "NONE" {
				continue
			}
			if err := src.add(&n, kind, values); err != nil {
				return n, err
			}
		}
	}
	return n, nil
}

func (src source) add(n *Name, kind string, values []string) error {
	switch kind {
	case "TIMEOUT":
		n.Broken = policy.DNSTimeout
	case "SERVFAIL", "CNAMELOOP":
		n.Broken = policy.DNSServFail
	case "CNAME":
		n.CNAME = src.canonical(values[0])
	case "MX":
		preference, err := strconv.ParseUint(values[0], 10, 16)
		if err != nil || len(values) != 2 {
			return fmt.Errorf("the MX record %q", values)
		}
		host := src.canonical(values[1])
		if host == "" {
			host = "."
		}
		n.Records = append(n.Records, Record{policy.TypeMX, host, uint16(preference)})
	case "SPF", "TXT":
		n.Records = append(n.Records, Record{Type: policy.TypeTXT, Value: src.record(strings.Join(values, ""))})
	case "A", "AAAA":
		for _, v := range values {
			if _, err := netip.ParseAddr(v); err != nil {
				return err
			}
			n.Records = append(n.Records, Record{Type: policy.DNSType(kind), Value: v})
		}
	case "PTR":
		n.Records = append(n.Records, Record{Type: policy.TypePTR, Value: src.canonical(values[0])})
	default:
		return fmt.Errorf("%s is a new kind of entry", kind)
	}
	return nil
}

// canonical returns a name in its one spelling.
func (src source) canonical(name string) string {
	return strings.ToLower(strings.TrimSuffix(src.rename(name), "."))
}

// rename gives a name of one label a second one, where the file is to have them.
func (src source) rename(name string) string {
	if !src.twoLabels || name == "" || strings.ContainsAny(name, ".%") {
		return name
	}
	return name + ".test"
}

// record renames what the terms of a record name.
func (src source) record(text string) string {
	terms := strings.Split(text, " ")
	for i, term := range terms {
		if at := strings.IndexAny(term, ":="); at >= 0 {
			switch strings.TrimLeft(term[:at], "+-~?") {
			case "a", "mx", "include", "exists", "ptr", "redirect":
				terms[i] = term[:at+1] + src.rename(term[at+1:])
			}
		}
	}
	return strings.Join(terms, " ")
}
