package autoreply

import "strings"

// MessageID is a Message-ID as two of them are compared: without its angle brackets and white space, the part behind
// the last @ in small letters. It is never empty where it is valid; it may hold any other octet.
type MessageID string

// ParseMessageID reads the first id of a Message-ID field (RFC 5322, 3.6.4). Text around the angle brackets is passed
// over; a value without any is taken whole when it holds an @ and no blank. It reports false for no id, and for one of more
// than MaxMessageID octets.
func ParseMessageID(value string) (MessageID, bool) {
	ids := appendIDs(nil, value, 1)
	if len(ids) == 0 {
		return "", false
	}
	return ids[0], true
}

// appendIDs appends every id of value to ids, until there are limit of them. Ids stand in comments and quoted strings
// too where old clients quote the field they answer; one id more to ask for does no harm.
func appendIDs(ids []MessageID, value string, limit int) []MessageID {
	for s := value; len(ids) < limit; {
		end := strings.IndexByte(s, '>')
		if end < 0 {
			break
		}
		if begin := strings.LastIndexByte(s[:end], '<'); begin >= 0 {
			if id, ok := normalID(s[begin+1 : end]); ok {
				ids = append(ids, id)
			}
		}
		s = s[end+1:]
	}
	if v := trim(value); len(ids) < limit && !strings.ContainsAny(v, " \t\r\n<>") && strings.IndexByte(v, '@') > 0 {
		if id, ok := normalID(v); ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// normalID brings what stands in the brackets to its one spelling.
func normalID(s string) (MessageID, bool) {
	if strings.ContainsAny(s, " \t\r\n") {
		s = strings.NewReplacer(" ", "", "\t", "", "\r", "", "\n", "").Replace(s)
	}
	if s == "" || len(s) > MaxMessageID {
		return "", false
	}
	at := strings.LastIndexByte(s, '@')
	for i := at + 1; at >= 0 && i < len(s); i++ {
		if 'A' <= s[i] && s[i] <= 'Z' {
			return MessageID(s[:at] + lowerASCII(s[at:])), true
		}
	}
	return MessageID(s), true
}

// lowerASCII lowers A to Z and nothing else.
func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		if 'A' <= c && c <= 'Z' {
			b[i] = c + 'a' - 'A'
		}
	}
	return string(b)
}
