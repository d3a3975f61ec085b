package link

import (
	"encoding/base64"
	"strings"
	"unicode/utf8"

	"sekimori/policy"
)

// MaxHops is how many services that replaced a link one after the other are looked behind.
const MaxHops = 4

// Rewriter reads the original address out of a link that a gateway or mailer put in its place, at most as long as the link. What
// comes back is "" where it cannot be told, and anything that a sender could write there: Read it like every other.
type Rewriter func(*URL) string

// RewriterOf returns how a host keeps the original address in its links, nil where it is none that is known to.
func RewriterOf(host policy.Domain) Rewriter {
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

// parameterOf reads the original address from a parameter of the query.
func parameterOf(name string) Rewriter {
	return func(u *URL) string { return parameter(u.Query(), name) }
}

// parameter returns the value of the first parameter of that name, decoded.
func parameter(query, name string) string {
	for query != "" {
		var p string
		p, query, _ = strings.Cut(query, "&")
		p = strings.TrimPrefix(p, "amp;") // an & that was escaped twice
		if v, ok := strings.CutPrefix(p, name); ok && strings.HasPrefix(v, "=") {
			return Unescape(v[1:])
		}
	}
	return ""
}

// urldefense reads the three forms of Proofpoint: the address escaped in u, the same with - for % and _ for /, and the address in
// the path with * in the place of what was taken out.
func urldefense(u *URL) string {
	switch path := u.Rest; {
	case strings.HasPrefix(path, "/v1/"):
		return parameter(u.Query(), "u")
	case strings.HasPrefix(path, "/v2/"):
		return Unescape(strings.NewReplacer("-", "%", "_", "/").Replace(parameter(u.Query(), "u")))
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
func sophos(u *URL) string {
	b, err := base64.StdEncoding.DecodeString(pad(parameter(u.Query(), "u")))
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
