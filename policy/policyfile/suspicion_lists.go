package policyfile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekimori/policy"
	"sekimori/policy/suspicion"
)

// Limits of [suspicion.lists] and [[suspicion.person]].
const (
	maxListID    = 255 // octets of a List-Id (RFC 2919, 2)
	minName      = 2   // characters of a person's name: one is in too many other names
	maxName      = 64
	maxSpellings = 20 // names, and addresses, of one person
	maxPeople    = 5000
)

// listFiles are the files that replace lists that are shipped, or add people or anchors.
type listFiles struct {
	organisations, freemail, shorteners, redirectors, extensions, people, anchors named
}

func (c *compiler) listKeys() []key {
	l, f := &c.policy.Suspicion.Lists, &c.listFiles
	return []key{
		{"protected", list(&l.Protected, 0, domain)},
		{"partners", list(&l.Partners, 0, domain)},
		{"senders", list(&l.Senders, 0, domain)},
		{"signers", list(&l.Signers, 0, domain)},
		{"trusted_lists", list(&l.TrustedLists, 0, listID)},
		{"organisations_file", fileName(&f.organisations)},
		{"freemail_file", fileName(&f.freemail)},
		{"shorteners_file", fileName(&f.shorteners)},
		{"redirectors_file", fileName(&f.redirectors)},
		{"extensions_file", fileName(&f.extensions)},
		{"people_file", fileName(&f.people)},
		{"smime_anchors", fileName(&f.anchors)},
	}
}

// lists reads the files that [suspicion.lists] names.
func (c *compiler) lists() {
	l, f := &c.policy.Suspicion.Lists, &c.listFiles
	replace(c, &l.Organisations, f.organisations, suspicion.ParseOrganisations)
	replace(c, &l.Freemail, f.freemail, suspicion.ParseDomains)
	replace(c, &l.Shorteners, f.shorteners, suspicion.ParseDomains)
	replace(c, &l.Redirectors, f.redirectors, suspicion.ParseRedirectors)
	replace(c, &l.Extensions, f.extensions, suspicion.ParseExtensions)
	var people []policy.Person
	replace(c, &people, f.people, suspicion.ParsePeople)
	l.People = append(l.People, people...)
	c.anchors()
}

// replace puts what a file lists in the place of what is shipped. A file that lists nothing switches its list off, which is a
// warning.
func replace[T any](c *compiler, to *[]T, f named, parse func(name string, data []byte) ([]T, error)) {
	name, data, ok := c.load(f, suspicion.MaxListOctets, false)
	if !ok {
		return
	}
	entries, err := parse(name, data)
	if err != nil {
		c.foreign(name, listed(name, data, err))
		return
	}
	if len(entries) == 0 {
		c.warn(f.at.at, f.at.path, "%s lists nothing, so that nothing is compared with this list", quote(f.name))
	}
	*to = append(make([]T, 0, len(entries)), entries...) // never nil, which would stand for the list that is shipped
}

// listID reads a List-Id (RFC 2919, 2), in lower case without brackets.
func listID(d *document, n *node) (string, bool) {
	if !d.wants(n, kindText, `"announce.lists.example.org"`) {
		return "", false
	}
	if strings.ContainsAny(n.text, "<>") {
		d.report(n.at, n.path, "write what stands between the < and > of List-Id alone")
		return "", false
	}
	for _, r := range n.text {
		if r <= ' ' || r > '~' {
			d.report(n.at, n.path, "the character %s cannot stand in a List-Id (RFC 2919, 2)", character(r))
			return "", false
		}
	}
	if n.text == "" || len(n.text) > maxListID {
		d.report(n.at, n.path, "a List-Id has 1 to %d characters", maxListID)
		return "", false
	}
	return strings.ToLower(n.text), true
}

func personKeys(p *policy.Person) []key {
	return []key{
		{"names", list(&p.Names, 1, personName)},
		{"addresses", list(&p.Addresses, 0, address)},
	}
}

// people reads each [[suspicion.person]].
func (c *compiler) people(of *node) {
	l := &c.policy.Suspicion.Lists
	for i, t := range c.within(of, "person") {
		if i == maxPeople {
			c.report(t.at, t.path, "more than %d persons; people_file takes more", maxPeople)
			return
		}
		var p policy.Person
		c.section(t, personKeys(&p), c.shape)
		c.needs(t, "names")
		for _, name := range []string{"names", "addresses"} {
			if n := t.child(name); n != nil && len(n.items) > maxSpellings {
				c.report(n.at, n.path, "%d of one person; at most %d are possible", len(n.items), maxSpellings)
			}
		}
		l.People = append(l.People, p)
	}
}

// personName reads a name as people write it.
func personName(d *document, n *node) (string, bool) {
	if !d.wants(n, kindText, `"関守太郎"`) {
		return "", false
	}
	if problem := badName(n.text); problem != "" {
		d.report(n.at, n.path, "%s is not possible as a name: %s", quote(n.text), problem)
		return "", false
	}
	return n.text, true
}

// badName returns what is wrong with the name of a person, or "".
func badName(s string) string {
	letters := 0
	for _, r := range s {
		if !unicode.IsGraphic(r) {
			return "the character " + character(r) + " shows nothing"
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	switch k := utf8.RuneCountInString(s); {
	case strings.Contains(s, "@"):
		return "it is an address; that stands in addresses"
	case letters < minName:
		return fmt.Sprintf("it has fewer than %d letters", minName)
	case k > maxName:
		return fmt.Sprintf("it has %d characters, at most %d are possible", k, maxName)
	}
	return ""
}
