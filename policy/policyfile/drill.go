package policyfile

import (
	"bytes"
	"strings"
	"time"

	"sekimori/policy"
	"sekimori/policy/drill"
)

// Limits of [[drill]]. Those of a definition are in package drill.
const (
	maxDrills      = 100 // each is a label of counters
	maxMinCell     = 1000
	defaultMinCell = 10
	maxSoon        = 10 * time.Minute
	maxBurst       = 1000
	maxCues        = 100
	maxRaters      = 1000
	maxCampaign    = 1<<53 - 1 // what JSON holds exactly
	keyExample     = `recognise.key_files.1 = "round1.key"; the 1 is the name of the key, as --key-id of sekimori drill token has it`
)

// When gauges of single organisations are shown.
const (
	metricsAfterClose = "after_close"
	metricsLive       = "live"
)

// drillReading is a drill while it is read.
type drillReading struct {
	*compiler
	table  *node
	drill  policy.Drill
	broken map[*node]bool // tables of it that hold a mistake already: what is wrong besides is perhaps its consequence
}

// drills reads each [[drill]] with its organisations and rounds.
func (c *compiler) drills() {
	names, campaigns := make(map[string]*node), make(map[int64]*node)
	for i, t := range c.each("drill") {
		if i == maxDrills {
			c.report(t.at, t.path, "more than %d drills", maxDrills)
			return
		}
		r := &drillReading{compiler: c, table: t, broken: make(map[*node]bool)}
		r.drill = policy.Drill{MinCell: defaultMinCell, Machines: policy.MachineRules(drill.DefaultMachineRules())}
		r.attempt(t, func() {
			c.section(t, drillKeys(&r.drill), c.shape)
			c.needs(t, "name")
			c.unique(names, t, "drill")
		})
		for _, o := range c.within(t, "organisation") {
			r.attempt(o, func() { r.organisation(o) })
		}
		for _, o := range c.within(t, "round") {
			r.attempt(o, func() { r.round(o, campaigns) })
		}
		r.check()
		c.readings = append(c.readings, r)
		c.policy.Drills = append(c.policy.Drills, r.drill)
	}
}

// attempt notes whether a table could be read without a mistake.
func (r *drillReading) attempt(t *node, read func()) {
	before := len(r.errors) + r.dropped
	read()
	r.broken[t] = len(r.errors)+r.dropped > before
}

func (r *drillReading) organisation(t *node) {
	var b policy.DrillBody
	r.section(t, drillOrganisationKeys(&b), r.shape)
	r.needs(t, "name")
	if b.Name != "" {
		r.isOrganisation(t.child("name"), b.Name)
	}
	r.drill.Organisations = append(r.drill.Organisations, b)
}

func (r *drillReading) round(t *node, campaigns map[int64]*node) {
	o := policy.Round{Mode: policy.DrillObserve}
	var keys []keyFile
	r.section(t, roundKeys(&o, &keys, campaigns), r.shape)
	r.needs(t, "round", "kind", "lure", "window.from", "window.until", "recognise.client_ip", "recognise.mail_from_domain",
		"recognise.key_files", "recognise.max_recipients")
	if t.child("difficulty") != nil {
		r.needs(t, "difficulty.rating")
	}
	for _, k := range keys {
		if _, data, ok := r.load(k.file, maxKeyFile, true); ok {
			o.Recognition.Keys = append(o.Recognition.Keys, policy.TokenKey{ID: k.id, Secret: bytes.TrimSpace(data)})
		}
	}
	r.drill.Rounds = append(r.drill.Rounds, o)
}

func drillKeys(d *policy.Drill) []key {
	m := &d.Machines
	return []key{
		{"name", labelOrNumber(&d.Name)},
		{"reports", list(&d.Reports, 0, address)},
		{"metrics", func(doc *document, n *node) {
			if v, ok := oneWord(doc, n, []string{metricsAfterClose, metricsLive}); ok {
				d.Live = v == metricsLive
			}
		}},
		{"min_cell", integer(&d.MinCell, 0, maxMinCell)},
		{"import.scanners", list(&m.Scanners, 0, network)},
		{"import.egress", list(&m.Egress, 0, network)},
		{"import.soon", duration(&m.Soon, 0, maxSoon)},
		{"import.burst", integer(&m.Burst, 0, maxBurst)},
		{"import.persons", integer(&m.Persons, 0, maxBurst)},
		{"import.together", duration(&m.Together, 0, maxSoon)},
	}
}

func drillOrganisationKeys(b *policy.DrillBody) []key {
	return []key{
		{"name", label(&b.Name)},
		{"staff", integer(&b.Staff, 0, drill.MaxCount)},
	}
}

func roundKeys(r *policy.Round, keys *[]keyFile, campaigns map[int64]*node) []key {
	q := &r.Recognition
	return []key{
		{"round", integer(&r.Number, 1, drill.MaxRound)},
		{"kind", word(&r.Kind, policy.DrillKinds()...)},
		{"lure", func(d *document, n *node) {
			if d.wants(n, kindText, `"会議資料の送付について"`) {
				r.Lure = n.text // drill.Check has the rest
			}
		}},
		{"mode", word(&r.Mode, policy.DrillModes()...)},
		{"difficulty.rating", word(&r.Difficulty.Rating, policy.Ratings()...)},
		{"difficulty.cues", integer(&r.Difficulty.Cues, 0, maxCues)},
		{"difficulty.premise", word(&r.Difficulty.Premise, policy.Premises()...)},
		{"difficulty.raters", integer(&r.Difficulty.Raters, 0, maxRaters)},
		{"window.from", exactly(&r.Window.From)},
		{"window.until", exactly(&r.Window.Until)},
		{"senders", list(&r.Senders, 0, drillSender)},
		{"link_hosts", list(&r.LinkHosts, 0, domain)},
		{"campaigns", list(&r.Campaigns, 0, campaign(campaigns))},
		{"recognise.client_ip", list(&q.Networks, 1, network)},
		{"recognise.mail_from_domain", list(&q.MailFrom, 1, domain)},
		{"recognise.dkim_d", list(&q.DKIM, 0, domain)},
		{"recognise.header", fieldName(&q.Header)},
		{"recognise.key_files", keyFiles(keys)},
		{"recognise.max_recipients", integer(&q.MaxRecipients, 1, drill.MaxCount)},
		{"recognise.remove", list(&q.Remove, 0, oneFieldName)},
	}
}

// drillSender reads an address from which a round writes; * before the @ stands for every local part.
func drillSender(d *document, n *node) (policy.DrillSender, bool) {
	if name, every := strings.CutPrefix(n.text, "*@"); every && n.kind == kindText {
		v, ok := d.domain(n, name)
		return policy.DrillSender{Domain: v}, ok
	}
	if n.kind == kindText && !strings.Contains(n.text, "@") {
		d.report(n.at, n.path, `%s is no address; "*@drill.example" is every address of a domain`, quote(n.text))
		return policy.DrillSender{}, false
	}
	a, ok := address(d, n)
	return policy.DrillSender(a), ok
}

// campaign reads the id of a campaign, which belongs to one round only.
func campaign(first map[int64]*node) func(*document, *node) (int64, bool) {
	return func(d *document, n *node) (int64, bool) {
		var v int64
		if integer(&v, 1, maxCampaign)(d, n); v == 0 {
			return 0, false
		}
		if f := first[v]; f != nil {
			d.report(n.at, n.path, "campaign %d is given already, on line %d", v, d.line(f.at))
			return 0, false
		}
		first[v] = n
		return v, true
	}
}

// fieldName reads the name of a header field into a setting.
func fieldName(to *string) read {
	return func(d *document, n *node) {
		if v, ok := oneFieldName(d, n); ok {
			*to = v
		}
	}
}

func oneFieldName(d *document, n *node) (string, bool) {
	if !d.wants(n, kindText, `"X-Gophish-Contact"`) {
		return "", false
	}
	if !drill.ValidHeader(n.text) {
		d.report(n.at, n.path, "%s is no name of a header field (RFC 5322, 2.2)", quote(n.text))
		return "", false
	}
	return n.text, true
}

// keyFile is a key by its name and file.
type keyFile struct {
	id   string
	file named
}

// keyFiles reads a table that gives each key by its name the file that holds it.
func keyFiles(to *[]keyFile) read {
	return func(d *document, n *node) {
		if n.kind != kindTable {
			d.report(n.at, n.path, "found %s where keys have names; write %s", n.kind, keyExample)
			return
		}
		if len(n.items) == 0 {
			d.report(n.at, n.path, "no key is named; write %s", keyExample)
		}
		for _, k := range n.items {
			f := keyFile{id: k.name}
			fileName(&f.file)(d, k)
			if k.kind == kindText && k.text == "" {
				d.report(k.at, k.path, "the name of a file is missing")
			}
			*to = append(*to, f)
		}
	}
}
