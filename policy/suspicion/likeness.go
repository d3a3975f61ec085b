package suspicion

import (
	"strings"

	"golang.org/x/net/publicsuffix"

	"sekimori/policy"
)

// The ways in which one name is taken for another.
const (
	likeInside   = "inside"     // the other name stands in front of a foreign one: mof.go.jp.example.com
	likeFolded   = "folded"     // dots and hyphens exchanged or left out: mof-go-jp.example, mofgo.jp
	likeSkeleton = "letters"    // letters that look alike: rnof.jp, s0umu.com
	likeLabel    = "same label" // under another suffix: soumu.com
	likeDistance = "misspelt"   // a letter or two more, less, other or exchanged
)

// likeness is a name that is taken for another.
type likeness struct {
	name policy.Domain // the one that may be borrowed
	how  string
}

// named is a name that may be borrowed.
type named struct {
	name   policy.Domain
	org    policy.Domain
	label  string // first label of org; "" for a public suffix
	own    bool   // of the house or its partners, or protected by its configuration
	strict bool   // own, or under spoof.protected: an organisation that has one domain
	suffix bool   // a public suffix, such as go.jp
}

// likenesses finds names that are taken for others. Nothing it does grows with the square of anything but a label.
type likenesses struct {
	protected  []policy.Domain // under which names are given to nobody but those who own them
	known      map[policy.Domain]bool
	sequences  map[string]*named // by name, also with hyphens in the place of dots
	compact    map[string]*named // by name without dots and hyphens
	labels     map[string]*named
	bySkeleton map[string]*named // by the skeleton of the label
	whole      map[string]*named // by the skeleton of the organisational domain
	near       []nearLabel
	ordinary   map[string]bool // labels that mean something else as well
	letters    confusables
}

// The least lengths, in octets.
const (
	minSpelling     = 5 // of a label that is compared by distance 1
	minBrand        = 6 // likewise, of an organisation that is not protected
	minLongSpelling = 8 // of one that is compared by distance 2
	minCompact      = 6 // of a name without dots
	minLabel        = 3
	shortLabel      = 4 // up to here a label is too common to be compared under every suffix
)

func newLikenesses(p *policy.Policy, bodies []policy.NamedBody, letters confusables) *likenesses {
	l := &likenesses{protected: p.Spoof.Protected, known: map[policy.Domain]bool{}, sequences: map[string]*named{}, compact: map[string]*named{},
		labels: map[string]*named{}, bySkeleton: map[string]*named{}, whole: map[string]*named{}, ordinary: map[string]bool{}, letters: letters}
	for _, d := range must(parseLabels("ordinary.txt", shippedFile("ordinary.txt"))) {
		l.ordinary[d] = true
	}
	for _, e := range p.Inside.Domains.Entries() {
		l.add(policy.Domain(strings.TrimPrefix(e, ".")), true, true)
	}
	for _, d := range append(append([]policy.Domain(nil), p.Suspicion.Lists.Protected...), p.Suspicion.Lists.Partners...) {
		l.add(d, true, true)
	}
	for _, d := range p.Spoof.Protected {
		l.add(d, false, true)
	}
	for _, b := range bodies {
		for _, d := range b.Domains {
			l.add(d, false, underAny(p.Spoof.Protected, d))
		}
	}
	for _, d := range p.Suspicion.Lists.Senders {
		l.known[d] = true
	}
	return l
}

func (l *likenesses) add(d policy.Domain, own, strict bool) {
	if d.Labels() < 2 || l.known[d] {
		return
	}
	l.known[d] = true
	n := &named{name: d, own: own, strict: strict}
	suffix, _ := publicsuffix.PublicSuffix(string(d))
	n.suffix = suffix == string(d)
	put(l.sequences, strings.ReplaceAll(string(d), "-", "."), n)
	if n.suffix {
		return
	}
	n.org = organisational(d)
	n.label = label(n.org)
	if c := withoutMarks(string(d)); len(c) >= minCompact {
		put(l.compact, c, n)
	}
	if len(n.label) < minLabel {
		return
	}
	put(l.labels, n.label, n)
	put(l.bySkeleton, l.letters.skeleton(n.label), n)
	put(l.whole, l.skeleton(n.org), n)
	if least := minBrand; len(n.label) >= least || strict && len(n.label) >= minSpelling {
		l.near = append(l.near, nearLabel{n, newLetters(n.label)})
	}
}

// put keeps the first: names of the house come first.
func put(m map[string]*named, key string, n *named) {
	if _, ok := m[key]; !ok {
		m[key] = n
	}
}

// withoutMarks takes dots and hyphens out.
func withoutMarks(s string) string {
	if !strings.ContainsAny(s, ".-") {
		return s
	}
	b := make([]byte, 0, policy.MaxDomainLength)
	for i := 0; i < len(s); i++ {
		if s[i] != '.' && s[i] != '-' {
			b = append(b, s[i])
		}
	}
	return string(b)
}

// skeleton is that of each label.
func (l *likenesses) skeleton(d policy.Domain) string {
	labels := strings.Split(string(d), ".")
	for i := range labels {
		labels[i] = l.letters.skeleton(labels[i])
	}
	return strings.Join(labels, ".")
}

// lookalike says whose name d is taken for. A name that is known, or lies under a known or a protected one, is what it says it is.
func (l *lists) lookalike(d policy.Domain) (likeness, bool) { return l.judged.of(d, l.names.of) }

func (l *likenesses) of(d policy.Domain) (likeness, bool) {
	if d.Labels() < 2 || holds(l.known, d) || underAny(l.protected, d) {
		return likeness{}, false
	}
	if n, how := l.inFull(string(d)); n != nil {
		return likeness{n.name, how}, true
	}
	org := organisational(d)
	if n := l.folded(d, org); n != nil {
		return likeness{n.name, likeFolded}, true
	}
	own := label(org)
	if n := l.byLetters(own, org); n != nil {
		return likeness{n.name, likeSkeleton}, true
	}
	if n := l.labels[own]; n != nil && l.sameLabel(n, org) {
		return likeness{n.name, likeLabel}, true
	}
	if n := l.misspelt(own); n != nil && !earned(org.Parent()) {
		return likeness{n.name, likeDistance}, true
	}
	return likeness{}, false
}

// maxLabels is how many labels and parts of labels between hyphens are looked at, from the first.
const maxLabels = 24

// inFull looks for a whole name among the labels of d, hyphens taken for dots.
func (l *likenesses) inFull(d string) (*named, string) {
	dots := strings.ReplaceAll(d, "-", ".")
	starts := make([]int, 1, maxLabels)
	for i := 0; i < len(dots) && len(starts) < maxLabels; i++ {
		if dots[i] == '.' {
			starts = append(starts, i+1)
		}
	}
	for i, from := range starts {
		for j := i + 2; j <= min(i+5, len(starts)); j++ {
			to := len(dots)
			if j < len(starts) {
				to = starts[j] - 1
			}
			n := l.sequences[dots[from:to]]
			switch {
			case n == nil:
			case from > 0 && d[from-1] == '-' && (n.suffix || to == len(dots) && !n.strict && len(n.label) < minBrand):
				// a suffix, or a short name, at the end of longer words: lets-go-jp.example, pine-apple.com
			case d[from:to] == string(n.name):
				return n, likeInside
			default:
				return n, likeFolded
			}
		}
	}
	return nil, ""
}

// folded looks for a name written without its dots: as a label, or as the whole.
func (l *likenesses) folded(d, org policy.Domain) *named {
	if n := l.compact[withoutMarks(string(org))]; n != nil {
		return n
	}
	for rest := d; rest != ""; rest = rest.Parent() {
		if first := label(rest); len(first) >= minCompact {
			if n := l.compact[withoutMarks(first)]; n != nil {
				return n
			}
		}
	}
	return nil
}

// byLetters looks for a label of letters that look alike. Short labels must have the suffix in common, or hold what nobody writes by chance.
func (l *likenesses) byLetters(own string, org policy.Domain) *named {
	n := l.bySkeleton[l.letters.skeleton(own)]
	if n == nil {
		return nil
	}
	if n.label != own && (len(n.label) > shortLabel || strings.HasPrefix(own, "xn--")) {
		return n
	}
	if n = l.whole[l.skeleton(org)]; n != nil && n.label != own {
		return n
	}
	return nil
}

// sameLabel reports whether a label under another suffix is borrowed. Companies hold their label under many suffixes, so that only
// protected organisations count; governments of other countries have the same abbreviations, and schools the same words.
func (l *likenesses) sameLabel(n *named, org policy.Domain) bool {
	suffix := org.Parent()
	switch {
	case !n.strict || n.org == org || l.ordinary[n.label] || earned(suffix):
		return false
	case len(n.label) > shortLabel, suffix == "jp":
		return true
	}
	return n.own && suffix.Under("jp")
}

// earned reports whether names under a suffix are given to none but governments and schools, who have to show that they are.
func earned(suffix policy.Domain) bool {
	return governmental(suffix) || suffix == "ac.jp" || suffix == "ed.jp"
}

func governmental(suffix policy.Domain) bool {
	for rest := suffix; rest != ""; rest = rest.Parent() {
		switch label(rest) {
		case "gov", "go", "gob", "gouv", "gub", "govt", "gc", "mil", "lg", "int":
			return true
		}
	}
	return false
}

// borrowedLabel says whose label stands in d in front of a foreign organisational domain: amazon.example.com. That is weaker than a
// whole name: services give their customers such names.
func (l *lists) borrowedLabel(d policy.Domain) (policy.Domain, bool) {
	n := l.names
	if d.Labels() < 3 || holds(n.known, d) || underAny(n.protected, d) {
		return "", false
	}
	org := organisational(d)
	for rest := d; rest != org && rest != ""; rest = rest.Parent() {
		first := label(rest)
		if t := n.labels[first]; t != nil && len(first) >= minSpelling && !n.ordinary[first] {
			return t.name, true
		}
	}
	return "", false
}
