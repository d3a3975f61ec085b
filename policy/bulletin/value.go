package bulletin

import (
	"fmt"
	"net/netip"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"sekimori/policy"
	"sekimori/policy/mail"
	"sekimori/policy/mail/link"
)

// newRefang returns what undoes the ways in which reports keep addresses from being clicked.
func newRefang() *strings.Replacer {
	return strings.NewReplacer("[.]", ".", "(.)", ".", "{.}", ".", "[dot]", ".", "(dot)", ".", "[DOT]", ".", "(DOT)", ".", "[Dot]", ".",
		"[at]", "@", "(at)", "@", "[AT]", "@", "(AT)", "@", "[@]", "@", "(@)", "@", "[:]", ":", "[://]", "://", "[/]", "/", "\\.", ".")
}

// live returns an address as it was before a report defanged it.
func (p *parser) live(s string) string {
	if strings.ContainsAny(s, "[({\\") {
		s = p.refang.Replace(s)
	}
	for _, dead := range []string{"hxxp", "hxtp", "htxp", "h**p", "h__p", "meow", "http"} {
		if hasPrefixFold(s, dead) {
			rest := s[len(dead):]
			if hasPrefixFold(rest, "s:") || strings.HasPrefix(rest, ":") {
				return "http" + rest
			}
		}
	}
	return s
}

// normal returns kind and value of an indicator as they are compared, or why the value cannot be one.
func (p *parser) normal(k policy.BulletinKind, s string) (policy.BulletinKind, string, string) {
	s = strings.TrimSpace(s)
	if s == "" {
		return k, "", "an entry without value"
	}
	var v, why string
	switch k {
	case policy.BulletinAddress:
		if k, v, why = normalAddress(p.live(s)); k == policy.BulletinDomain {
			v, why = normalDomain(v)
		}
	case policy.BulletinDomain:
		v, why = normalDomain(p.live(s))
	case policy.BulletinHost:
		v, why = normalHost(p.live(s))
	case policy.BulletinURL:
		v, why = normalURL(p.live(s))
	case policy.BulletinSHA256:
		v, why = normalHash(s)
	case policy.BulletinFilename:
		v, why = normalName(s)
	case policy.BulletinClient:
		v, why = normalClient(p.live(s))
	case policy.BulletinSubject:
		v = foldText(s)
	}
	if why == "" && v == "" {
		why = quote(s) + " holds nothing that could be compared"
	}
	return k, v, why
}

// normalAddress reads an address, with or without its name. @example.org and *@example.org are a domain.
func normalAddress(s string) (policy.BulletinKind, string, string) {
	s = strings.TrimPrefix(s, "mailto:")
	if n := strings.LastIndexByte(s, '<'); n > 0 && strings.HasSuffix(s, ">") {
		s = s[n:]
	}
	if d, ok := strings.CutPrefix(strings.TrimPrefix(s, "*"), "@"); ok && !strings.Contains(d, "@") {
		return policy.BulletinDomain, d, ""
	}
	a, problem := mail.EnvelopeAddress(s)
	if problem != "" || a.Domain == "" || a.Local == "" {
		return policy.BulletinAddress, "", quote(s) + " is no address"
	}
	return policy.BulletinAddress, string(appendAddress(nil, a)), ""
}

// appendAddress writes an address as addresses are compared: capitals in the local part do not matter, because no mail system
// of today gives a and A to two persons.
func appendAddress(b []byte, a policy.Address) []byte {
	for i := 0; i < len(a.Local); i++ {
		c := a.Local[i]
		if 'A' <= c && c <= 'Z' {
			c += 'a' - 'A'
		}
		b = append(b, c)
	}
	b = append(b, '@')
	return append(b, a.Domain...)
}

func normalDomain(s string) (v, why string) {
	if strings.ContainsAny(s, "/@") {
		return "", fmt.Sprintf("%s is no domain name; the type of a link is url, that of a mailbox address", quote(s))
	}
	d, ok := mail.Domain(strings.TrimPrefix(strings.TrimPrefix(s, "*"), "."))
	if _, numeric := link.Numeric(string(d)); !ok || numeric {
		return "", quote(s) + " is no domain name"
	}
	return string(d), ""
}

func normalHost(s string) (v, why string) {
	if strings.Contains(s, "/") {
		return "", fmt.Sprintf("%s is no host; the type of a link is url", quote(s))
	}
	if addr, err := netip.ParseAddr(s); err == nil {
		s = "[" + s + "]"
		if addr.Is4() {
			s = addr.String()
		}
	}
	if v = link.Host(strings.TrimPrefix(strings.TrimPrefix(s, "*"), ".")); v == "" {
		return "", quote(s) + " is no host"
	}
	return v, ""
}

func normalURL(s string) (v, why string) {
	if u := link.Read(s); !u.HasHost() && strings.IndexAny(s[:1], `/\\`) == 0 { // a URI of MISP can be a path
		return "", quote(s) + " is no link with a host"
	}
	if scheme, _, ok := strings.Cut(s, "://"); !ok || strings.ContainsAny(scheme, "/?#.:") {
		before, after, _ := strings.Cut(s, ":")
		if after != "" && s[0] != '[' && !strings.ContainsAny(before, "/?#") && (after[0] < '0' || after[0] > '9') {
			return "", quote(s) + " is no link with a host"
		}
		s = "http://" + s
	}
	u := link.Read(s)
	if !leads(&u) {
		return "", quote(s) + " is no link with a host"
	}
	return string(append(appendHost(nil, &u), link.CanonicalPath(u.Rest)...)), ""
}

func normalHash(s string) (v, why string) {
	for i := 0; i < len(s); i++ {
		if !isHex(s[i]) {
			return "", quote(s) + " is no hash: it is written in hexadecimal digits"
		}
	}
	switch len(s) {
	case 64:
		return strings.ToLower(s), ""
	case 32:
		return "", "that is an MD5: " + whyHash
	case 40:
		return "", "that is a SHA-1: " + whyHash
	}
	return "", fmt.Sprintf("%d hexadecimal digits; a SHA-256 has 64", len(s))
}

func normalName(s string) (v, why string) {
	v = foldName(strings.ReplaceAll(s, "[.]", "."))
	if n := utf8.RuneCountInString(v); n < MinName {
		return "", fmt.Sprintf("%s is a file name of %d characters; honest mail has such, at least %d are wanted", quote(s), n, MinName)
	}
	return v, ""
}

// foldName returns a file name as names are compared: without directories, as the eye takes it.
func foldName(s string) string {
	if n := strings.LastIndexAny(s, `/\`); n >= 0 {
		s = s[n+1:]
	}
	return foldText(s)
}

// foldText returns a text as the eye takes it: compatibility characters made plain (Unicode NFKC), small letters, without what
// leaves no mark, one blank for all that separates words.
func foldText(s string) string {
	for i := 0; ; i++ {
		if i == len(s) {
			return strings.TrimSpace(s)
		}
		if c := s[i]; c <= ' ' && (c != ' ' || i+1 < len(s) && s[i+1] == ' ') || c >= 0x7f || 'A' <= c && c <= 'Z' {
			break
		}
	}
	// What was taken out can have stood between a letter and its accent, and a small letter can be another one made plain.
	for range maxFolds {
		before := s
		if s = foldOnce(s); s == before {
			break
		}
	}
	return s
}

// maxFolds is how often a text is folded at most; two times are enough for what people write.
const maxFolds = 4

func foldOnce(s string) string {
	s = strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case unicode.In(r, unicode.Cc, unicode.Cf, unicode.Variation_Selector), r == 0x34f, r == 0x115f, r == 0x1160, r == 0x3164, r == 0xffa0:
			return -1
		}
		return r
	}, norm.NFKC.String(s))
	return strings.ToLower(strings.Join(strings.Fields(s), " "))
}

// The widest networks that can be an indicator, in bits.
const (
	MinClientBits4 = 16
	MinClientBits6 = 32
)

func normalClient(s string) (v, why string) {
	n, err := netip.ParsePrefix(s)
	if err != nil {
		a, err := netip.ParseAddr(s)
		if err != nil || a.Zone() != "" {
			return "", quote(s) + " is no address and no network of a client"
		}
		n = netip.PrefixFrom(a, a.BitLen())
	}
	if a := n.Addr(); a.Is4In6() {
		if n.Bits() < 96 {
			return "", quote(s) + " is no network"
		}
		n = netip.PrefixFrom(a.Unmap(), n.Bits()-96)
	}
	least := MinClientBits6
	if n.Addr().Is4() {
		least = MinClientBits4
	}
	if n.Bits() < least {
		return "", fmt.Sprintf("%s is too wide; at least /%d is wanted", quote(s), least)
	}
	n = n.Masked()
	if a := n.Addr(); a.IsPrivate() || a.IsLoopback() || a.IsLinkLocalUnicast() || a.IsMulticast() || a.IsUnspecified() {
		return "", quote(s) + " is not an address of the Internet"
	}
	if n.IsSingleIP() {
		return n.Addr().String(), ""
	}
	return n.String(), ""
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

func isHex(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f'
}
