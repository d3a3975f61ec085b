package policyfile

import (
	"slices"
	"time"

	"sekimori/policy"
)

// Limits of the settings. A number out of range is refused.
const (
	maxSignatures  = 100
	minRSABits     = 1024 // RFC 8301, 3.2
	maxRSABits     = 4096
	minDNSTimeout  = 50 * time.Millisecond
	maxDNSTimeout  = 30 * time.Second
	maxAttempts    = 10
	minCacheSize   = 100
	maxCacheSize   = 10_000_000
	minDeadline    = time.Second
	maxDeadline    = 240 * time.Second // Postfix waits 300 s for the answer to the end of a message
	minHeaderBytes = 4 << 10
	maxHeaderBytes = 16 << 20
	minHeaderCount = 10
	maxHeaderCount = 100_000
	maxAuthors     = 1000

	maxSPFAddresses = 1<<31 - 1 // half of all IPv4 addresses
)

// repeated reports whether a section is written as [[section]].
func repeated(section string) bool {
	return slices.Contains([]string{"organisation", "spoof.override", "spoof.exempt", "suspicion.organisation", "suspicion.person",
		"bulletin", "drill", "drill.organisation", "drill.round", "auto_reply.exempt"}, section)
}

// schema returns the shape of a file. The keys come from the same functions that read them.
func schema() outline {
	var p policy.Policy
	c := &compiler{policy: &p}
	return outline{
		"inside":                 names(c.insideKeys()),
		"organisation":           names(organisationKeys(&organisation{})),
		"authentication":         names(authenticationKeys(&p.Authentication)),
		"dns":                    names(dnsKeys(&p.DNS)),
		"limits":                 names(limitsKeys(&p.Limits)),
		"spoof":                  names(c.spoofKeys()),
		"spoof.override":         names(overrideKeys(&policy.Override{})),
		"spoof.exempt":           names(exemptKeys(&policy.Exemption{})),
		"suspicion":              names(suspicionKeys(&p.Suspicion)),
		"suspicion.weights":      names(weightKeys(&p.Suspicion)),
		"suspicion.caps":         names(capKeys(&p.Suspicion)),
		"suspicion.organisation": names(suspicionOrganisationKeys(new(string), &policy.Thresholds{})),
		"suspicion.limits":       names(bodyKeys(&p.Suspicion.Body)),
		"suspicion.lists":        names(c.listKeys()),
		"suspicion.person":       names(personKeys(&policy.Person{})),
		"bulletin":               names(bulletinKeys(&policy.Bulletin{}, &named{})),
		"drill":                  names(drillKeys(&policy.Drill{})),
		"drill.organisation":     names(drillOrganisationKeys(&policy.DrillBody{})),
		"drill.round":            names(roundKeys(&policy.Round{}, nil, nil)),
		"auto_reply":             names(autoReplyKeys(&p.AutoReply)),
		"auto_reply.exempt":      names(replyExemptKeys(&policy.ReplyExemption{})),
		"reply_guard":            names(replyGuardKeys(&p.ReplyGuard)),
		"store":                  names(storeKeys(&p.Store)),
	}
}

// compiler holds what is known while one file is compiled.
type compiler struct {
	*document
	at     time.Time // zero: unknown
	shape  outline
	policy *policy.Policy

	inside        []*node // entries of inside.domains
	organisations []organisation

	from      Files      // nil: no file is read
	opened    []contents // in the order in which they were named
	octets    int64      // of all that were opened
	elsewhere Problems   // in files that the policy names
	listFiles listFiles
	readings  []*drillReading
}

func newCompiler(d *document, at time.Time) *compiler {
	return &compiler{document: d, at: at, shape: schema(), policy: policy.Default()}
}

// compile reads every section, and then checks what concerns several.
func (c *compiler) compile() {
	c.sections(c.shape)
	c.read("inside", c.insideKeys())
	for _, t := range c.each("organisation") {
		c.organisation(t)
	}
	c.read("authentication", authenticationKeys(&c.policy.Authentication))
	c.read("dns", dnsKeys(&c.policy.DNS))
	c.read("limits", limitsKeys(&c.policy.Limits))
	c.spoof()
	c.suspicion()
	c.bulletins()
	c.drills()
	c.autoReply()
	c.replyGuard()
	c.store()
	c.suffixes()
	c.check()
}

func (c *compiler) read(path string, keys []key) {
	if t := c.one(path); t != nil {
		c.section(t, keys, c.shape)
	}
}

func (c *compiler) insideKeys() []key {
	return []key{
		{"domains", domainSet(&c.policy.Inside.Domains, 0, &c.inside)},
		{"networks", list(&c.policy.Inside.Networks, 0, network)},
	}
}

func authenticationKeys(a *policy.Authentication) []key {
	return []key{
		{"authserv_id", func(d *document, n *node) {
			if n.kind == kindText && n.text == "" {
				return // as where the key is missing
			}
			if v, ok := servID(d, n); ok {
				a.ServID = v
			}
		}},
		{"remove_ids", list(&a.RemoveIDs, 0, servID)},
		{"write", boolean(&a.Write)},
		{"public_suffixes", list(&a.PublicSuffixes, 0, domain)},
		{"public_suffix_list", boolean(&a.PublicSuffixList)},
		{"pct", boolean(&a.Percent)},
		{"max_signatures", integer(&a.MaxSignatures, 1, maxSignatures)},
		{"min_rsa_bits", integer(&a.MinRSABits, minRSABits, maxRSABits)},
	}
}

func dnsKeys(s *policy.DNS) []key {
	return []key{
		{"servers", list(&s.Servers, 0, server)},
		{"timeout", duration(&s.Timeout, minDNSTimeout, maxDNSTimeout)},
		{"attempts", integer(&s.Attempts, 1, maxAttempts)},
		{"cache_size", integer(&s.CacheSize, minCacheSize, maxCacheSize)},
	}
}

func limitsKeys(l *policy.Limits) []key {
	return []key{
		{"deadline", duration(&l.Deadline, minDeadline, maxDeadline)},
		{"header_bytes", integer(&l.HeaderBytes, minHeaderBytes, maxHeaderBytes)},
		{"header_count", integer(&l.HeaderCount, minHeaderCount, maxHeaderCount)},
		{"authors", integer(&l.Authors, 1, maxAuthors)},
	}
}

// organisation is a policy.Organisation with the places of what it is made of.
type organisation struct {
	policy.Organisation
	table   *node
	entries []*node
}

func organisationKeys(o *organisation) []key {
	return []key{
		{"name", label(&o.Name)},
		{"domains", domainSet(&o.Domains, 1, &o.entries)},
	}
}

func (c *compiler) organisation(t *node) {
	o := organisation{table: t}
	c.section(t, organisationKeys(&o), c.shape)
	c.needs(t, "name", "domains")
	if o.Name == policy.Other {
		c.report(t.child("name").at, t.child("name").path, "%q is the name for every domain that no organisation has", policy.Other)
	}
	c.organisations = append(c.organisations, o)
	c.policy.Organisations = append(c.policy.Organisations, o.Organisation)
}

// needs reports the keys that a table lacks.
func (c *compiler) needs(t *node, keys ...string) {
	for _, k := range keys {
		if t.descend(k) == nil {
			c.report(t.at, t.path, "%s is missing", k)
		}
	}
}
