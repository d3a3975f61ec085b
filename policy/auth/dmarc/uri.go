package dmarc

import "strings"

// hasReportURI reports whether a dmarc-urilist holds at least one URI (RFC 9989, 4.8, and RFC 3986). That is all
// that counts here: reports are not sent.
func hasReportURI(list string) bool {
	for more := true; more; {
		var one string
		one, list, more = strings.Cut(list, ",")
		if isReportURI(cutSize(trim(one))) {
			return true
		}
	}
	return false
}

// cutSize takes off obs-dmarc-report-size, "!" 1*DIGIT [ "k" / "m" / "g" / "t" ].
func cutSize(uri string) string {
	head, size, found := strings.Cut(uri, "!")
	if !found {
		return uri
	}
	digits := strings.TrimRight(size, "kmgtKMGT")
	if digits == "" || len(size)-len(digits) > 1 || strings.Trim(digits, "0123456789") != "" {
		return uri
	}
	return head
}

// isReportURI reports whether s is a scheme, a colon and something after it in the characters of a URI. Comma and
// exclamation mark must be encoded.
func isReportURI(s string) bool {
	scheme, rest, found := strings.Cut(s, ":")
	if !found || !isScheme(scheme) || rest == "" {
		return false
	}
	for i := 0; i < len(rest); i++ {
		switch c := rest[i]; {
		case isAlphaNum(c), strings.IndexByte("-._~:/?#[]@$&'()*+;=", c) >= 0:
		case c == '%' && i+2 < len(rest) && isHex(rest[i+1]) && isHex(rest[i+2]):
			i += 2
		default:
			return false
		}
	}
	if !strings.EqualFold(scheme, "mailto") {
		return true
	}
	at := strings.IndexByte(rest, '@')
	return at > 0 && at+1 < len(rest)
}

func isScheme(s string) bool {
	if s == "" || !isAlpha(s[0]) {
		return false
	}
	for i := range len(s) {
		if !isAlphaNum(s[i]) && strings.IndexByte("+-.", s[i]) < 0 {
			return false
		}
	}
	return true
}

func isAlpha(c byte) bool    { return 'a' <= c|0x20 && c|0x20 <= 'z' }
func isAlphaNum(c byte) bool { return isAlpha(c) || '0' <= c && c <= '9' }
func isHex(c byte) bool      { return '0' <= c && c <= '9' || 'a' <= c|0x20 && c|0x20 <= 'f' }
