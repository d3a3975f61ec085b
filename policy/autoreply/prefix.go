package autoreply

import "strings"

// maxPrefixes is how many marks and tags are taken off a Subject to find its base.
const maxPrefixes = 32

// cutPrefix finds the first mark of a reply or forward in a folded Subject, behind at most MaxTags tags, and returns
// what it says and what follows it. Without a mark the kind is KindNew and rest is text.
func cutPrefix(text string) (kind Kind, mark, rest string) {
	s := text
	for tags := 0; ; tags++ {
		if strings.HasPrefix(s, "[fwd:") { // Mozilla's, around the whole Subject
			return KindForward, "fwd", strings.TrimSuffix(trim(s[len("[fwd:"):]), "]")
		}
		_, after, ok := cutTag(s)
		if !ok || tags == MaxTags {
			break
		}
		s = after
	}
	head, after, ok := strings.Cut(s, ":")
	if !ok {
		return KindNew, "", text
	}
	if kind, mark = markKind(trim(head)); kind == KindNew {
		return KindNew, "", text
	}
	return kind, mark, trim(after)
}

// markKind returns what a word before a colon says, and the word without the counter that some clients add, as in
// "re[2]" or "re^3".
func markKind(head string) (Kind, string) {
	mark := strings.TrimRight(head, "0123456789[]()^* ")
	switch mark {
	case "re", "aw", "antw", "sv", "vs", "odp", "res", "rif", "ynt", "返信", "回信", "回复", "回覆", "答复", "답장":
		return KindReply, mark
	case "fw", "fwd", "wg", "tr", "rv", "enc", "pd", "vb", "vl", "転送", "转发", "轉寄", "전달":
		return KindForward, mark
	}
	return KindNew, ""
}

// baseSubject takes marks and tags off the beginning of a folded Subject.
func baseSubject(text string) string {
	for range maxPrefixes {
		kind, _, rest := cutPrefix(text)
		if kind == KindNew {
			_, after, ok := cutTag(text)
			if !ok {
				break
			}
			rest = after
		}
		text = rest
	}
	return text
}
