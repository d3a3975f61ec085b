package mime

import (
	"strings"

	"sekimori/policy/mail/link"
)

// bareLinks adds the hosts without a scheme in text[low:high], the text between two links: from full stop to full stop, each name
// looked at once. Where there is no room for one it returns false.
func (r *Reader) bareLinks(part int, text string, low, high int) bool {
	for at := low; ; {
		n := strings.IndexByte(text[at:high], '.')
		if n < 0 {
			return true
		}
		dot := at + n
		at = dot + 1
		if at == high || text[at] <= ' ' || dot == low || !inHost(text[at]) || !inHost(text[dot-1]) {
			continue
		}
		from, end := hostStart(text, low, dot), hostEnd(text, dot, high)
		at = end
		end, ok := link.Bare(text, from, end)
		if !ok || from == low && low > 0 && inHost(text[low-1]) { // the rest of what is no link
			continue
		}
		whole := end
		if whole < high && (text[whole] == '/' || text[whole] == '?' || text[whole] == '#') {
			for whole < high && whole-from < maxWritten && addressOctet(text[whole]) {
				whole++
			}
			whole = max(end, trimAddress(text, from, whole))
		}
		if r.addLink(Link{Part: part, Kind: LinkBare, Target: "http://" + text[from:whole]}) < 0 {
			return false
		}
		at, low = whole, whole
	}
}

// shows reports whether clients show a part as text in which they make links: not what is attached.
func shows(p *Part) bool {
	return (p.Type == "text/plain" || p.Type == "") && p.Disposition != DispositionAttachment && len(p.Names) == 0
}

// inHost reports whether an octet is part of a name as it stands in a text: a letter, a digit, a hyphen, an underscore, a full stop; of
// others those of Latin, Greek and Cyrillic letters, in UTF-8 two octets from U+00C0 on. Japanese is not, because it has no blanks.
func inHost(c byte) bool {
	return (c|0x20)-'a' <= 'z'-'a' || c-'0' <= 9 || c == '.' || c == '-' || c == '_' || leadOctet(c) || tailOctet(c)
}

func leadOctet(c byte) bool { return 0xc3 <= c && c <= 0xd4 }
func tailOctet(c byte) bool { return 0x80 <= c && c <= 0xbf }

// hostStart returns where the name around at begins.
func hostStart(text string, low, at int) int {
	for at > low && inHost(text[at-1]) {
		if tailOctet(text[at-1]) {
			if at-2 < low || !leadOctet(text[at-2]) {
				break
			}
			at--
		}
		at--
	}
	return at
}

// hostEnd returns where the name around at ends.
func hostEnd(text string, at, high int) int {
	for at < high && inHost(text[at]) {
		if tailOctet(text[at]) {
			break
		}
		if leadOctet(text[at]) {
			if at+1 == high || !tailOctet(text[at+1]) {
				break
			}
			at++
		}
		at++
	}
	return at
}
