package drill

import (
	"fmt"
	"net/netip"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"sekimori/policy"
)

// Limits of a definition.
const (
	MaxName       = 32            // octets of a drill's name
	MaxLure       = 80            // characters of a lure
	MaxBodyName   = 64            // characters of an organisation's name
	MaxRounds     = 100           // rounds of a drill
	MaxRound      = 9999          // highest number of a round
	MaxCount      = 1_000_000_000 // largest number of persons anywhere
	MinRaters     = 2             // one person alone gives a hint, not a rating
	minV4Network  = 16            // a wider IPv4 network is nobody's drill
	minV6Network  = 48
	maxFieldName  = 76
	maxWindowDays = 366
)

// Problem is a mistake in a definition.
type Problem struct {
	Where   string // dotted path of the key, such as round[1].window.until
	Text    string
	Warning bool // the definition can be used all the same
}

// String returns the place and the text.
func (p Problem) String() string { return p.Where + ": " + p.Text }

// checker gathers problems below one path.
type checker struct {
	path  string
	found *[]Problem
}

func (c checker) at(key string) checker {
	return checker{strings.TrimPrefix(c.path+"."+key, "."), c.found}
}

func (c checker) wrong(format string, args ...any) {
	*c.found = append(*c.found, Problem{Where: c.path, Text: fmt.Sprintf(format, args...)})
}

func (c checker) warn(format string, args ...any) {
	*c.found = append(*c.found, Problem{Where: c.path, Text: fmt.Sprintf(format, args...), Warning: true})
}

// Check returns every mistake of a definition, in its order.
func Check(d *Drill) []Problem {
	var found []Problem
	c := checker{"", &found}
	if !isName(d.Name) {
		c.at("name").wrong("%q is no name: lower-case letters, digits and underscores, at most %d", d.Name, MaxName)
	}
	seen := map[string]bool{}
	for i, b := range d.Organisations {
		at := c.at(fmt.Sprintf("organisation[%d]", i+1))
		if why := badText(b.Name, MaxBodyName); why != "" {
			at.at("name").wrong("%s", why)
		}
		if seen[b.Name] {
			at.at("name").wrong("%q is there twice", b.Name)
		}
		seen[b.Name] = true
		if b.Staff < 0 || b.Staff > MaxCount {
			at.at("staff").wrong("%d is not between 0 and %d", b.Staff, MaxCount)
		}
	}
	if len(d.Rounds) == 0 || len(d.Rounds) > MaxRounds {
		c.at("round").wrong("%d rounds, 1 to %d are possible", len(d.Rounds), MaxRounds)
	}
	for i := range d.Rounds {
		at := c.at(fmt.Sprintf("round[%d]", i+1))
		checkRound(at, &d.Rounds[i])
		if i > 0 && d.Rounds[i].Number <= d.Rounds[i-1].Number {
			at.at("round").wrong("%d does not follow %d", d.Rounds[i].Number, d.Rounds[i-1].Number)
		}
	}
	return found
}

func checkRound(c checker, r *Round) {
	if r.Number < 1 || r.Number > MaxRound {
		c.at("round").wrong("%d is not between 1 and %d", r.Number, MaxRound)
	}
	if !slices.Contains(policy.DrillKinds(), r.Kind) {
		c.at("kind").wrong("%q is none of attachment, link", r.Kind)
	}
	if why := badText(r.Lure, MaxLure); why != "" {
		c.at("lure").wrong("%s", why)
	}
	if !slices.Contains(policy.DrillModes(), r.Mode) {
		c.at("mode").wrong("%q is none of observe, exempt, enforce", r.Mode)
	}
	checkDifficulty(c.at("difficulty"), r.Difficulty)
	switch {
	case r.Window.From.IsZero() || r.Window.Until.IsZero():
		c.at("window").wrong("both ends are needed")
	case !r.Window.From.Before(r.Window.Until):
		c.at("window.until").wrong("it is not after from")
	case r.Window.Until.Sub(r.Window.From).Hours() > maxWindowDays*24:
		c.at("window.until").wrong("more than %d days after from", maxWindowDays)
	}
	if len(r.Senders) == 0 {
		c.at("senders").warn("none: answers to the drill cannot be counted")
	}
	for i, s := range r.Senders {
		if s.Domain == "" {
			c.at(fmt.Sprintf("senders[%d]", i+1)).wrong("it has no domain")
		}
	}
	checkRecognition(c.at("recognise"), r.Recognition)
}

func checkDifficulty(c checker, d Difficulty) {
	if d == (Difficulty{}) {
		c.warn("not rated: the round cannot be compared with another lure's")
		return
	}
	if !slices.Contains(policy.Ratings(), d.Rating) {
		c.at("rating").wrong("%q is none of least, moderately, very", d.Rating)
	}
	if d.Premise != "" && !slices.Contains(policy.Premises(), d.Premise) {
		c.at("premise").wrong("%q is none of low, medium, high", d.Premise)
	}
	if d.Cues < 0 || d.Cues > 100 {
		c.at("cues").wrong("%d is not between 0 and 100", d.Cues)
	}
	if d.Raters < MinRaters {
		c.at("raters").warn("%d rated it: at least %d should, each alone", d.Raters, MinRaters)
	}
}

func checkRecognition(c checker, r Recognition) {
	if len(r.Networks) == 0 {
		c.at("client_ip").wrong("it is needed: a token alone never exempts")
	}
	for i, n := range r.Networks {
		if wide(n) {
			c.at(fmt.Sprintf("client_ip[%d]", i+1)).wrong("%v is too wide: at least /%d, or /%d for IPv6", n, minV4Network, minV6Network)
		}
	}
	if len(r.MailFrom) == 0 {
		c.at("mail_from_domain").wrong("it is needed: a token alone never exempts")
	}
	for _, name := range append([]string{r.TokenHeader()}, r.Remove...) {
		if !ValidHeader(name) {
			c.at("header").wrong("%q is no name of a header field", name)
		}
	}
	if len(r.Keys) == 0 {
		c.at("key_file").wrong("it is needed")
	}
	ids := map[string]bool{}
	for i, k := range r.Keys {
		if err := validKey(k); err != nil {
			c.at(fmt.Sprintf("key_file[%d]", i+1)).wrong("%v", err)
		}
		if ids[k.ID] {
			c.at(fmt.Sprintf("key_file[%d]", i+1)).wrong("two keys are named %q", k.ID)
		}
		ids[k.ID] = true
	}
	if r.MaxRecipients < 1 || r.MaxRecipients > MaxCount {
		c.at("max_recipients").wrong("%d is not between 1 and %d", r.MaxRecipients, MaxCount)
	}
}

func wide(n netip.Prefix) bool {
	if !n.IsValid() {
		return true
	}
	if n.Addr().Is4() {
		return n.Bits() < minV4Network
	}
	return n.Bits() < minV6Network
}

// isName reports whether s can name a drill or a key: it stands in tokens, labels and names of files.
func isName(s string) bool {
	for i := 0; i < len(s); i++ {
		c := s[i]
		if ('a' > c || c > 'z') && ('0' > c || c > '9') && (c != '_' || i == 0) {
			return false
		}
	}
	return s != "" && len(s) <= MaxName
}

// ValidHeader reports whether s can name the header field that carries a token (RFC 5322, 2.2): 1 to 76 visible octets, no colon.
func ValidHeader(s string) bool {
	for i := 0; i < len(s); i++ {
		if s[i] <= ' ' || s[i] > '~' || s[i] == ':' {
			return false
		}
	}
	return s != "" && len(s) <= maxFieldName
}

// badText returns why s cannot stand in a report, "" when it can. Characters that change the order of others are not
// let in: they could make one body's line look like another's.
func badText(s string, most int) string {
	switch {
	case s == "":
		return "it is empty"
	case !utf8.ValidString(s):
		return "it is not UTF-8"
	case utf8.RuneCountInString(s) > most:
		return fmt.Sprintf("more than %d characters", most)
	case strings.TrimSpace(s) != s:
		return "it begins or ends with a space"
	}
	for _, r := range s {
		if !printable(r) {
			return fmt.Sprintf("the character %U cannot stand in it", r)
		}
	}
	return ""
}

// printable reports whether r shows where it stands and nowhere else.
func printable(r rune) bool {
	return r == ' ' || unicode.IsGraphic(r) && !unicode.IsSpace(r) || r == '\u3000'
}
