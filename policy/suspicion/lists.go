package suspicion

import (
	"embed"
	"strings"

	"sekimori/policy"
	"sekimori/policy/mail"
)

// shipped holds the lists that stand where the configuration has none of its own.
//
//go:embed data
var shipped embed.FS

// lists is what the indicators compare with, prepared for look-ups. It never changes after it was made.
type lists struct {
	inside       policy.DomainSet
	protected    []policy.Domain // spoof.protected and suspicion.lists.protected, each with every name below it
	partners     []policy.Domain // likewise
	senders      []policy.Domain // likewise
	trustedLists map[string]bool
	people       map[string][]policy.Person // by personKey of each of their names
	freemail     map[policy.Domain]bool
	shorteners   map[policy.Domain]bool
	redirectors  redirectors
	extensions   map[string]string // extension to class
	bodies       *bodies
	names        *likenesses
	judged       judged // by names
	letters      confusables
	chinese      *hanSet // onlyChinese
}

// newLists reads the shipped files where the policy has nil, and prepares everything.
func newLists(p *policy.Policy) *lists {
	s := &p.Suspicion.Lists
	l := &lists{
		inside:       p.Inside.Domains,
		protected:    append(append([]policy.Domain(nil), p.Spoof.Protected...), s.Protected...),
		partners:     s.Partners,
		senders:      s.Senders,
		trustedLists: map[string]bool{},
		people:       map[string][]policy.Person{},
		freemail:     domainMap(s.Freemail, "freemail.txt"),
		shorteners:   domainMap(s.Shorteners, "shorteners.txt"),
		extensions:   map[string]string{},
		letters:      shippedConfusables(),
		chinese:      newHanSet(onlyChinese),
	}
	for _, id := range s.TrustedLists {
		l.trustedLists[strings.ToLower(id)] = true
	}
	for _, person := range s.People {
		for _, n := range person.Names {
			l.people[personKey(n)] = append(l.people[personKey(n)], person)
		}
	}
	leading := s.Redirectors
	if leading == nil {
		leading = must(ParseRedirectors("redirectors.txt", shippedFile("redirectors.txt")))
	}
	l.redirectors = newRedirectors(leading)
	extensions := s.Extensions
	if extensions == nil {
		extensions = must(ParseExtensions("extensions.tsv", shippedFile("extensions.tsv")))
	}
	for _, x := range extensions {
		l.extensions[x.Extension] = x.Class
	}
	named := s.Organisations
	if named == nil {
		named = must(ParseOrganisations("organisations.tsv", shippedFile("organisations.tsv")))
	}
	l.bodies = newBodies(named)
	l.names = newLikenesses(p, named, l.letters)
	l.judged.begin()
	return l
}

// shippedFile returns a list that is part of the program.
func shippedFile(name string) []byte {
	data, err := shipped.ReadFile("data/" + name)
	if err != nil {
		panic("list is not part of the program: " + err.Error())
	}
	return data
}

// must is for shipped lists, which a test reads.
func must[T any](list T, err error) T {
	if err != nil {
		panic(err)
	}
	return list
}

func domainMap(own []policy.Domain, file string) map[policy.Domain]bool {
	if own == nil {
		own = must(ParseDomains(file, shippedFile(file)))
	}
	m := make(map[policy.Domain]bool, len(own))
	for _, d := range own {
		m[d] = true
	}
	return m
}

// holds reports whether d, or a name above it, is in m.
func holds(m map[policy.Domain]bool, d policy.Domain) bool {
	for ; d != ""; d = d.Parent() {
		if m[d] {
			return true
		}
	}
	return false
}

// underAny reports whether d equals one of list or lies below it.
func underAny(list []policy.Domain, d policy.Domain) bool {
	for _, p := range list {
		if d.Under(p) {
			return true
		}
	}
	return false
}

// isInside reports whether d belongs to the house.
func (l *lists) isInside(d policy.Domain) bool { return l.inside.Contains(d) }

// isProtected reports whether d is a name that strangers have a reason to borrow: of the house, of a protected domain, or of a
// partner.
func (l *lists) isProtected(d policy.Domain) bool {
	return l.isInside(d) || underAny(l.protected, d) || underAny(l.partners, d)
}

// isFreemail reports whether anybody can have an address at d.
func (l *lists) isFreemail(d policy.Domain) bool { return holds(l.freemail, d) }

// organisational returns the registered name above d by the public suffix list, d itself where it is a suffix.
func organisational(d policy.Domain) policy.Domain { return mail.Organisation(d) }

// sameOrganisation reports whether two names were registered by the same hand.
func sameOrganisation(a, b policy.Domain) bool {
	return a == b || organisational(a) == organisational(b)
}

// label returns the first label of d.
func label(d policy.Domain) string {
	first, _, _ := strings.Cut(string(d), ".")
	return first
}
