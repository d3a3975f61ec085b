package suspicion

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"sekimori/policy"
)

// maxHops is how many services that replaced a link one after the other are looked behind.
const maxHops = 4

// rewriter returns how to read the original address out of a link that a gateway or mailer put in its place, nil where a host is
// none of those that keep it there. What comes back is "" where it cannot be told.
func rewriter(host policy.Domain) func(*url) string {
	for d := host; d != ""; d = d.Parent() {
		switch d {
		case "safelinks.protection.outlook.com", "safelinks.protection.office365.us":
			return parameterOf("url")
		case "urldefense.proofpoint.com", "urldefense.com", "urldefense.us":
			return urldefense
		case "linkprotect.cudasvc.com": // Barracuda
			return parameterOf("a")
		case "clicktime.symantec.com", "protect.fireeye.com", "protect2.fireeye.com":
			return parameterOf("u")
		case "ctp.trendmicro.com":
			return parameterOf("url")
		case "protection.sophos.com":
			return sophos
		case "secure-web.cisco.com", "awstrack.me": // Amazon SES counts so
			return embedded
		}
		if strings.HasSuffix(string(d), "-ctp.trendmicro.com") {
			return parameterOf("url")
		}
	}
	return nil
}

// tracker reports whether a host counts the visits of the mails of many senders and leads on to an address that only it knows.
func tracker(host policy.Domain) bool {
	for d := host; d != ""; d = d.Parent() {
		switch d {
		case "list-manage.com", "mailchi.mp", "mandrillapp.com", "sendgrid.net", "hubspotlinks.com", "rs6.net", "exct.net", "createsend1.com",
			"cmail19.com", "cmail20.com", "mjt.lu", "sparkpostmail.com", "klclick.com", "benchurl.com", "mimecast.com", "cuenote.jp":
			return true
		}
	}
	return false
}

// parameterOf reads the original address from a parameter of the query.
func parameterOf(name string) func(*url) string {
	return func(u *url) string { return parameter(u.query(), name) }
}

// parameter returns the value of the first parameter of that name, decoded.
func parameter(query, name string) string {
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		p = strings.TrimPrefix(p, "amp;") // an & that was escaped twice
		if v, ok := strings.CutPrefix(p, name); ok && strings.HasPrefix(v, "=") {
			return unescapeOctets(v[1:])
		}
	}
	return ""
}

// urldefense reads the three forms of Proofpoint: the address escaped in u, the same with - for % and _ for /, and the address in
// the path with * in the place of what was taken out.
func urldefense(u *url) string {
	switch path := u.rest; {
	case strings.HasPrefix(path, "/v1/"):
		return parameter(u.query(), "u")
	case strings.HasPrefix(path, "/v2/"):
		return unescapeOctets(strings.NewReplacer("-", "%", "_", "/").Replace(parameter(u.query(), "u")))
	case strings.HasPrefix(path, "/v3/__"):
		address, rest, ok := strings.Cut(path[len("/v3/__"):], "__;")
		if !ok {
			return ""
		}
		packed, _, _ := strings.Cut(rest, "!")
		return fillStars(address, packed)
	}
	return ""
}

// fillStars puts back what the third form took out: * stands for one character, ** and a letter for a run as long as the letter says.
func fillStars(address, packed string) string {
	if !strings.Contains(address, "*") {
		return address
	}
	octets, _ := base64.RawURLEncoding.DecodeString(strings.TrimRight(packed, "="))
	out := []rune(string(octets))
	var b strings.Builder
	for i := 0; i < len(address); i++ {
		if address[i] != '*' {
			b.WriteByte(address[i])
			continue
		}
		n := 1
		if i+2 < len(address) && address[i+1] == '*' {
			n = strings.IndexByte("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", address[i+2]) + 2
			i += 2
		}
		n = min(n, len(out))
		b.WriteString(string(out[:n]))
		out = out[n:]
	}
	return b.String()
}

// sophos reads the address that stands in base64.
func sophos(u *url) string {
	b, err := base64.StdEncoding.DecodeString(pad(parameter(u.query(), "u")))
	if err != nil || !utf8.Valid(b) {
		return ""
	}
	return string(b)
}

// pad completes base64 that lost its padding.
func pad(s string) string {
	const group = 4
	s = strings.TrimRight(s, "=")
	return s + strings.Repeat("=", (group-len(s)%group)%group)
}

// embedded reads an address that stands in the path, escaped or not.
func embedded(u *url) string {
	path := u.rest
	for _, mark := range []string{"/https:", "/http:", "/https%3a", "/http%3a", "/https%3A", "/http%3A"} {
		if n := strings.Index(path, mark); n >= 0 {
			s := path[n+1:]
			if strings.Contains(mark, "%") {
				s, _, _ = strings.Cut(s, "/") // what follows is the service's own
			}
			return unescapeOctets(s)
		}
	}
	return ""
}

// leadsOn reads the address to which a redirector sends, "" where it cannot be told: a parameter that is an address, also in the
// base64 of Bing, or an address in the path.
func leadsOn(u *url) string {
	query := u.query()
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		_, v, _ := strings.Cut(p, "=")
		v = unescapeOctets(v)
		if absolute(v) {
			return v
		}
		if packed, ok := strings.CutPrefix(v, "a1"); ok {
			if b, err := base64.RawURLEncoding.DecodeString(strings.TrimRight(packed, "=")); err == nil && absolute(string(b)) {
				return string(b)
			}
		}
	}
	if s := embedded(u); s != "" {
		return s
	}
	if absolute(u.query()) {
		return unescapeOctets(u.query())
	}
	return ""
}

// absolute reports whether s is an address on the web by itself, escaped once more or not.
func absolute(s string) bool {
	const longest = len("https%3a")
	if len(s) < longest {
		return false
	}
	if s[0]|0x20 != 'h' {
		return false
	}
	head := strings.ToLower(s[:longest])
	return strings.HasPrefix(head, "http:/") || strings.HasPrefix(head, "https:/") || strings.HasPrefix(head, "http%3a") || head == "https%3a"
}
