// Package spfsuite reads the OpenSPF test suites, so that the evaluation alone and the whole gate are held to the same
// cases. It says where RFC 7208 decides otherwise than a case does, and decides nothing else. Only tests use it.
//
// The suites are those in the module of blitiri.com.ar/go/spf, read where the go command keeps it. A mark that lets that
// library skip a case is not honoured here.
package spfsuite

import (
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"sekimori/policy"
)

// Suite is one file of cases.
type Suite struct {
	Name      string // "rfc7208"
	Scenarios []Scenario
}

// Scenario is a zone and the cases that are tried in it.
type Scenario struct {
	Cases []Case
	Names []Name
}

// Case is one check, of MAIL FROM or, where that is "", of HELO.
type Case struct {
	ID       string
	Client   netip.Addr
	Helo     string // as sent
	MailFrom string // without quotes and brackets
	Results  []policy.Result

	// Explained says that the case has an opinion on the explanation: Explanation, where "" is none or one of the
	// receiver's own.
	Explained   bool
	Explanation string
}

// Name is what the zone says about one name.
type Name struct {
	Name    string // lower case, without trailing dot; any octet
	Records []Record
	CNAME   string           // what it is an alias of; "" when of nothing
	Broken  policy.DNSStatus // of every type that has no record; "" when it is not broken
}

// Record is one record of a name.
type Record struct {
	Type       policy.DNSType
	Value      string // octets of a TXT record; an address; a name as Name.Name, "." for the root
	Preference uint16 // of an MX record
}

// source is a file and what it is held to have.
type source struct {
	name      string
	cases     int
	twoLabels bool // names of one label get a second one
	except    map[string]policy.Result
}

// sources lists the files, their number of cases, and where RFC 7208 says otherwise than a case. One file is written
// with names of one label, which the grammar of RFC 7208 does not admit; what it tests is something else.
func sources() []source {
	return []source{
		{name: "rfc7208", cases: 203},
		{name: "rfc4408", cases: 191},
		{name: "pyspf", cases: 16, except: map[string]policy.Result{
			"default-modifier":       policy.ResultNeutral, // RFC 7208, 6, knows no such modifier; unknown ones are ignored
			"default-modifier-harsh": policy.ResultNeutral, // the same; and ambiguous is no result word
		}},
		{name: "blitirispf", cases: 83, twoLabels: true},
	}
}

// Read returns all suites. It fails where a file is not there, has another number of cases than expected, or says
// something that has no meaning here.
func Read() ([]Suite, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "blitiri.com.ar/go/spf").Output()
	if err != nil {
		return nil, fmt.Errorf("find the module with the suites: %w", err)
	}
	dir := filepath.Join(strings.TrimSpace(string(out)), "testdata")
	var suites []Suite
	for _, src := range sources() {
		data, err := os.ReadFile(filepath.Join(dir, src.name+"-tests.yml"))
		if err != nil {
			return nil, err
		}
		s, err := src.read(data)
		if err != nil {
			return nil, fmt.Errorf("suite %s: %w", src.name, err)
		}
		suites = append(suites, s)
	}
	return suites, nil
}

// amend puts the result of RFC 7208 in the place of the suite's where the two differ, and says how many cases there are.
func (src source) amend(s Suite) (n int, err error) {
	used := 0
	for _, sc := range s.Scenarios {
		for i := range sc.Cases {
			c := &sc.Cases[i]
			n++
			if r, ok := src.except[c.ID]; ok {
				used++
				c.Results, c.Explained = []policy.Result{r}, false
			}
		}
	}
	if used != len(src.except) {
		return n, fmt.Errorf("%d of %d exceptions name a case", used, len(src.except))
	}
	return n, nil
}
